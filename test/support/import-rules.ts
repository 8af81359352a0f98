// Owns: the rules of who may import whom, and finding what breaks them in the text of one source file.
// Leaves: reading the files (architecture.test.ts).
import { posix } from 'node:path';

/** What a file is imported by, as written: `./x.ts`, `node:fs`, `execa`; undefined where only running it would tell. */
export interface Import {
  readonly specifier: string | undefined;
  /** Gone once it is compiled. */
  readonly isType: boolean;
}

/** The only files that may import packages of npm, each with the one that it may. */
const ONLY: Readonly<Record<string, string>> = {
  'src/main/git/run-git.ts': 'execa',
  'src/workers/ssh/connection/ssh2-connection.ts': 'ssh2',
  'src/workers/ssh/connection/ssh2-keys.ts': 'ssh2',
  'src/workers/ssh/connection/ssh2-parts/client.ts': 'ssh2',
  'src/workers/ssh/connection/ssh2-parts/package-files.d.ts': 'ssh2',
  'src/workers/ssh/connection/ssh2-parts/poly1305.ts': 'tweetnacl',
  'src/workers/peer/network/xmpp/library.ts': '@xmpp/client',
  'src/workers/peer/network/hyper/node.ts': 'hyperdht',
  'src/main/supervisor/threads/one-thread.ts': 'piscina',
  'src/main/git/git-lane.ts': 'p-queue',
  'src/main/config/secrets.ts': 'ini',
  'src/main/host/network/bus/system-bus.ts': '@homebridge/dbus-native',
  'src/main/commands/terminal/text-width.ts': 'fast-string-truncated-width',
  'src/main/commands/service/launchd-plist.ts': 'plist',
};

