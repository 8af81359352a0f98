// Owns: making a checkout ready to run: dependencies and build, each only when what it is made from has changed.
// Leaves: everything else to the command after it. Node's own modules only: nothing else is there yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { delimiter, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = [20, 17];
/** For vitest, which runs by rolldown. */
const OLDEST_NODE_FOR_TESTS = [20, 19];
const LOCK_LIMIT_MS = 15 * 60_000;
/** Of the scripts in test/support, those that make what is built. */
const COMPILERS = /\/(?:bundle|ssh2-bundle|for-tests|script-text|shared-builtins|licenses)\.mjs$/;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const inRoot = (...names) => join(root, ...names);
const dist = inRoot('dist');
const installStamp = inRoot('node_modules/.cache/git-remote-daemon/installed');
const buildStamp = join(dist, '.built');
const lock = join(dist, '.set-up.lock');

class SetUpFailure extends Error {}

try {
  checkMachine();
  if (!isInstalled() || !isBuilt()) {
    withLock(() => {
      if (!isInstalled()) install();
      if (!isBuilt()) build();
    });
  }
} catch (failure) {
  if (!(failure instanceof SetUpFailure)) throw failure;
  process.stderr.write(`git-remote-daemon: ${failure.message}\n`);
  process.exitCode = 1;
}

function checkMachine() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const forTests = /^test\b/.test(process.env.npm_lifecycle_event ?? '');
  const oldest = forTests ? OLDEST_NODE_FOR_TESTS : OLDEST_NODE;
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    const what = forTests ? ' to run the tests' : '';
    throw new SetUpFailure(`Node ${oldest.join('.')} or later is needed${what}, and this is ${process.versions.node}`);
  }
  if (!isOnPath('git')) throw new SetUpFailure('git is needed, and there is none on PATH');
}

function install() {
  say('installing the dependencies');
  const [npm, ...first] = npmCommand();
  // The user's npm config may leave out parts (NODE_ENV=production, omit, global); what is needed is said outright.
  const options = [
    'ci',
    '--no-global',
    '--no-dry-run',
    '--include=dev',
    '--include=optional',
    '--ignore-scripts',
    '--package-lock',
  ];
  run('npm ci', npm, [...first, ...options, '--no-audit', '--no-fund', '--loglevel=error'], ['ignore', 'ignore', 2]);
  writeWhole(installStamp, wantedInstall());
}

/** Compiles to a place beside, then replaces what differs file by file: programs that run from dist/ see whole files. */
function build() {
  say('building');
  const wanted = wantedBuild();
  const fresh = fs.mkdtempSync(join(dist, '.fresh-'));
  try {
    const compile = (script, folder) =>
      run(script, process.execPath, [inRoot('test/support', script), folder], ['ignore', 2, 2]);
    // Neither checks types: `npm run typecheck` does.
    compile('bundle.mjs', fresh);
    compile('for-tests.mjs', join(fresh, 'for-tests'));
    replaceFiles(fresh, dist);
    fs.chmodSync(join(dist, 'main/cli.js'), 0o755);
  } finally {
    fs.rmSync(fresh, { recursive: true, force: true });
  }
  writeWhole(buildStamp, wanted);
}

function replaceFiles(from, to) {
  const wanted = filesBelow(from);
  for (const name of wanted) {
    const [source, target] = [join(from, name), join(to, name)];
    if (fs.existsSync(target) && fs.readFileSync(source).equals(fs.readFileSync(target))) continue;
    fs.mkdirSync(dirname(target), { recursive: true });
    fs.renameSync(source, target);
  }
  for (const name of filesBelow(to)) if (!wanted.includes(name)) fs.rmSync(join(to, name));
}

function isInstalled() {
  return readOrNothing(installStamp) === wantedInstall();
}

function isBuilt() {
  return readOrNothing(buildStamp) === wantedBuild() && fs.existsSync(join(dist, 'main/cli.js'));
}

/** Some packages are made for one system; Node's version decides which versions of them run. */
function wantedInstall() {
  const { version, platform, arch } = process;
  return digest([version, platform, arch, fs.readFileSync(inRoot('package-lock.json'))]);
}

function wantedBuild() {
  const folders = ['src', 'test'].flatMap((folder) => filesBelow(inRoot(folder)).map((name) => join(folder, name)));
  const sources = folders.filter((name) => /\.(?:ts|sh|pl)$/.test(name) || COMPILERS.test(name));
  const names = [...sources, 'tsconfig.json', 'test/tsconfig.json', 'package.json', 'README.md'].sort();
  return digest([wantedInstall(), ...names.flatMap((name) => [name, fs.readFileSync(inRoot(name))])]);
}

/** Two may be started at the same time, by two terminals. A lock whose owner is gone is taken over. */
function withLock(work) {
  fs.mkdirSync(dist, { recursive: true });
  const giveUpAtMs = Date.now() + LOCK_LIMIT_MS;
  while (!tryLock()) {
    if (Date.now() > giveUpAtMs)
      throw new SetUpFailure(`another set-up does not end; if there is none, remove ${lock}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
  try {
    work();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

function tryLock() {
  // Made whole elsewhere and linked: nobody ever sees a lock without its owner.
  const own = `${lock}.${process.pid}`;
  fs.writeFileSync(own, String(process.pid));
  try {
    fs.linkSync(own, lock);
    return true;
  } catch (failure) {
    if (failure.code !== 'EEXIST') throw failure;
    const owner = Number(readOrNothing(lock));
    if (owner > 0 && !isRunning(owner)) fs.rmSync(lock, { force: true });
    return false;
  } finally {
    fs.rmSync(own, { force: true });
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (failure) {
    return failure.code === 'EPERM';
  }
}

/** npm says where it is to what it runs; from a bare `node` it is looked up. */
function npmCommand() {
  const own = process.env.npm_execpath;
  if (own && /npm-cli\.[cm]?js$/.test(own) && fs.existsSync(own)) return [process.execPath, own];
  if (!isOnPath('npm')) throw new SetUpFailure('npm is needed to install the dependencies, and there is none on PATH');
  return ['npm'];
}

function run(what, program, args, stdio) {
  const { error, status, signal } = spawnSync(program, args, { cwd: root, stdio });
  if (error) throw new SetUpFailure(`${what} could not be run: ${error.message}`);
  if (status !== 0) throw new SetUpFailure(`${what} failed (${signal ?? `exit status ${status}`})`);
}

function filesBelow(folder) {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  // What begins with a dot in dist/ is set-up's own.
  return files.map((file) => relative(folder, file)).filter((name) => !name.startsWith('.'));
}

function writeWhole(file, text) {
  fs.mkdirSync(dirname(file), { recursive: true });
  fs.writeFileSync(`${file}.new`, text);
  fs.renameSync(`${file}.new`, file);
}

function readOrNothing(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    // Not made yet.
    return undefined;
  }
}

function digest(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}\n`).update(part);
  return hash.digest('hex');
}

function isOnPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => fs.existsSync(join(folder, program)));
}

function say(what) {
  process.stderr.write(`git-remote-daemon: ${what}\n`);
}
