// Owns: each file that the daemon keeps, found as each thing that it is not: refused with words or made anew, at once.
// Leaves: what the files are for (the tests of whoever keeps them), and the directory itself (state-directory.test.ts).
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readLog } from '../../../src/main/commands/read-log.ts';
import { readSecrets } from '../../../src/main/config/secrets.ts';
import { openPipeEndpoint } from '../../../src/main/control/pipe-endpoint.ts';
import { createRunningFile, endLeftovers } from '../../../src/main/git/running-file.ts';
import { createDoneWithout } from '../../../src/main/host/done-without.ts';
import { startTimeOf } from '../../../src/main/host/process-identity.ts';
import { makeFifo } from '../../../src/main/host/system-command.ts';
import { isLocked, takeLock } from '../../../src/main/instance/lock.ts';
import { openOwnFile } from '../../../src/main/instance/own-file.ts';
import { readPidFile } from '../../../src/main/instance/pid-file.ts';
import { prepareStateDirectory, type StateDirectory } from '../../../src/main/instance/state-directory.ts';
import { readStatus, writeStatus } from '../../../src/main/instance/status-file.ts';
import { createLog } from '../../../src/main/log/log.ts';
import { prepareRelayDirectory } from '../../../src/main/relay/relay-directory.ts';
import { UserError } from '../../../src/main/user-error.ts';
import { until } from '../../support/next-line.ts';
import { makeScratch } from '../../support/temp-repo.ts';
import { BARE_STATUS } from './bare-status.ts';

const isRoot = process.getuid?.() === 0;
const PRECIOUS = 'precious\n';

type Plant = (at: string, victim: string) => unknown;

const makePipe: Plant = (at) => execFileSync('mkfifo', [at]);
const giveAway = (at: string): void => fs.chownSync(at, 12_345, 12_345);

/** What may be in a file's place; `victim` is a file elsewhere. */
const KINDS: readonly (readonly [string, Plant])[] = [
  ['a link to a file elsewhere', (at, victim) => fs.symlinkSync(victim, at)],
  ['a link to nowhere', (at, victim) => fs.symlinkSync(`${victim}.missing`, at)],
  ['a link to a directory', (at, victim) => fs.symlinkSync(join(victim, '..'), at)],
  ['another name of a file elsewhere', (at, victim) => fs.linkSync(victim, at)],
  ['a named pipe', makePipe],
  ['a socket', leaveSocket],
  ['a directory', (at) => fs.mkdirSync(at)],
  ['a file that is open to others', (at) => fs.writeFileSync(at, 'x', { mode: 0o666 })],
];

const KINDS_OF_ROOT: typeof KINDS = [
  ['a device', (at) => execFileSync('mknod', [at, 'c', '1', '5'])],
  [
    "somebody else's file",
    (at) => {
      fs.writeFileSync(at, '');
      giveAway(at);
    },
  ],
  [
    "somebody else's named pipe",
    (at, victim) => {
      makePipe(at, victim);
      giveAway(at);
    },
  ],
];

/** What is done with each file when a daemon starts, runs and is asked. */
const USES: readonly (readonly [string, (directory: StateDirectory) => unknown])[] = [
  ['lock', useLock],
  ['pid', useLock],
  ['process.json', useLock],
  ['control', usePipes],
  ['events', usePipes],
  ['daemon.log', useLog],
  ['daemon.log.1', useLog],
  ['state.json', useStatus],
  ['running', useRunning],
  ['relay', useRelays],
  ['relay-elsewhere', useRelays],
  ['secrets.ini', ({ secrets }) => readSecrets(secrets, '/home')],
];

async function useLock(directory: StateDirectory): Promise<void> {
  const lock = await takeLock(directory, 'run');
  if (lock === 'held') throw new Error('nobody holds it');
  try {
    expect(await isLocked(directory)).toBe(true);
    expect(await readPidFile(directory)).toMatchObject({ pid: process.pid });
    expect([directory.lock, directory.pid, directory.process].map(isPrivateFile)).toEqual([true, true, true]);
  } finally {
    lock.release();
  }
}

async function usePipes(directory: StateDirectory): Promise<void> {
  const listener = { line: () => undefined, closed: () => undefined, greeting: () => [] };
  const endpoint = await openPipeEndpoint(
    directory,
    { makeFifo, log: () => undefined, isInPlace: () => true },
    listener,
  );
  endpoint.send('CONNECTED a');
  await endpoint.close();
}

async function useLog({ log: path }: StateDirectory): Promise<void> {
  const log = createLog({ kind: 'file', path, mostBytes: 100 });
  for (let count = 0; count < 5; count += 1) log.info('a', `line ${count}`);
  await log.close();
  expect(readLog(path)?.join('\n')).toContain('line 4');
}

function useStatus(directory: StateDirectory): void {
  readStatus(directory, undefined);
  writeStatus(directory, BARE_STATUS);
  expect(readStatus(directory, BARE_STATUS.pid)).toMatchObject(BARE_STATUS);
}

async function useRunning({ running }: StateDirectory): Promise<void> {
  const said: string[] = [];
  const tools = { startTimeOf, log: (text: string) => void said.push(text) };
  await endLeftovers(running, tools);
  const forget = createRunningFile(running, tools).record(process.pid);
  await until(
    'it is noted',
    () => fs.existsSync(running) && fs.readFileSync(running, 'utf8').startsWith(`${process.pid} `),
  );
  forget();
}

