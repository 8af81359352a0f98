import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startFetch } from '../../../src/main/git/fetch.ts';
import { createLane, REAL_TIME } from '../../../src/main/git/git-lane.ts';
import type { GitPlace, Outcome } from '../../../src/main/git/operation.ts';
import { relayEnvironment } from '../../../src/main/relay/git-over-relay.ts';
import { remoteName } from '../../../src/shared/remote.ts';
import type { SshTarget } from '../../../src/shared/ssh-target.ts';
import { until } from '../../support/next-line.ts';
import { processesMarked } from '../../support/processes.ts';
import { cloneRepo, makeRepo, makeScratch, makeServerRepo, openRepo, type TestRepo } from '../../support/temp-repo.ts';
import { beforeEachPack, failureCode, makeFifo, placeOf, run, script } from './git-place.ts';

const ORIGIN = remoteName('origin');
const MAIN = 'refs/remotes/origin/main';

/** Shell words by which another git fetches into the same repository, without the hook that started it. */
const anotherFetch = (repo: TestRepo, server: TestRepo, refspec: string): string =>
  [
    `(cd ${repo.directory} && env -u GIT_DIR git -c protocol.file.allow=always fetch`,
    `--quiet --no-write-fetch-head ${server.directory} ${refspec}) </dev/null >&2`,
  ].join(' ');

async function setUp() {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const repo = await cloneRepo(scratch, server.directory, 'repo');
  const place = placeOf(scratch, repo);
  const fetch = (mode: 'fetch' | 'prefetch' = 'fetch'): Promise<Outcome> =>
    startFetch(place, { remote: ORIGIN, mode }).finished;
  const counted = () => {
    let started = 0;
    const record = (): (() => void) => {
      started += 1;
      return () => undefined;
    };
    return { place: placeOf(scratch, repo, { record }), started: () => started };
  };
  return { scratch, server, repo, place, fetch, counted };
}

/** A lane in real time, and a way to ask it for fetches; `log` says what became of each. */
function laneOf(place: GitPlace, quietMs = 60_000) {
  const log: string[] = [];
  const lane = createLane({ most: 1, ...REAL_TIME, quietMs, timeoutMs: () => 60_000 });
  onTestFinished(async () => {
    lane.clearWaiting();
    await lane.endRunning();
  });
  const request = (remote: string, patience: { readonly patienceMs?: number } = {}): void =>
    lane.request({
      key: `fetch ${remote}`,
      remote: remoteName(remote),
      ...patience,
      start: () => startFetch(place, { remote: remoteName(remote), mode: 'fetch' }),
      onStart: () => log.push(`start ${remote}`),
      onDone: (outcome) => log.push(`done ${remote} ${failureCode(outcome)}`),
    });
  return { lane, log, request };
}

test('a fetch tells whether it moved anything here: a new, moved or deleted ref, and not one that is as it was', async () => {
  const { server, place } = await setUp();
  const pruning = { refspecs: ['+refs/heads/*:refs/remotes/origin/*'] };
  const prune = { pruning, isDue: true };
  const fetch = (): Promise<Outcome> => startFetch(place, { remote: ORIGIN, mode: 'fetch', prune }).finished;
  const moves = [
    () => server.pushCommit(),
    () => server.git('branch', 'new', 'main'),
    () => server.git('tag', 'v1', 'main'),
    () => server.git('update-ref', 'refs/heads/main', 'main~1'),
    () => server.git('branch', '-D', 'new'),
  ];
  for (const move of moves) {
    await move();
    expect(await fetch()).toEqual({ ok: true });
    expect(await fetch()).toEqual({ ok: true, nothingNew: true });
  }
});

test('a fetch brings in what moved, and the reflog says who moved it', async () => {
  const { server, repo, fetch } = await setUp();
  const tip = await server.pushCommit();
  expect(await fetch()).toEqual({ ok: true });
  expect(await repo.git('rev-parse', MAIN)).toBe(tip);
  expect(await repo.git('reflog', '-1', '--format=%gs', MAIN)).toBe('remote-daemon: fast-forward');
});

test('FETCH_HEAD, index and work tree stay untouched', async () => {
  const { server, repo, fetch } = await setUp();
  const gitDir = join(repo.directory, '.git');
  writeFileSync(join(gitDir, 'FETCH_HEAD'), 'as it was\n');
  writeFileSync(join(repo.directory, 'new'), 'not yet committed');
  await repo.git('add', 'new');
  const index = readFileSync(join(gitDir, 'index'));
  const head = await repo.git('rev-parse', 'HEAD');
  await server.pushCommit();
  expect(await fetch()).toEqual({ ok: true });
  expect(readFileSync(join(gitDir, 'FETCH_HEAD'), 'utf8')).toBe('as it was\n');
  expect(readFileSync(join(gitDir, 'index')).equals(index)).toBe(true);
  expect(await repo.git('rev-parse', 'HEAD')).toBe(head);
  expect(await repo.git('status', '--porcelain')).toBe('A  new');
});

