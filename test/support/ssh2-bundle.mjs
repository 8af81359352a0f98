// Owns: making of ssh2 what src/workers/ssh/connection/ssh2-parts says: what is replaced and left out, and made for what.
// Leaves: what that is, and why (changes.ts there), and the bundles (bundle.mjs).
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

const PARTS = resolve(dirname(fileURLToPath(import.meta.url)), '../../src/workers/ssh/connection/ssh2-parts');
const CHANGES = join(PARTS, 'changes.ts');

export const SSH2_CLIENT = join(PARTS, 'client.ts');

/** For esbuild. Nothing is built where a file is not the one that a replacement was made for, or is not there. */
export const leanSsh2 = {
  name: 'lean ssh2',
  setup: async ({ onResolve, onLoad, onEnd }) => {
    const { REPLACED, LEFT_OUT } = await importTypeScript(CHANGES);
    const hashes = new Map(REPLACED.flatMap(({ madeFor }) => Object.entries(madeFor)));
    const replacements = new Map(REPLACED.map(({ file, by }) => [file, by]));
    const unseen = new Set(hashes.keys());

    onResolve({ filter: /^cpu-features$|\.node$/ }, ({ path }) =>
      LEFT_OUT.includes(path) ? { path, namespace: 'left-out' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => ({ contents: `throw new Error('no ${path} here');` }));
    onLoad({ filter: /\/node_modules\// }, ({ path }) => {
      const file = path.replace(/^.*\/node_modules\//, '');
      if (!hashes.has(file)) return undefined;
      unseen.delete(file);
      const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
      if (hash !== hashes.get(file)) return { errors: [{ text: `${notMadeFor(file)}: its SHA-256 is ${hash}` }] };
      const by = replacements.get(file);
      return by && { contents: `module.exports = require('./${by}').replacement;`, resolveDir: PARTS };
    });
    onEnd(() => ({ errors: [...unseen].map((file) => ({ text: `${notMadeFor(file)}: it is not bundled at all` })) }));
  },
};

const notMadeFor = (file) => `${file} is not the file that a replacement was made for (see ${CHANGES})`;

async function importTypeScript(file) {
  const { code } = await transform(readFileSync(file, 'utf8'), { loader: 'ts', format: 'esm' });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}
