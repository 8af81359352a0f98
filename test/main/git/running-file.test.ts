import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startFetch } from '../../../src/main/git/fetch.ts';
import { startGit } from '../../../src/main/git/run-git.ts';
import { createRunningFile, endLeftovers } from '../../../src/main/git/running-file.ts';
import { startTimeOf } from '../../../src/main/host/process-identity.ts';
import { remoteName } from '../../../src/shared/remote.ts';
import { until } from '../../support/next-line.ts';
import { isAlive, processesMarked } from '../../support/processes.ts';
import { cloneRepo, makeScratch, makeServerRepo } from '../../support/temp-repo.ts';
import { makeFifo, placeOf, run, script } from './git-place.ts';

function setUp() {
  const scratch = makeScratch(onTestFinished);
  const log: string[] = [];
  const tools = { startTimeOf, log: (text: string) => void log.push(text) };
  const path = join(scratch.directory, 'running');
  /** A git that hangs, and refuses to go. */
  // Written once: a script cannot be started while it is written anew (ETXTBSY).
  const deaf = script(scratch, 'deaf', "trap '' TERM", 'sleep 600 &', 'sleep 600', 'wait');
  const hang = () => {
    const git = startGit(['-c', `alias.do=!${deaf}`, 'do'], { cwd: scratch.directory, env: scratch.env });
    if (git.pgid === undefined) throw new Error('git did not start');
    return { ...git, pgid: git.pgid };
  };
  return { scratch, log, tools, path, hang };
}

test('a fetch is noted while it runs, for nobody else to read, and the note goes with it', async () => {
  const { scratch, log, tools, path } = setUp();
  const server = await makeServerRepo(scratch);
  const repo = await cloneRepo(scratch, server.directory, 'repo');
  const [reached, goOn] = [await makeFifo(scratch, 'reached'), await makeFifo(scratch, 'go-on')];
  const waits = script(scratch, 'waits', `echo >${reached}; read x <${goOn}; exec git-upload-pack "$@"`);
  await repo.git('config', 'remote.origin.uploadpack', waits);
  const place = placeOf(scratch, repo, createRunningFile(path, tools));
  const fetch = startFetch(place, { remote: remoteName('origin'), mode: 'fetch' });
  await run('cat', [reached]);
  await until('it is noted', () => existsSync(path));
  const [, pgid = '', startTime] = /^(\d+) (\S+)\n$/.exec(readFileSync(path, 'utf8')) ?? [];
  expect(await startTimeOf(Number(pgid))).toBe(startTime);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await run('sh', ['-c', `echo >${goOn}`]);
  expect(await fetch.finished).toMatchObject({ ok: true });
  expect(readFileSync(path, 'utf8').trim()).toBe('');
  expect(log).toEqual([]);
});

test('of several only those that still run are noted', async () => {
  const { tools, path, hang } = setUp();
  const [one, other] = [hang(), hang()];
  const running = createRunningFile(path, tools);
  const forget = [one, other].map(({ pgid }) => running.record(pgid));
  const noted = (): string[] =>
    existsSync(path) ? [...readFileSync(path, 'utf8').matchAll(/^\d+(?= )/gm)].map(([pgid]) => pgid) : [];
  await until('both are noted', () => noted().length === 2);
  forget[0]?.();
  expect(noted()).toEqual([String(other.pgid)]);
  await Promise.all([one.end(), other.end()]);
});

test('what an earlier run left is ended whole', async () => {
  const { scratch, log, tools, path, hang } = setUp();
  const git = hang();
  createRunningFile(path, tools).record(git.pgid);
  await until('it is noted', () => existsSync(path));
  await endLeftovers(path, tools);
  expect(processesMarked(scratch.id)).toEqual([]);
  expect(existsSync(path)).toBe(false);
  expect(log).toEqual([`ending process group ${git.pgid}, a git operation of an earlier run`]);
});

test('a process that only has the number of one that was noted is left alone', async () => {
  const { log, tools, path, hang } = setUp();
  const git = hang();
  writeFileSync(path, `${git.pgid} 1\n`);
  await endLeftovers(path, tools);
  expect(isAlive(git.pgid)).toBe(true);
  expect(log).toEqual([]);
  await git.end();
});

test('a file that is broken is passed over with a log line, and what can be read of it counts', async () => {
  const { log, tools, path, hang } = setUp();
  const git = hang();
  writeFileSync(path, `\0\0garbage\n1 1\n0 0\n-1 1\n${git.pgid} ${await startTimeOf(git.pgid)}\n123`);
  await endLeftovers(path, tools);
  expect(isAlive(git.pgid)).toBe(false);
  expect(log.filter((line) => line.endsWith('none of ours; passed over'))).toHaveLength(5);
  await endLeftovers(path, tools);
});

test('a note that cannot be written is logged, and nothing else', async () => {
  const { scratch, log, tools, hang } = setUp();
  const git = hang();
  const forget = createRunningFile(join(scratch.directory, 'no', 'where'), tools).record(git.pgid);
  await until('it is logged', () => log.length > 0);
  expect(log[0]).toMatch(/^cannot write /);
  await git.end();
  forget();
});
