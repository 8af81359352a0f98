// Owns: what the demo, the benchmark and some tests run without vitest: src and test, compiled file by file.
// Leaves: what is shipped (bundle.mjs), and when to build (set-up.mjs). `node for-tests.mjs FOLDER` puts it there.
import { readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { scriptsForEsbuild } from './script-text.mjs';

const [, , folder] = process.argv;
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

const COMPILED = /(?<!\.d)\.ts$|\.(?:sh|pl)$/;

/** `x.ts` becomes `x.js`; a script becomes `x.sh.js`. */
const compiledName = (name) => `${name.replace(/\.ts$/, '')}.js`;

// Each file stays where it is beside the others, as some find things from where they are.
const filesStayApart = {
  name: 'files stay apart',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\./ }, ({ kind, path }) => {
      if (kind === 'entry-point') return undefined;
      return { path: COMPILED.test(path) ? compiledName(path) : path, external: true };
    });
  },
};

const entryPoints = ['src', 'test'].flatMap((top) =>
  readdirSync(join(root, top), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && COMPILED.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .map((name) => ({ in: join(root, name), out: compiledName(name).replace(/\.js$/, '') })),
);

await build({
  absWorkingDir: root,
  outdir: resolve(folder),
  entryPoints,
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  plugins: [filesStayApart, scriptsForEsbuild],
  logLevel: 'warning',
  logOverride: { 'direct-eval': 'silent' },
});
