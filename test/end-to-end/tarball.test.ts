// Owns: what `npm pack` ships: all that runs, and nothing besides.
// Leaves: what the program does (the other tests here), and how its bundles are made (test/workers/bundle.test.ts).
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { runProgram } from '../support/daemon.ts';
import { LIMIT_MS, until } from '../support/next-line.ts';
import { findProgram } from '../support/peers.ts';
import { embeddedScene, untilRef } from '../support/scene.ts';
import { makeScratch } from '../support/temp-repo.ts';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** What is not bundled, so that it comes from the user's node_modules: what is native, and piscina starts a file of its own. */
const NOT_BUNDLED = ['hyperdht', 'piscina'];

/** Some 40 MB may have to come over the network. */
const INSTALL_LIMIT_MS = 100_000;

/** What npm runs of a package that is installed from a tarball. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'];

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly hasInstallScript?: boolean }>>;
}

/** Packs the checkout as npm publishes it. Its scripts would build anew, which the other tests have no use for. */
async function packed(place: string): Promise<string> {
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', place], { cwd: CHECKOUT });
  return join(place, readdirSync(place).find((name) => name.endsWith('.tgz')) ?? 'none');
}

/** Unpacks it where nothing of the checkout is found but what it needs. */
async function unpacked(directory: string): Promise<string> {
  const place = join(directory, 'installed');
  mkdirSync(join(place, 'node_modules'), { recursive: true });
  const tarball = await packed(place);
  await run('tar', ['-xzf', tarball], { cwd: place });
  for (const name of NOT_BUNDLED) symlinkSync(join(CHECKOUT, 'node_modules', name), join(place, 'node_modules', name));
  return join(place, 'package');
}

test('the tarball has the bundles, what must come with them, and nothing else', async () => {
  const folder = await unpacked(makeScratch(onTestFinished).directory);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const isChunk = (file: string): boolean => /^dist\/helpers\/[a-z][a-z-]*-[A-Z0-9]{8}\.js$/.test(file);
  expect(files.filter((file) => !isChunk(file)).sort()).toEqual([
    'LICENSE',
    'README.md',
    'dist/helpers/git-annex-p2p-hyper',
    'dist/helpers/git-annex-p2p-telehash',
    'dist/helpers/git-annex-p2p-xmpp',
    'dist/helpers/git-remote-p2p-annex',
    'dist/helpers/git-remote-tor-annex',
    'dist/helpers/helper.js',
    'dist/helpers/helper.pl',
    'dist/helpers/network-program.js',
    'dist/helpers/network.js',
    'dist/helpers/program.js',
    'dist/main/THIRD-PARTY-LICENSES',
    'dist/main/background-entry.js',
    'dist/main/cli.js',
    'dist/main/daemon.js',
    'dist/main/handlers.js',
    'dist/main/launchd.js',
    'dist/main/package.json',
    'dist/main/program.js',
    'dist/main/relay/stand-in.js',
    'dist/man/git-remote-daemon.1',
    'dist/workers/entry.cjs',
    'dist/workers/load-code.cjs',
    'dist/workers/ssh2.cjs',
    'dist/workers/xmpp.cjs',
    'package.json',
  ]);
});

/** In bytes: who installs it waits for this, and for what comes with it. */
const MOST_PACKED = 1024 * 1024;

test('npm installs it without a compiler and without scripts, git finds it, and shows its manual', async () => {
  const { directory, env, home } = makeScratch(onTestFinished);
  const tarball = await packed(directory);
  expect(statSync(tarball).size).toBeLessThan(MOST_PACKED);
  const tools = join(directory, 'tools');
  mkdirSync(tools);
  for (const name of ['node', 'npm', 'git', 'sh']) symlinkSync(findProgram(name) ?? 'none', join(tools, name));
  const { npm_config_cache = join(homedir(), '.npm') } = process.env;
  const options = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--no-update-notifier'];
  await run('npm', ['install', '--global', '--prefix', join(home, 'npm'), ...options, tarball], {
    env: { ...env, PATH: tools, npm_config_cache },
    cwd: directory,
    timeout: INSTALL_LIMIT_MS,
  });
  const installed = { ...env, PATH: `${join(home, 'npm/bin')}:${env.PATH}`, MANPAGER: 'cat' };
  const asked = async (...args: readonly string[]): Promise<string> =>
    (await run('git', ['remote-daemon', ...args], { env: installed, cwd: directory })).stdout;
  expect(await asked('--version')).toMatch(/^git-remote-daemon version \d/);
  if (findProgram('man')) expect(await asked('--help')).toMatch(/^GIT-REMOTE-DAEMON\(1\)[\s\S]*^SYNOPSIS$/m);
});

