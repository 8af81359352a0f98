// Owns: loading the files that this program is built into, from what V8 made of them in an earlier process where that is kept.
// Leaves: keeping it (code-cache.ts), and the code of the threads (supervisor/threads/compiled-code.ts).
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Script } from 'node:vm';
import type { CodeCache, Made } from './code-cache.ts';

/** Known only where it is asked for. */
type Exports = ReturnType<NodeJS.Require>;

export interface ProgramCode {
  /** As `require` would; so does what is loaded load what stands beside it. */
  readonly load: (name: string) => Exports;
  /** Keeps what V8 has made by now, functions that have run included, where it was not kept yet. Returns why it could not. */
  readonly keep: () => string | undefined;
}

/** `folder`: where the files are, CommonJS all of them. */
export function openProgramCode(folder: string, cache: CodeCache): ProgramCode {
  const loaded = new Map<string, { exports: Exports }>();
  let unkept: Made[] = [];
  const load = (name: string): Exports => {
    const known = loaded.get(name);
    if (known) return known.exports;
    const filename = path.join(folder, name);
    const text = fs.readFileSync(filename);
    const cachedData = cache.find(name, text);
    const source = `(function (exports, require, module, __filename, __dirname) {${text.toString()}\n})`;
    // What V8 refuses it compiles as if there were none.
    const script = new Script(source, { filename, ...(cachedData && { cachedData }) });
    if (script.cachedDataRejected !== false) unkept.push({ name, text, code: () => script.createCachedData() });
    const module = { exports: {} };
    loaded.set(name, module);
    script.runInThisContext()(module.exports, requireFrom(filename), module, filename, folder);
    return module.exports;
  };
  const requireFrom = (filename: string): NodeJS.Require => {
    const plain = createRequire(filename);
    const isBeside = (wanted: string): boolean => /^\.\/[^/]+\.js$/.test(wanted);
    return Object.assign((wanted: string) => (isBeside(wanted) ? load(path.basename(wanted)) : plain(wanted)), plain);
  };
  return {
    load,
    keep: () => {
      const made = unkept;
      unkept = [];
      return made.length === 0 ? undefined : cache.keep(made);
    },
  };
}
