// Owns: where the repository is that git has started the remote helper for.
// Leaves: what is in it. gitrepository-layout(5), as main/relay/helper.pl reads it.
import { isAbsolute, join } from 'node:path';
import { readRegularFile } from '../../../shared/system/read-regular-file.ts';

const MOST_PATH_BYTES = 64 * 1024;

/** That of the main work tree, from that of any; undefined: git runs outside of any repository. */
export function commonGitDir(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { GIT_DIR: gitDir, GIT_COMMON_DIR: common } = env;
  if (gitDir === undefined || common !== undefined) return common ?? gitDir;
  const read = readRegularFile(join(gitDir, 'commondir'), { mostBytes: MOST_PATH_BYTES });
  const [named = ''] = read.kind === 'read' ? new TextDecoder().decode(read.bytes).split('\n') : [];
  if (named === '') return gitDir;
  return isAbsolute(named) ? named : join(gitDir, named);
}