test('submodules stay untouched, whatever the user configured for fetches by hand', async () => {
  const { scratch, server, fetch, repo } = await setUp();
  const inner = await makeServerRepo(scratch, 'inner');
  await server.writer.git('submodule', '--quiet', 'add', inner.directory, 'sub');
  await server.pushCommit();
  await fetch();
  await repo.git('merge', '--quiet', MAIN);
  await repo.git('submodule', '--quiet', 'update', '--init');
  const settings = ['fetch.recurseSubmodules', 'submodule.recurse', 'submodule.sub.fetchRecurseSubmodules'];
  for (const key of settings) await repo.git('config', key, 'true');
  const before = await repo.git('-C', 'sub', 'rev-parse', MAIN);
  const moved = await inner.pushCommit();
  await server.writer.git('-C', 'sub', 'pull', '--quiet');
  await server.writer.git('add', 'sub');
  const tip = await server.pushCommit();
  expect(await fetch()).toEqual({ ok: true });
  expect(await repo.git('rev-parse', MAIN)).toBe(tip);
  expect(moved).not.toBe(before);
  expect(await repo.git('-C', 'sub', 'rev-parse', MAIN)).toBe(before);
});

test('a prefetch leaves remote-tracking refs and tags alone', async () => {
  const { server, repo, fetch } = await setUp();
  const before = await repo.git('rev-parse', MAIN);
  const tip = await server.pushCommit();
  await server.git('tag', 'v1', 'main');
  expect(await fetch('prefetch')).toEqual({ ok: true });
  expect(await repo.git('rev-parse', MAIN)).toBe(before);
  expect(await repo.git('rev-parse', 'refs/prefetch/remotes/origin/main')).toBe(tip);
  expect(await repo.git('tag')).toBe('');
});

test('a lost race for a ref that now has the wanted value is a success', async () => {
  const { scratch, server, repo, counted } = await setUp();
  const tip = await server.pushCommit();
  beforeEachPack(scratch, anotherFetch(repo, server, `+refs/heads/main:${MAIN}`));
  const { place, started } = counted();
  expect(await startFetch(place, { remote: ORIGIN, mode: 'fetch' }).finished).toEqual({ ok: true });
  expect(await repo.git('rev-parse', MAIN)).toBe(tip);
  expect(started()).toBe(2);
});

test('a lost race for a ref that has another value ends with the right one', async () => {
  const { scratch, server, repo, counted } = await setUp();
  const middle = await server.pushCommit('middle');
  const tip = await server.pushCommit();
  const once = `mkdir ${scratch.directory}/once 2>/dev/null`;
  beforeEachPack(scratch, `${once} && ${anotherFetch(repo, server, `+refs/heads/middle:${MAIN}`)}`);
  const { place, started } = counted();
  expect(await startFetch(place, { remote: ORIGIN, mode: 'fetch' }).finished).toEqual({ ok: true });
  expect(await repo.git('rev-parse', MAIN)).toBe(tip);
  expect(middle).not.toBe(tip);
  expect(started()).toBe(2);
});

test('a lock held by another git is waited for', async () => {
  const { scratch, server, repo, place } = await setUp();
  const tip = await server.pushCommit();
  const lock = join(repo.directory, '.git', `${MAIN}.lock`);
  writeFileSync(lock, '');
  const trace = join(scratch.directory, 'trace');
  const traced = { ...place, environment: { ...place.environment, GIT_TRACE2_EVENT: trace } };
  const fetch = startFetch(traced, { remote: ORIGIN, mode: 'fetch' }).finished;
  const tries = (): boolean => existsSync(trace) && readFileSync(trace, 'utf8').includes('rev-list');
  await until('the fetch has come to writing refs', tries);
  // The other git holds it for longer than the 100 ms that git waits by itself.
  await run('sh', ['-c', `sleep 0.5; rm ${lock}`]);
  expect(await fetch).toEqual({ ok: true });
  expect(await repo.git('rev-parse', MAIN)).toBe(tip);
});

test('a shallow clone is fetched into though another git holds its shallow.lock', async () => {
  const { scratch, server } = await setUp();
  const shallow = await makeRepo(scratch, 'shallow');
  await shallow.git('remote', 'add', 'origin', `file://${server.directory}`);
  await shallow.git('fetch', '--quiet', '--depth=1', 'origin');
  const tip = await server.pushCommit();
  writeFileSync(join(shallow.directory, '.git', 'shallow.lock'), '');
  const fetch = startFetch(placeOf(scratch, shallow), { remote: ORIGIN, mode: 'fetch' });
  expect(await fetch.finished).toEqual({ ok: true });
  expect(await shallow.git('rev-parse', MAIN)).toBe(tip);
});

test('a tip that moves during a fetch is fetched again', async () => {
  const { scratch, server, repo, place } = await setUp();
  const [reached, goOn] = [await makeFifo(scratch, 'reached'), await makeFifo(scratch, 'go-on')];
  await server.pushCommit();
  const once = join(scratch.directory, 'once');
  beforeEachPack(scratch, `if mkdir ${once} 2>/dev/null; then echo >${reached}; read x <${goOn}; fi`);
  const { lane, log, request } = laneOf(place);
  request('origin');
  await run('cat', [reached]);
  const tip = await server.pushCommit();
  request('origin');
  request('origin');
  await run('sh', ['-c', `echo >${goOn}`]);
  await lane.whenIdle();
  expect(log).toEqual(['start origin', 'done origin ok', 'start origin', 'done origin ok']);
  expect(await repo.git('rev-parse', MAIN)).toBe(tip);
});

