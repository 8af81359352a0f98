// Owns: the program that is run: src, compiled into few files, as loading a hundred small ones is most of a start.
// Leaves: checking types, and when to build (set-up.mjs). `node bundle.mjs FOLDER` puts it there.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { licensesOf } from './licenses.mjs';
import { scriptsForEsbuild } from './script-text.mjs';
import { SHARED_BUILTINS, shareBuiltins } from './shared-builtins.mjs';
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

/** CommonJS: what V8 makes of it can be kept (main/code), and no process needs the loader of modules. */
const AS_SCRIPT = {
  ...COMMON,
  ...lean,
  format: 'cjs',
  // Run as a script from memory, it has no `import()`; what is not bundled is asked for by `require`.
  supported: { 'dynamic-import': false },
};

/** The daemon, and the commands, as a start needs one or the other; what macOS alone needs; what git runs. */
const MAIN_ENTRIES = [
  { in: 'main/cli.ts', out: 'main/program' },
  { in: 'main/background-entry.ts', out: 'main/background-entry' },
  { in: 'main/daemon.ts', out: 'main/daemon' },
  { in: 'main/commands/handlers.ts', out: 'main/handlers' },
  { in: 'main/commands/service/launchd.ts', out: 'main/launchd' },
  { in: 'main/relay/stand-in.ts', out: 'main/relay/stand-in' },
];

const filesOfTheirOwn = {
  name: 'files of their own',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\/(?:daemon|handlers|launchd)\.ts$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: path.replace(/ts$/, 'js'), external: true } : undefined,
    );
  },
};

// Each in one file, as loading another costs as much as 50 kB of text. What two of them have stands in both; so none may
// ask of what another made whether it is an instance of its own class (main/user-error.ts).
const main = await build({
  ...AS_SCRIPT,
  entryPoints: MAIN_ENTRIES.map((entry) => ({ ...entry, in: join(source, entry.in) })),
  plugins: [scriptsForEsbuild, filesOfTheirOwn],
  alias: {
    // Only this part of it is wanted, and not its parser, which is three times the size.
    plist: fileURLToPath(new URL('build.js', import.meta.resolve('plist'))),
    // What runs in the threads of it is read from where it is installed (threads/held-code.ts).
    piscina: createRequire(import.meta.url).resolve('piscina'),
  },
  define: { 'import.meta.url': 'urlOfThis' },
  banner: { js: `"use strict";const urlOfThis=require("node:url").pathToFileURL(__filename).href;${SHARED_BUILTINS}` },
});
shareBuiltins(main, source);
writeFileSync(join(outdir, 'main/package.json'), '{"type":"commonjs"}\n');

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

const programBesideIt = {
  name: 'the program beside it',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\/program\.js$/ }, ({ path }) => ({ path, external: true }));
  },
};
// The programs as a user's Node reads them, were it an old one.
await build({
  ...AS_SCRIPT,
  target: 'es2015',
  entryPoints: [{ in: join(source, 'main/commands/first.ts'), out: 'main/cli' }],
  plugins: [programBesideIt],
});
// A script and a module at once, and without the banner.
await build({
  ...COMMON,
  target: 'es2015',
  entryPoints: [
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

// Each thread loads its code anew; piscina finds it with `require`.
const WORKERS = { ...AS_SCRIPT, outExtension: { '.js': '.cjs' } };

const ssh2BesideEntry = {
  name: 'ssh2 beside the entry',
  setup: ({ onResolve }) => {
    // A file of its own: a thread whose links need no ssh never reads it.
    onResolve({ filter: /^ssh2$/ }, () => ({ path: './ssh2.cjs', external: true }));
  },
};
const entry = await build({
  ...WORKERS,
  define: { 'import.meta.dirname': '__dirname' },
  banner: { js: `"use strict";${SHARED_BUILTINS}` },
  entryPoints: ['load-code.ts', 'entry.ts'].map((name) => join(source, 'workers', name)),
  plugins: [scriptsForEsbuild, ssh2BesideEntry, xmppAt('./xmpp.cjs')],
  external: NATIVE,
});
shareBuiltins(entry, source);

const ssh2 = await build({
  ...WORKERS,
  outdir: join(outdir, 'workers'),
  entryPoints: [{ in: SSH2_CLIENT, out: 'ssh2' }],
  plugins: [leanSsh2],
});

const xmpp = await build({
  ...WORKERS,
  outdir: join(outdir, 'workers'),
  entryPoints: [{ in: '@xmpp/client', out: 'xmpp' }],
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