function useRelays(directory: StateDirectory): void {
  prepareRelayDirectory(
    directory,
    {},
    createDoneWithout(() => undefined),
  ).remove();
}

async function leaveSocket(at: string): Promise<void> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(`${at}.made`, resolve));
  fs.renameSync(`${at}.made`, at);
  await new Promise((resolve) => server.close(resolve));
}

function isPrivateFileOrGone(at: string): boolean {
  return fs.lstatSync(at, { throwIfNoEntry: false }) === undefined || isPrivateFile(at);
}

function isPrivateFile(at: string): boolean {
  const found = fs.lstatSync(at);
  return found.isFile() && found.nlink === 1 && found.uid === process.getuid?.() && (found.mode & 0o777) === 0o600;
}

/** A directory of ours, and beside it a file that nobody may touch. */
function makePlace() {
  const { directory: scratch } = makeScratch(onTestFinished);
  const victim = join(scratch, 'victim');
  fs.writeFileSync(victim, PRECIOUS, { mode: 0o644 });
  fs.chmodSync(victim, 0o644);
  const state = prepareStateDirectory(scratch);
  const around = fs.readdirSync(scratch);
  const expectUntouched = (): void => {
    expect(fs.readFileSync(victim, 'utf8')).toBe(PRECIOUS);
    expect((fs.statSync(victim).mode & 0o777).toString(8)).toBe('644');
    expect(fs.readdirSync(scratch)).toEqual(around);
  };
  return { scratch, victim, state, expectUntouched };
}

test.each(USES)('%s, whatever is in its place, is refused with words or made anew', async (name, use) => {
  const { scratch, victim, state, expectUntouched } = makePlace();
  const at = join(state.path, name);
  for (const [what, plant] of [...KINDS, ...(isRoot ? KINDS_OF_ROOT : [])]) {
    await plant(at, victim);
    const refused = await refusalOf(async () => {
      // As every start does, before all else.
      prepareStateDirectory(scratch);
      await use(state);
    });
    expectUntouched();
    if (refused !== undefined)
      expect(refused, what).toMatch(new RegExp(`${name}.*(remove|chmod 600|write) it( anew)?$`));
    else expect(isPrivateFileOrGone(at) || name === 'relay', what).toBe(true);
    expect(fs.readdirSync(state.path).filter((left) => left.endsWith('.new'))).toEqual([]);
    fs.rmSync(state.path, { recursive: true });
    prepareStateDirectory(scratch);
  }
});

/** What the user is told; undefined: it went well. Throws what is no message to him. */
async function refusalOf(act: () => Promise<void>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

test('a lock that has another name is held for all others, whoever holds it by which name, and given a file of its own when it is free', async () => {
  const { victim, state } = makePlace();
  fs.linkSync(victim, state.lock);
  const script = 'exec 3<"$1"; flock -xn 3; echo held; exec sleep 60';
  const holder = spawn('sh', ['-c', script, 'sh', victim], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void holder.kill('SIGKILL'));
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  expect(await isLocked(state)).toBe(true);
  expect(await takeLock(state, 'run')).toBe('held');
  const gone = new Promise((resolve) => holder.once('exit', resolve));
  holder.kill('SIGKILL');
  await gone;
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => takeLock(state, 'run')));
  const locks = outcomes.filter((outcome) => outcome !== 'held');
  expect(locks).toHaveLength(1);
  expect(isPrivateFile(state.lock)).toBe(true);
  for (const lock of locks) lock.release();
});

test('a daemon whose directory was removed under it leaves alone what the next one has made there', async () => {
  const { scratch, state } = makePlace();
  const start = async () => {
    const lock = await takeLock(prepareStateDirectory(scratch), 'run');
    if (lock === 'held') throw new Error('nobody holds it');
    const listener = { line: () => undefined, closed: () => undefined, greeting: () => [] };
    const log = () => undefined;
    const endpoint = await openPipeEndpoint(state, { makeFifo, log, isInPlace: lock.isInPlace }, listener);
    return { lock, endpoint, relays: prepareRelayDirectory(state, {}, createDoneWithout(log), lock.isInPlace) };
  };
  const stop = async ({ lock, endpoint, relays }: Awaited<ReturnType<typeof start>>) => {
    await endpoint.close();
    relays.remove();
    lock.release();
  };
  const old = await start();
  const away = `${state.path}-away`;
  fs.renameSync(state.path, away);
  const next = await start();
  // As where a file system gives a new file the number of one that is gone, and keeps no time of birth.
  for (const name of ['control', 'events', 'relay']) {
    fs.rmSync(`${state.path}/${name}`, { recursive: true });
    fs.renameSync(`${away}/${name}`, `${state.path}/${name}`);
  }
  expect([old.lock.isInPlace(), next.lock.isInPlace()]).toEqual([false, true]);
  for (const file of [state.pid, state.process])
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(`${process.pid}`, '1'));
  const made = fs.readdirSync(state.path);
  await stop(old);
  expect(fs.readdirSync(state.path)).toEqual(made);
  await stop(next);
});

test('a file that comes and goes while it is opened is made in the end', () => {
  const { state } = makePlace();
  fs.closeSync(openOwnFile(state.log, fs.constants.O_RDWR));
  fs.rmSync(state.log);
  fs.closeSync(openOwnFile(state.log, fs.constants.O_RDWR));
  expect(isPrivateFile(state.log)).toBe(true);
});