test('a hung fetch is ended whole and the rest goes on', async () => {
  const { scratch, server, repo, place } = await setUp();
  const deaf = script(scratch, 'deaf', "trap '' TERM", 'sleep 600 &', 'sleep 600', 'wait');
  await repo.git('remote', 'add', 'stuck', server.directory);
  await repo.git('config', 'remote.stuck.uploadpack', deaf);
  const tip = await server.pushCommit();
  const { lane, log, request } = laneOf(place, 200);
  request('stuck', { patienceMs: 3_000 });
  request('origin');
  await until('origin is done', () => log.includes('done origin ok'));
  expect(log.slice(0, 2)).toEqual(['start stuck', 'start origin']);
  expect(await repo.git('rev-parse', MAIN)).toBe(tip);
  await lane.whenIdle();
  // On a busy machine it may be ended before the other is done.
  expect(log.slice(2).sort()).toEqual(['done origin ok', 'done stuck silent']);
  expect(processesMarked(scratch.id)).toEqual([]);
});

test('a fetch that is told to end is gone when that returns', async () => {
  const { scratch, repo, place } = await setUp();
  const reached = await makeFifo(scratch, 'reached');
  const hangs = script(scratch, 'hangs', 'sleep 600 &', `echo >${reached}`, 'sleep 600');
  await repo.git('config', 'remote.origin.uploadpack', hangs);
  const fetch = startFetch(place, { remote: ORIGIN, mode: 'fetch' });
  await run('cat', [reached]);
  await fetch.end();
  expect(processesMarked(scratch.id)).toEqual([]);
  expect(failureCode(await fetch.finished)).toBe('cancelled');
});

/** A clone whose origin only a relay serves, and another remote that only the plain ssh reaches. */
async function setUpRelay() {
  const around = await setUp();
  const { scratch, server, repo, place } = around;
  const other = await makeServerRepo(scratch, 'other');
  const standIn = script(
    scratch,
    "a stand-in's",
    `echo "$@" >>${scratch.directory}/args`,
    `exec git-upload-pack ${server.directory}`,
  );
  const ssh = script(
    scratch,
    'ssh',
    `echo "$*" >>${scratch.directory}/plain`,
    `exec git-upload-pack ${other.directory}`,
  );
  const target: SshTarget = {
    host: 'nowhere.invalid',
    path: '/it',
    annexShell: 'git-annex-shell',
    uploadPack: 'git-upload-pack',
    command: { kind: 'options', program: ssh, options: [] },
  };
  await repo.git('remote', 'set-url', 'origin', 'ssh://nowhere.invalid/it');
  const relay = relayEnvironment(['/bin/sh', standIn], '/a socket', target);
  const said = (file: 'args' | 'plain'): string[] =>
    existsSync(join(scratch.directory, file))
      ? readFileSync(join(scratch.directory, file), 'utf8').trimEnd().split('\n')
      : [];
  const fetch = () => startFetch(place, { remote: ORIGIN, mode: 'fetch', relay, sshCommand: target.command }).finished;
  return { ...around, other, relay, said, fetch };
}

test('a relay takes the place of ssh', async () => {
  const { server, repo, said, fetch } = await setUpRelay();
  const tip = await server.pushCommit();
  expect(await fetch()).toEqual({ ok: true });
  expect(await repo.git('rev-parse', MAIN)).toBe(tip);
  expect([said('args'), said('plain')]).toEqual([['/a socket'], []]);
});

test('a URL that is new since the link was opened is asked by the plain ssh', async () => {
  const { other, repo, said, fetch } = await setUpRelay();
  await repo.git('remote', 'set-url', 'origin', 'ssh://nowhere.invalid/other');
  const tip = await other.pushCommit();
  expect(await fetch()).toEqual({ ok: true });
  expect(await repo.git('rev-parse', MAIN)).toBe(tip);
  expect([said('args'), said('plain').length]).toEqual([[], 1]);
});

test('what a partial clone lacks comes from the remote it was left out of, not from the one of the relay', async () => {
  const { scratch, other, relay, said } = await setUpRelay();
  await other.git('config', 'uploadpack.allowFilter', 'true');
  writeFileSync(join(other.writer.directory, 'file'), 'its content');
  await other.writer.git('add', 'file');
  await other.pushCommit();
  const partial = openRepo(scratch.directory, { ...scratch.env, ...relay });
  const url = 'ssh://nowhere.invalid/other';
  await partial.git('clone', '--quiet', '--no-checkout', '--filter=blob:none', url, 'partial');
  expect(await partial.git('-C', 'partial', 'cat-file', '-p', 'origin/main:file')).toBe('its content');
  expect([said('args'), said('plain').length]).toEqual([[], 2]);
});
