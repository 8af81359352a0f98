// Owns: the program that is run: src, compiled into few files, as loading a hundred small ones is most of a start.
// Leaves: checking types, and when to build (set-up.mjs). `node bundle.mjs FOLDER` puts it there.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { licensesOf } from './licenses.mjs';
import { scriptsForEsbuild } from './script-text.mjs';
import { leanSsh2, SSH2_CLIENT } from './ssh2-bundle.mjs';

const [, , folder] = process.argv;
const outdir = resolve(folder);
const source = resolve(dirname(fileURLToPath(import.meta.url)), '../../src');

const COMMON = {
  // What is built does not say where.
  absWorkingDir: source,
  outdir,
  outbase: source,
  bundle: true,
  platform: 'node',
  target: 'node20',
  legalComments: 'eof',
  metafile: true,
  plugins: [scriptsForEsbuild],
  logLevel: 'warning',
};

// V8 reads all of it, and keeps it in memory. Names stay, for stacks.
const lean = { minifyWhitespace: true, minifySyntax: true };

/** Packages that are loaded from where they are installed: what they have is made for one kind of machine. */
const NATIVE = ['hyperdht'];

/** One file for all that need it: few do, and never at their start. */
const xmppAt = (path) => ({
  name: 'xmpp in a file of its own',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^@xmpp\/client$/ }, () => ({ path, external: true }));
  },
});

/** What is started by its path; the daemon, which few commands need; what macOS alone needs. */
const MAIN_ENTRIES = [
  { in: 'main/cli.ts', out: 'main/program' },
  { in: 'main/background-entry.ts', out: 'main/background-entry' },
  { in: 'main/daemon.ts', out: 'main/daemon' },
  { in: 'main/commands/service/launchd.ts', out: 'main/launchd' },
  { in: 'main/relay/stand-in.ts', out: 'main/relay/stand-in' },
];

const filesOfTheirOwn = {
  name: 'files of their own',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\/(?:daemon|launchd)\.ts$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: path.replace(/ts$/, 'js'), external: true } : undefined,
    );
  },
};

// Each in one file, as loading another costs as much as 50 kB of text. What two of them have stands in both; so none may
// ask of what another made whether it is an instance of its own class (main/user-error.ts).
const main = await build({
  ...COMMON,
  entryPoints: MAIN_ENTRIES.map((entry) => ({ ...entry, in: join(source, entry.in) })),
  format: 'esm',
  plugins: [scriptsForEsbuild, filesOfTheirOwn],
  // piscina starts a file of its own as the worker.
  external: ['piscina'],
  // Only this part of it is wanted, and not its parser, which is three times the size.
  alias: { plist: fileURLToPath(new URL('build.js', import.meta.resolve('plist'))) },
  // Packages of CommonJS ask for `require`.
  banner: {
    js: "import { createRequire as bundledRequire } from 'node:module';\nconst require = bundledRequire(import.meta.url);",
  },
  ...lean,
});

// What git runs for the URL of a peer. That it dials by itself is loaded only where it does.
const helper = await build({
  ...COMMON,
  entryPoints: [
    { in: join(source, 'workers/peer/helper/program.ts'), out: 'helpers/program' },
    { in: join(source, 'workers/peer/program/program.ts'), out: 'helpers/network-program' },
  ],
  format: 'esm',
  splitting: true,
  chunkNames: 'helpers/[name]-[hash]',
  external: NATIVE,
  plugins: [scriptsForEsbuild, xmppAt('../workers/xmpp.cjs')],
});

// The programs as a user's Node reads them, were it an old one: a script and a module at once, and without the banner.
await build({
  ...COMMON,
  target: 'es2015',
  entryPoints: [
    { in: join(source, 'main/commands/first.ts'), out: 'main/cli' },
    { in: join(source, 'workers/peer/helper/first.ts'), out: 'helpers/helper' },
    { in: join(source, 'workers/peer/program/first.ts'), out: 'helpers/network' },
  ],
  format: 'iife',
  logOverride: { 'direct-eval': 'silent' },
});

copyFileSync(join(source, 'main/relay/helper.pl'), join(outdir, 'helpers/helper.pl'));
// Each goes by the name that it is called by.
const PROGRAMS = {
  'main/relay/helper.sh': ['git-remote-p2p-annex', 'git-remote-tor-annex'],
  'main/relay/network.sh': ['git-annex-p2p-hyper', 'git-annex-p2p-xmpp', 'git-annex-p2p-telehash'],
};
for (const [script, name] of Object.entries(PROGRAMS).flatMap(([script, names]) =>
  names.map((name) => [script, name]),
)) {
  copyFileSync(join(source, script), join(outdir, 'helpers', name));
  chmodSync(join(outdir, 'helpers', name), 0o755);
}

// Each thread loads its code anew. As CommonJS, piscina finds it with `require`, and no thread needs the ESM loader.
const WORKERS = {
  ...COMMON,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  define: { 'import.meta.dirname': '__dirname' },
  // Run as a script from memory, it has no `import()`; what is not bundled is asked for by `require`.
  supported: { 'dynamic-import': false },
};

const ssh2BesideEntry = {
  name: 'ssh2 beside the entry',
  setup: ({ onResolve }) => {
    // A file of its own: a thread whose links need no ssh never reads it.
    onResolve({ filter: /^ssh2$/ }, () => ({ path: './ssh2.cjs', external: true }));
  },
};
const entry = await build({
  ...WORKERS,
  ...lean,
  entryPoints: ['load-code.ts', 'entry.ts'].map((name) => join(source, 'workers', name)),
  plugins: [scriptsForEsbuild, ssh2BesideEntry, xmppAt('./xmpp.cjs')],
  external: NATIVE,
});

const ssh2 = await build({
  ...WORKERS,
  outdir: join(outdir, 'workers'),
  entryPoints: [{ in: SSH2_CLIENT, out: 'ssh2' }],
  plugins: [leanSsh2],
  ...lean,
});

const xmpp = await build({
  ...WORKERS,
  outdir: join(outdir, 'workers'),
  entryPoints: [{ in: '@xmpp/client', out: 'xmpp' }],
  ...lean,
});

const inputs = [main, helper, entry, ssh2, xmpp].flatMap(({ metafile }) => Object.keys(metafile.inputs));
writeFileSync(join(outdir, 'main/THIRD-PARTY-LICENSES'), licensesOf(inputs, source));

// What makes the manual is compiled, as the table of commands is, and run once.
const maker = join(outdir, '.manual.mjs');
await build({
  absWorkingDir: source,
  entryPoints: [join(source, '../test/support/manual/manual.ts')],
  outfile: maker,
  bundle: true,
  platform: 'node',
  format: 'esm',
  logLevel: 'warning',
});
const { manualPage } = await import(pathToFileURL(maker).href);
rmSync(maker);
const { version } = JSON.parse(readFileSync(join(source, '../package.json'), 'utf8'));
const readme = readFileSync(join(source, '../README.md'), 'utf8');
const date = new Date().toISOString().slice(0, 'yyyy-mm-dd'.length);
mkdirSync(join(outdir, 'man'), { recursive: true });
writeFileSync(join(outdir, 'man/git-remote-daemon.1'), manualPage({ version, date, readme }));
