// Owns: the rules of who may import whom, and finding what breaks them in the text of one source file.
// Leaves: reading the files (architecture.test.ts).
import { posix } from 'node:path';

/** What a file is imported by, as written: `./x.ts`, `node:fs`, `execa`; undefined where only running it would tell. */
export type Specifier = string | undefined;

/** Packages of npm, each with the only file that may import it. */
const ONLY: Readonly<Record<string, string>> = {
  'src/main/git/run-git.ts': 'execa',
  'src/workers/ssh/connection/ssh2-connection.ts': 'ssh2',
  'src/main/supervisor/worker-pool.ts': 'piscina',
  'src/main/git/fetch-lane.ts': 'p-queue',
  'src/main/config/secrets.ts': 'ini',
};

/** Folders that do not know their neighbours. */
const APART = [
  ['main', ['config', 'control', 'git', 'supervisor']],
  ['workers', ['local', 'polling', 'ssh']],
] as const;

/** Files at the top of a side, which nothing below them may import. */
const TOPS = ['src/main/cli.ts', 'src/main/daemon.ts', 'src/workers/entry.ts', 'src/workers/connection-loop.ts'];

/** What is wrong with a source file, one sentence each; `path` is below the repository's top, with forward slashes. */
export function brokenRules(path: string, text: string): string[] {
  const code = withoutComments(text);
  return [
    ...importsOf(text).flatMap((specifier) => brokenImport(path, specifier)),
    ...(/^\s*export\s+default\b|\bas\s+default\b/m.test(code) ? ['has a default export'] : []),
    ...(/^(?:#!.*\n)?\/\/ Owns: .*\n\/\/ Leaves: /.test(text) ? [] : ['does not begin with // Owns: and // Leaves:']),
  ];
}

/** Every import of a file: static, for its effect, of types, re-exports, dynamic, `import('x').Type`, and require. */
export function importsOf(text: string): Specifier[] {
  const code = withoutComments(text);
  const statements = [
    ...code.matchAll(/^\s*(?:import|export)\b[^;'"`]*?\bfrom\s*['"]([^'"]+)['"]/gm),
    ...code.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm),
    ...code.matchAll(/\b(?:import|require)\s*\(\s*(?:['"`]([^'"`$]+)['"`])?/g),
    ...code.matchAll(/\bimport\.meta\.resolve\b()/g),
  ];
  return statements.map((found) => found[1] || undefined);
}

/** The file below the repository's top that a relative specifier means. */
export const importedFile = (path: string, specifier: string): string => posix.join(posix.dirname(path), specifier);

function brokenImport(path: string, specifier: Specifier): string[] {
  if (specifier === undefined) return ['imports what only running it would tell'];
  const says = (why: string): string[] => [`imports ${specifier}: ${why}`];
  if (specifier.startsWith('.')) {
    const target = importedFile(path, specifier);
    if (!target.endsWith('.ts')) return says('a relative import names the .ts file');
    return brokenDirection(path, target).flatMap(says);
  }
  if (sideOf(path) === 'shared') return says('shared imports only shared');
  if (specifier.startsWith('node:')) return [];
  return ONLY[path] === specifier ? [] : says('this file is not the one that may');
}

function brokenDirection(path: string, target: string): string[] {
  const [from, to] = [sideOf(path), sideOf(target)];
  if (to === undefined) return ['it is outside of src'];
  if (from !== to && to !== 'shared') return [`${from} does not know ${to}`];
  const apart = APART.find(([side]) => side === from)?.[1] ?? [];
  const [own, other] = [folderOf(path), folderOf(target)];
  const inFolder = apart.some((folder) => folder === own);
  if (inFolder && TOPS.includes(target)) return ['it stands above this folder'];
  return inFolder && own !== other && apart.some((folder) => folder === other) ? [`${own} does not know ${other}`] : [];
}

function sideOf(path: string): string | undefined {
  return /^src\/(main|workers|shared)\//.exec(path)?.[1];
}

const folderOf = (path: string): string | undefined => /^src\/\w+\/([^/]+)\//.exec(path)?.[1];

/** Comments may tell of imports; strings that hold what looks like a comment are rare enough in import statements. */
function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}
