// Owns: fetching from, and pushing to, a repository that is served, by real git.
// Leaves: the client of the product (test/workers/peer/client), how turns to write are given (test/main/serve).
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { formatToken } from '../../../../src/shared/p2p/credentials.ts';
import type { Token } from '../../../../src/shared/p2p/token.ts';
import { until } from '../../../support/next-line.ts';
import { commit, makeRepo, type TestRepo } from '../../../support/temp-repo.ts';
import { type House, openHouse, THEIR_UUID, untilPeers } from './house.ts';

const run = promisify(execFile);
const CLIENT = join(import.meta.dirname, 'ext-client.mjs');

/** Runs git in a repository, for which `peer` is whoever is served. */
async function gitOverLines(
  { scratch, socket, write }: House,
  repo: TestRepo,
  args: readonly string[],
  options: GitOptions = {},
) {
  const { given = write, v2 = false } = options;
  const url = `ext::${process.execPath} ${CLIENT} ${socket} ${THEIR_UUID} ${given} %S${v2 ? ' version=2' : ''}`;
  const config = ['-c', 'protocol.ext.allow=always', '-c', `remote.peer.url=${url}`];
  const fetch = ['-c', 'remote.peer.fetch=+refs/heads/*:refs/remotes/peer/*'];
  const env = { ...scratch.env, ...options.env };
  return run('git', [...config, ...fetch, ...args], { cwd: repo.directory, env, maxBuffer: 2 ** 26 });
}

