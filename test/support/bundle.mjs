// Owns: joining what the compiler made of src into few files: loading a hundred small ones is most of a start.
// Leaves: compiling, and when to build (set-up.mjs). `node bundle.mjs FOLDER` bundles in place.
import { join } from 'node:path';
import { build } from 'esbuild';

const [, , folder] = process.argv;

/** What is started or imported by its path; each side keeps its own files, as a worker's must not load main's. */
const ENTRIES = {
  main: ['cli.js', 'background-entry.js', 'git/relay-stand-in.js'],
  workers: ['entry.js'],
};

for (const [side, entries] of Object.entries(ENTRIES)) {
  await build({
    entryPoints: entries.map((entry) => join(folder, side, entry)),
    outdir: folder,
    outbase: folder,
    allowOverwrite: true,
    bundle: true,
    // Modules that several entries or a dynamic import need stand once, beside the entries, so that what is found
    // relative to import.meta.url is found from there, too.
    splitting: true,
    chunkNames: `${side}/[name]-[hash]`,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // piscina starts a file of its own as the worker; ssh2 looks for native code beside itself.
    external: ['piscina', 'ssh2'],
    // Packages of CommonJS ask for `require`.
    banner: {
      js: "import { createRequire as bundledRequire } from 'node:module';\nconst require = bundledRequire(import.meta.url);",
    },
    legalComments: 'eof',
    logLevel: 'warning',
  });
}
