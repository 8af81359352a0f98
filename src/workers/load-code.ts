// Owns: loading a thread's bundles, from what V8 made of them in an earlier daemon where that is given.
// Leaves: the bundles (entry.ts, and ssh2 beside it), and keeping what V8 made (main/supervisor/threads/compiled-code.ts).
import { createRequire } from 'node:module';
import path from 'node:path';
import { Script } from 'node:vm';
import { workerData } from 'node:worker_threads';
import { BUNDLES, type BundleBytes, type HeldCode, type ThreadData } from '../shared/thread-messages.ts';

/** Known only where it is asked for. */
type Exports = ReturnType<NodeJS.Require>;

interface Bundle {
  readonly exports: Exports;
  readonly script: Script;
}

const { directory, sources, compiled, held, claimed }: ThreadData = workerData;
/** Of Node's own modules. */
const requireThere = createRequire(path.join(directory, 'entry.cjs'));
const loaded = new Map<string, Bundle>();
const loadedOfPool = new Map<string, { readonly exports: Exports }>();

const entry: typeof import('./entry.ts') = load('entry.cjs');
export const { runLink, runService, prepare } = entry;

// Started from memory, this is the first that runs: the pool's own code follows, and asks for this by the name of a file.
if (held) loadPoolFile(held, 'worker.js');

/** What a thread is started with before there is a loop for it. */
export const warmUp = (): void => undefined;

/** Also returns what V8 made of the bundles, if that is wanted: before what ran only once is dropped. */
export function giveBack(): BundleBytes | undefined {
  const made = isWanted() ? compiledBundles() : undefined;
  entry.giveBack();
  return made;
}

/** Whether what the threads were given is none, or was refused, and no other thread has made it. */
function isWanted(): boolean {
  const isRefused = [...loaded.values()].some(({ script }) => script.cachedDataRejected !== false);
  return isRefused && BUNDLES.every((name) => loaded.has(name)) && Atomics.exchange(claimed, 0, 1) === 0;
}

/** With the functions that have run so far, those of logging in among them. Takes about 10 ms. */
const compiledBundles = (): BundleBytes =>
  Object.fromEntries([...loaded].map(([name, { script }]) => [name, script.createCachedData()]));

/** As `require` would: Node itself has no way to hand it what was compiled before (module.enableCompileCache is of 22.1). */
function load(name: string): Exports {
  const known = loaded.get(name);
  if (known) return known.exports;
  const filename = path.join(directory, name);
  // What is of another version or of other flags V8 refuses, and compiles as if there were none.
  const cachedData = compiled?.[name];
  const script = new Script(textOf(sources[name]), { filename, ...(cachedData && { cachedData }) });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, requireFor, module, filename, directory);
  loaded.set(name, { exports: module.exports, script });
  return module.exports;
}

function loadPoolFile(from: HeldCode, name: string): Exports {
  const known = loadedOfPool.get(name);
  if (known) return known.exports;
  const source = `(function (exports, require, module) {${from.poolFiles[name] ?? ''}\n})`;
  const module = { exports: {} };
  loadedOfPool.set(name, module);
  const requireInPool = (wanted: string): Exports => {
    if (wanted === from.entry) return { runLink, runService, prepare, giveBack, warmUp };
    return wanted.startsWith('./') ? loadPoolFile(from, `${path.basename(wanted)}.js`) : requireThere(wanted);
  };
  new Script(source, { filename: name }).runInThisContext()(module.exports, requireInPool, module);
  return module.exports;
}

/** Of what is bundled, but few threads need, there is only the file. */
function requireFor(wanted: string): Exports {
  const name = path.basename(wanted);
  return wanted.startsWith('./') && BUNDLES.some((bundle) => bundle === name) ? load(name) : requireThere(wanted);
}

function textOf(bytes: Uint8Array = new Uint8Array()): string {
  return Buffer.from(bytes.buffer).toString();
}