interface GitOptions {
  readonly given?: Token;
  readonly v2?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

const bigFile = (repo: TestRepo, bytes: number): void => writeFileSync(join(repo.directory, 'big'), randomBytes(bytes));

async function commitBig(repo: TestRepo, bytes: number): Promise<string> {
  bigFile(repo, bytes);
  await repo.git('add', 'big');
  return commit(repo);
}

test.each([{ v2: false }, { v2: true }])('git fetches what is here, v2: $v2', async ({ v2 }) => {
  const house = await openHouse(onTestFinished);
  const tip = await commitBig(house.repo, 3_000_000);
  const clone = await makeRepo(house.scratch, 'clone');
  const env = { GIT_TRACE_PACKET: join(house.scratch.directory, 'packets') };
  await gitOverLines(house, clone, ['fetch', '--quiet', 'peer'], { given: house.read, v2, env });
  expect(await clone.git('rev-parse', 'refs/remotes/peer/main')).toBe(tip);
  const { stdout } = await run('grep', ['-c', 'version 2', env.GIT_TRACE_PACKET]).catch(() => ({ stdout: '0' }));
  expect(Number(stdout) > 0).toBe(v2);
  await until('no process is left', () => house.children.size === 0);
});

test.each([{ v2: false }, { v2: true }])(
  'what was fetched here others neither see nor write, v2: $v2',
  async ({ v2 }) => {
    const house = await openHouse(onTestFinished, { bare: true });
    const clone = await makeRepo(house.scratch, 'clone');
    const tip = await commit(clone);
    await gitOverLines(house, clone, ['push', '--quiet', 'peer', 'HEAD:refs/heads/main', 'HEAD:refs/notes/x']);
    for (const ref of ['refs/remotes/origin/main', 'refs/prefetch/remotes/origin/main', 'refs/remotesque/x'])
      await house.repo.git('update-ref', ref, tip);
    const { stdout } = await gitOverLines(house, clone, ['ls-remote', 'peer', 'refs/*'], { v2 });
    const seen = stdout.trim().split('\n');
    expect(seen.map((line) => line.split('\t')[1])).toEqual(['refs/heads/main', 'refs/notes/x', 'refs/remotesque/x']);
    const newer = await commit(clone);
    const push = gitOverLines(house, clone, ['push', 'peer', `${newer}:refs/remotes/origin/main`]);
    await expect(push).rejects.toThrow(/deny updating a hidden ref/);
    expect(await house.repo.git('rev-parse', 'refs/remotes/origin/main')).toBe(tip);
  },
);

test('20 MB are pushed in a turn, and who waits is told', async () => {
  const house = await openHouse(onTestFinished, { bare: true });
  const guest = await house.letIn();
  guest.say('NOTIFYMOVED');
  const clone = await makeRepo(house.scratch, 'clone');
  const tip = await commitBig(clone, 20_000_000);
  await gitOverLines(house, clone, ['push', '--quiet', 'peer', 'HEAD:refs/heads/main']);
  expect(await house.repo.git('rev-parse', 'main')).toBe(tip);
  await house.reports.next(/^wants-write /);
  await house.reports.next('write-over 1 ok');
  expect(house.reports.count('write-activity')).toBeGreaterThan(0);
  await guest.said.next(`MOVED refs/heads/main ${tip}`);
});

test('a push waits for its turn, is told why there is none, and does not begin before', async () => {
  const house = await openHouse(onTestFinished, { bare: true, turns: false });
  const clone = await makeRepo(house.scratch, 'clone');
  await commit(clone);
  const pushed = gitOverLines(house, clone, ['push', '--quiet', 'peer', 'HEAD:refs/heads/main']).then(
    () => 'pushed',
    (error: unknown) => String(error),
  );
  await house.reports.next('wants-write 1');
  expect(house.children.size).toBe(0);
  house.order({ kind: 'write-turn', turn: 1, denial: 'it is paused' });
  expect(await pushed).toContain('remote error: it is paused');
});

test('who goes while it waits for its turn gives it back', async () => {
  const house = await openHouse(onTestFinished, { bare: true, turns: false });
  const guest = await house.letIn();
  guest.say('CONNECT git-receive-pack');
  await house.reports.next('wants-write 1');
  guest.socket.destroy();
  await house.reports.next('write-over 1 failed: whoever wanted to write is gone');
});

test('a push is ended when main asks for it', async () => {
  const house = await openHouse(onTestFinished, { bare: true });
  const guest = await house.letIn();
  guest.say('CONNECT git-receive-pack');
  await guest.said.next(/^DATA /);
  house.order({ kind: 'end-write', turn: 1 });
  await house.reports.next('write-over 1 failed: it was ended');
  await guest.gone;
  await until('no process is left', () => house.children.size === 0);
});

test('by a token that may only read nothing is pushed', async () => {
  const house = await openHouse(onTestFinished, { bare: true });
  const clone = await makeRepo(house.scratch, 'clone');
  await commit(clone);
  const push = gitOverLines(house, clone, ['push', 'peer', 'HEAD:refs/heads/main'], { given: house.read });
  await expect(push).rejects.toThrow('remote error: this repository is read-only for you; write access denied');
  expect(house.reports.count(/^wants-write/)).toBe(0);
});

test('a push that git refuses has failed, and is told with its reason', async () => {
  const house = await openHouse(onTestFinished);
  const clone = await makeRepo(house.scratch, 'clone');
  await commit(clone);
  const push = gitOverLines(house, clone, ['push', 'peer', '+HEAD:refs/heads/main']);
  await expect(push).rejects.toThrow('refusing to update checked out branch');
  await house.reports.next(/^write-over 1 /);
});

test('who goes in the middle of a fetch leaves no process', async () => {
  const house = await openHouse(onTestFinished);
  const guest = await house.letIn();
  guest.say('CONNECT git-upload-pack');
  await guest.said.next(/^DATA /);
  await until('git runs', () => house.children.size === 1);
  guest.socket.destroy();
  await until('no process is left', () => house.children.size === 0);
  await untilPeers(house, 'it is shown no more', (peers) => peers.length === 0);
});

test('a token that is gone ends a fetch that goes on by it, and one who waits', async () => {
  const house = await openHouse(onTestFinished);
  const [one, other, third] = [await house.letIn(house.read), await house.letIn(house.read), await house.letIn()];
  one.say('CONNECT git-upload-pack');
  await one.said.next(/^DATA /);
  other.say('NOTIFYCHANGE');
  third.say('NOTIFYCHANGE');
  house.admit({ write: [house.write] });
  await Promise.all([one.gone, other.gone]);
  await until('no process is left', () => house.children.size === 0);
  const tip = await commit(house.repo);
  await third.said.next(`CHANGED ${tip}`);
});

test('more upload-packs than one token may have wait until one of them is idle', async () => {
  const house = await openHouse(onTestFinished);
  const guests = await Promise.all(Array.from({ length: 5 }, () => house.letIn()));
  for (const guest of guests) guest.say('CONNECT git-upload-pack');
  await Promise.all(guests.map(({ said }) => said.next(/^DATA /)));
  expect(house.children.size).toBeLessThanOrEqual(4);
});

test('a token is of no use at another address', async () => {
  const house = await openHouse(onTestFinished, { at: { kind: 'tor', onion: `${'a'.repeat(16)}.onion`, port: 1 } });
  await house.letIn();
  writeFileSync(
    join(house.gitDir, 'annex/creds/p2pauth'),
    `${formatToken({ token: house.write, at: { kind: 'p2p', network: 'test', address: 'here' } })}\n`,
  );
  const guest = house.visit();
  expect(await guest.ask(`AUTH ${THEIR_UUID} ${house.write}`)).toBe('AUTH-FAILURE');
});

test('who says in the middle of git what is no DATA is told so and ended, and git with him', async () => {
  const house = await openHouse(onTestFinished);
  for (const line of ['NOTIFYCHANGE', 'DATA -1', 'DATA x', 'DATA 99999999999', `DATA ${2 ** 31 + 1}`]) {
    const guest = await house.letIn();
    guest.say('CONNECT git-upload-pack');
    await guest.said.next(/^DATA /);
    guest.say(line);
    await guest.said.next(/ERR (?:expected DATA|unreadable DATA)/);
    await guest.said.next('CONNECTDONE 1');
    await guest.gone;
  }
  await until('no process is left', () => house.children.size === 0);
});