test('what it asks npm for is what is not bundled, and nothing of that runs when it is installed', async () => {
  const folder = await unpacked(makeScratch(onTestFinished).directory);
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  expect(Object.keys(manifest.dependencies)).toEqual(NOT_BUNDLED);
  for (const kind of ['optionalDependencies', 'peerDependencies', 'bundleDependencies']) {
    expect(manifest).not.toHaveProperty(kind);
  }
  for (const name of INSTALL_SCRIPTS) expect(manifest.scripts).not.toHaveProperty(name);
  const { packages }: LockFile = JSON.parse(readFileSync(join(CHECKOUT, 'package-lock.json'), 'utf8'));
  const come = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);
  expect(come.map(([path]) => path)).toEqual(expect.arrayContaining(NOT_BUNDLED.map((name) => `node_modules/${name}`)));
  expect(come.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)).toEqual([]);
});

test('its bundles import nothing else that is not Node itself or beside them', async () => {
  const folder = await unpacked(makeScratch(onTestFinished).directory);
  const bundles = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.c?js$/.test(file));
  const imported = bundles
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .flatMap((text) => [
      ...text.matchAll(/(?:^|[;}])(?:import|export)\b[^;'"]*["']([^'"]+)["'];/gm),
      ...text.matchAll(
        /(?:\b(?:require|import)|\(0,\s*[\w.]*createRequire\d*\)\(\w+\)(?:\.resolve)?)\(\s*["']([^"']+)["']\s*\)/g,
      ),
    ])
    .map(([, name = '']) => name)
    .filter((name) => !name.startsWith('.') && !isBuiltin(name));
  expect([...new Set(imported)].sort()).toEqual(NOT_BUNDLED);
});

test('what is unpacked from it is what git runs for the URL of a peer', async () => {
  const { directory, env } = makeScratch(onTestFinished);
  const folder = await unpacked(directory);
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  // As npm links them.
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  for (const [name, file] of Object.entries(manifest.bin)) symlinkSync(join(folder, file), join(bin, name));
  const PATH = `${bin}:${env.PATH}`;
  const asked = (url: string): Promise<unknown> =>
    run('git', ['ls-remote', url], { cwd: directory, env: { ...env, PATH, GIT_ANNEX_P2P_AUTHTOKEN: 'abc' } });
  await expect(asked('p2p-annex::nowhere:abc')).rejects.toThrow('there is no program git-annex-p2p-nowhere on PATH');
  await expect(asked('tor-annex::abc:1')).rejects.toThrow('what follows tor-annex:: is no onion address');
  // The networks that are ours are programs for git-annex, too.
  await run('git', ['init', '--quiet', 'repo'], { cwd: directory, env });
  const address = await run('git-annex-p2p-hyper', ['address'], {
    cwd: join(directory, 'repo'),
    env: { ...env, PATH },
  });
  expect(address.stdout).toMatch(/^[\da-f]{64}\n$/);
});

test('what is unpacked from it says its version, fetches over ssh in the background, goes on when its files are removed, and stops', async () => {
  const scene = await embeddedScene(onTestFinished);
  const folder = await unpacked(scene.scratch.directory);
  const program = join(folder, 'dist/main/cli.js');
  const { server, clone, scratch } = scene;
  const command = async (...args: readonly string[]): Promise<string> =>
    (await run(program, args, { cwd: clone.directory, env: scratch.env, timeout: LIMIT_MS })).stdout;
  expect(await command('--version')).toMatch(/^git-remote-daemon version \d+\.\d+\.\d+\n$/);
  await command('start');
  await until('it is connected', async () => (await command('status')).includes('connected'));
  await untilRef(clone, 'refs/remotes/origin/main', await server.pushCommit());
  // As npm does while it puts another version there. What a new remote needs is a thread.
  rmSync(join(folder, '..'), { recursive: true });
  await clone.git('remote', 'add', 'second', await clone.git('remote', 'get-url', 'origin'));
  await untilRef(clone, 'refs/remotes/second/main', await server.pushCommit());
  expect(await runProgram(clone.directory, scratch.env, 'stop')).toMatchObject({ status: 0, stderr: '' });
  await until('no connection is left', () => scene.peer.connections() === 0);
});