/** What the files of a folder may import beside their own folder: of `values` anything, of `types` no more than types. */
interface Neighbours {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

/**
 * Below src. A folder stands for all in it; files at the top of a side, which the table does not name, are doors and may
 * import what they like of their own side. Who joins two folders lives in the one that needs the other.
 */
const FOLDERS: Readonly<Record<string, Neighbours>> = {
  'main/host': { values: [], types: [] },
  'main/instance': { values: ['main/host'], types: [] },
  'main/code': { values: ['main/instance', 'main/places.ts'], types: [] },
  'main/log': { values: ['main/instance'], types: [] },
  'main/control': { values: ['main/host'], types: ['main/daemon-context.ts'] },
  'main/config': { values: ['main/instance/own-file.ts'], types: ['main/host/done-without.ts'] },
  'main/journal': { values: ['main/instance'], types: [] },
  'main/desktop': { values: ['main/host'], types: [] },
  'main/relay': { values: ['main/host', 'main/instance', 'main/places.ts'], types: [] },
  'main/git': { values: ['main/host', 'main/instance/own-file.ts'], types: [] },
  'main/peers': { values: ['main/instance', 'main/host', 'main/places.ts'], types: ['main/config'] },
  'main/serve': { values: [], types: ['main/config', 'main/git', 'main/peers', 'main/daemon-context.ts'] },
  'main/supervisor': { values: [], types: ['main/config', 'main/git', 'main/serve', 'main/daemon-context.ts'] },
  'main/commands': {
    values: ['main/instance', 'main/host', 'main/journal', 'main/places.ts', 'main/config/repository.ts', 'main/peers'],
    types: ['main/daemon-context.ts', 'main/config'],
  },
  'workers/refs': {
    values: ['workers/run-command.ts', 'workers/answer-of.ts', 'workers/turns.ts'],
    types: ['workers/transport.ts'],
  },
  'workers/upload-pack': { values: [], types: ['workers/transport.ts'] },
  'workers/local': {
    values: ['workers/run-command.ts', 'workers/answer-of.ts', 'workers/turns.ts'],
    types: ['workers/transport.ts'],
  },
  'workers/peer': {
    values: [
      'workers/carriers.ts',
      'workers/run-command.ts',
      'workers/answer-of.ts',
      'workers/relayed.ts',
      'workers/carriers.ts',
      'workers/refs',
      'workers/turns.ts',
      'workers/upload-pack',
      'workers/local',
    ],
    types: ['workers/transport.ts'],
  },
  'workers/notify-command': { values: ['workers/run-command.ts', 'workers/refs'], types: ['workers/transport.ts'] },
  'workers/ssh': {
    values: ['workers/run-command.ts', 'workers/relayed.ts', 'workers/refs', 'workers/turns.ts', 'workers/upload-pack'],
    types: ['workers/transport.ts'],
  },
  'shared/control-protocol': { values: [], types: [] },
  'shared/git-protocol': { values: ['shared/refs'], types: [] },
  'shared/watch-protocol': { values: ['shared/control-protocol'], types: [] },
  'shared/rungs': { values: ['shared/p2p'], types: [] },
  'shared/p2p': { values: [], types: [] },
  'shared/refs': { values: [], types: [] },
  'shared/timing': { values: [], types: [] },
  'shared/system': { values: ['shared/timing'], types: [] },
};

/** Folders with one door: what else is in them is nobody's but their own. */
const DOORS: Readonly<Record<string, string>> = {
  'src/workers/upload-pack/ahead/': 'ahead.ts',
};

/** Put what the folders need of each other together, and so may import all of them. */
const ASSEMBLIES = [
  'assemble.ts',
  'assemble-git.ts',
  'assemble-network.ts',
  'assemble-peers.ts',
  'assemble-serving.ts',
  'assemble-threads.ts',
].map((name) => `src/main/supervisor/${name}`);
/** The one folder of shared that may ask the machine. Nothing else in shared may know it. */
const SYSTEM = 'shared/system';
/** What bundle.mjs makes of each program, as the one file knows it that is not bundled with it. */
const BUILT: Readonly<Record<string, string>> = {
  'src/main/commands/first.ts': './program.js',
  'src/workers/peer/helper/first.ts': './program.js',
  'src/workers/peer/program/first.ts': './network-program.js',
};
/** May be imported by any file of its side that is in a folder. */
const FOR_ALL = ['main/user-error.ts', 'main/patience.ts', 'workers/patience.ts'];

/** Scripts that a file hands to a shell or to perl, which stand beside it. */
export const SCRIPT = /\.(?:sh|pl)$/;

/**
 * Scripts that are shipped as they stand, as git runs them. What they start dials peers in a process of its own, with what
 * the threads have for it, and so lives in workers/peer (helper, program): it is no thread, and main knows no more of it than its name.
 */
export const SHIPPED: ReadonlySet<string> = new Set([
  'src/main/relay/helper.sh',
  'src/main/relay/helper.pl',
  'src/main/relay/network.sh',
]);

/** What is wrong with a source file, one sentence each; `path` is below the repository's top, with forward slashes. */
export function brokenRules(path: string, text: string): string[] {
  if (SCRIPT.test(path)) return /^#!.*\n# Owns: .*\n# Leaves: /.test(text) ? [] : [NO_HEAD];
  const code = withoutComments(text);
  return [
    ...importsOf(text).flatMap((found) => brokenImport(path, found)),
    ...(/^\s*export\s+default\b|\bas\s+default\b/m.test(code) ? ['has a default export'] : []),
    ...(/^(?:#!.*\n)?\/\/ Owns: .*\n\/\/ Leaves: /.test(text) ? [] : [NO_HEAD]),
  ];
}

const NO_HEAD = 'does not begin with Owns: and Leaves:, each after the sign of a comment';

/** Every import of a file: static, for its effect, of types, re-exports, dynamic, `import('x').Type`, and require. */
export function importsOf(text: string): Import[] {
  const code = withoutComments(text);
  const statements = [
    ...code.matchAll(/^\s*(?:import|export)\b(?<names>[^;'"`]*?)\bfrom\s*['"](?<specifier>[^'"]+)['"]/gm),
    ...code.matchAll(/^\s*import\s*['"](?<specifier>[^'"]+)['"]/gm),
    ...code.matchAll(/\b(?:import|require)\s*\(\s*(?:['"`](?<specifier>[^'"`$]+)['"`])?/g),
    ...code.matchAll(/\bimport\.meta\.resolve\b(?<specifier>)/g),
  ];
  return statements.map(({ groups = {} }) => ({
    specifier: groups.specifier || undefined,
    isType: /^\s+type\b/.test(groups.names ?? ''),
  }));
}

/** The file below the repository's top that a relative specifier means. */
export const importedFile = (path: string, specifier: string): string => posix.join(posix.dirname(path), specifier);

/** The folder of the table that a file is in, below src; of a file at the top of a side, the file itself. */
export function placeOf(path: string): string {
  const [, side = '', folder] = path.split('/');
  return path.split('/').length > 3 ? `${side}/${folder}` : path.slice('src/'.length);
}

function brokenImport(path: string, { specifier, isType }: Import): string[] {
  if (specifier === undefined) return ['imports what only running it would tell'];
  const says = (why: string): string[] => [`imports ${specifier}: ${why}`];
  if (BUILT[path] === specifier) return [];
  if (specifier.startsWith('.')) {
    const target = importedFile(path, specifier);
    if (SCRIPT.test(target)) {
      return posix.dirname(target) === posix.dirname(path) ? [] : says('a script is for the file beside it');
    }
    if (!target.endsWith('.ts')) return says('a relative import names the .ts file');
    return brokenDirection(path, target, isType).flatMap(says);
  }
  if (specifier.startsWith('node:')) {
    return sideOf(path) === 'shared' && placeOf(path) !== SYSTEM ? says('only shared/system may ask the machine') : [];
  }
  const [packageName] = /^(?:@[^/]+\/)?[^/]+/.exec(specifier) ?? [];
  return ONLY[path] === packageName ? [] : says('this file is not the one that may');
}

function brokenDirection(path: string, target: string, isType: boolean): string[] {
  const [from, to] = [sideOf(path), sideOf(target)];
  if (to === undefined) return ['it is outside of src'];
  if (from !== to && to !== 'shared') return [`${from} does not know ${to}`];
  if (from === 'shared' && placeOf(target) === SYSTEM && placeOf(path) !== SYSTEM)
    return ['shared is pure but for system'];
  const passedDoor = Object.entries(DOORS).find(
    ([folder, door]) => target.startsWith(folder) && !path.startsWith(folder) && target !== folder + door,
  );
  if (passedDoor) return [`${passedDoor[0]} is known by ${passedDoor[1]} only`];
  const place = placeOf(path);
  if (from !== to || ASSEMBLIES.includes(path) || place === placeOf(target)) return [];
  // At the top of shared are what all its folders speak of; a door of the other sides is nobody's to import.
  if (place.endsWith('.ts') || (to === 'shared' && placeOf(target).endsWith('.ts'))) return [];
  const { values, types } = FOLDERS[place] ?? { values: [], types: [] };
  const isNamed = (names: readonly string[]): boolean => names.some((name) => isIn(target, name));
  if (isNamed([...values, ...FOR_ALL])) return [];
  if (isNamed(types)) return isType ? [] : [`${place} knows only types of ${placeOf(target)}`];
  return [`${place} does not know ${placeOf(target)}`];
}

const isIn = (target: string, name: string): boolean => target === `src/${name}` || target.startsWith(`src/${name}/`);

function sideOf(path: string): string | undefined {
  return /^src\/(main|workers|shared)\//.exec(path)?.[1];
}

/** Comments may tell of imports; strings that hold what looks like a comment are rare enough in import statements. */
function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}
