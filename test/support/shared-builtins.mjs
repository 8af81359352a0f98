// Owns: that a bundle of CommonJS asks for each of Node's own modules once: esbuild copies it, name by name, for each file.
// Leaves: the bundles (bundle.mjs).
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** In the banner of each. A hundred copies of `fs` and `path` took the daemon 9 ms, and each thread 2. */
export const SHARED_BUILTINS = 'var __builtins={},__builtin=(name)=>__builtins[name]??=__toESM(require(name),1);';

const COPY = /__toESM\(require\("(node:[^"]+)"\),\s*1\)/g;

/** For what esbuild has just written; `from`: what the names of its outputs are relative to. */
export function shareBuiltins({ metafile }, from) {
  for (const name of Object.keys(metafile.outputs)) {
    const file = resolve(from, name);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(COPY, '__builtin("$1")'));
  }
}
