// Owns: finding the common git dir where git itself cannot, as it reads its config first and that is broken.
// Leaves: asking git, which comes first (this-repository.ts), and whether what is found may be used (instance/state-directory.ts).
import fs from 'node:fs';
import path from 'node:path';

/** A path or two. */
const MOST_BYTES = 8192;

/** The common git dir at `cwd` (gitrepository-layout(5)), or undefined. Never throws. */
export function findWithoutGit(cwd: string, { GIT_DIR, GIT_COMMON_DIR }: NodeJS.ProcessEnv): string | undefined {
  const gitDir = GIT_DIR === undefined ? findAbove(path.resolve(cwd)) : gitDirAt(path.resolve(cwd, GIT_DIR));
  if (gitDir === undefined) return undefined;
  const common = GIT_COMMON_DIR ?? readLine(path.join(gitDir, 'commondir'));
  return path.resolve(GIT_COMMON_DIR === undefined ? gitDir : cwd, common ?? '.');
}

function findAbove(directory: string): string | undefined {
  const found = gitDirAt(path.join(directory, '.git')) ?? gitDirAt(directory);
  const above = path.dirname(directory);
  return found ?? (above === directory ? undefined : findAbove(above));
}

/** What is a git dir, or the file of a linked work tree or a submodule, which leads to one. */
function gitDirAt(at: string): string | undefined {
  const isGitDir = (directory: string): boolean =>
    fs.existsSync(path.join(directory, 'HEAD')) &&
    (fs.existsSync(path.join(directory, 'objects')) || fs.existsSync(path.join(directory, 'commondir')));
  if (isGitDir(at)) return at;
  const [, named] = /^gitdir: (.+)$/s.exec(readLine(at) ?? '') ?? [];
  const led = named === undefined ? undefined : path.resolve(path.dirname(at), named);
  return led !== undefined && isGitDir(led) ? led : undefined;
}

/** A path may hold line feeds itself: only the one at the end is none of it. */
function readLine(file: string): string | undefined {
  try {
    const found = fs.statSync(file);
    if (!found.isFile() || found.size > MOST_BYTES) return undefined;
    return fs.readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch {
    // There is none, it may not be read, or its path goes round in a circle or is too long.
    return undefined;
  }
}
