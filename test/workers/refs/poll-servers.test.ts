// Owns: polling real servers that git itself speaks to: git http-backend behind a password, and git daemon.
// Leaves: a path (polling.test.ts), and the fetches that follow (test/end-to-end/poll.test.ts).
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { WantedRefs } from '../../../src/shared/remote.ts';
import { startGitDaemon } from '../../support/git-daemon-peer.ts';
import { type HttpPeer, startHttpPeer } from '../../support/http-peer.ts';
import { until } from '../../support/next-line.ts';
import { lacksPeers } from '../../support/peers.ts';
import { cloneRepo, makeScratch, makeServerRepo, type Scratch, type TestRepo } from '../../support/temp-repo.ts';
import { startLoop, type TestLoop, taskIn, WANTED } from '../loop.ts';

const EVERY_MS = 100;
const CONNECTED = 'connected git ls-remote every 0 s';

async function makePlace() {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const push = (...what: readonly string[]) => server.writer.git('push', '--quiet', '--force', 'origin', ...what);
  return { scratch, server, push, clone: await cloneRepo(scratch, server.directory, 'clone') };
}

type Place = Awaited<ReturnType<typeof makePlace>>;

function poll({ scratch, clone }: Pick<Place, 'scratch' | 'clone'>, refs: WantedRefs = WANTED): TestLoop {
  const task = taskIn(scratch, clone, { kind: 'poll', why: 'a test', everyMs: EVERY_MS });
  return startLoop(onTestFinished, { ...task, refs });
}

/** A place whose `origin` is behind the web server. */
async function webPlace(): Promise<Place & { readonly peer: HttpPeer }> {
  const place = await makePlace();
  const peer = await startHttpPeer(onTestFinished, place.scratch);
  await place.clone.git('remote', 'set-url', 'origin', peer.url(place.server.directory));
  return { ...place, peer };
}

/** The user's own way to know passwords: a helper of git that answers without asking. */
async function useHelper(scratch: Scratch, clone: TestRepo, script: string): Promise<void> {
  const file = join(scratch.directory, 'helper');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  await clone.git('config', 'credential.helper', file);
}

const telling = (user: string, password: string): string =>
  `[ "$1" = get ] && printf 'username=%s\\npassword=%s\\n' '${user}' '${password}'`;

async function tellsOfEachChange({ server, push }: Place, { reports }: TestLoop): Promise<void> {
  const older = await server.git('rev-parse', 'main');
  await reports.next(CONNECTED);
  const newer = await server.pushCommit();
  await reports.next(`moved refs/heads/main to ${newer}`);
  await push(`${older}:refs/heads/main`, `${older}:refs/heads/old`);
  await reports.next(/^moved .*refs\/heads\/old to/);
  await server.git('pack-refs', '--all');
  await push(':refs/heads/old', `${newer}:refs/pull/1/head`, `${older}:refs/tags/on-old`);
  await reports.next(new RegExp(`^moved refs/tags/on-old to ${older}`));
}

const skipped = lacksPeers('polling of web servers and git daemon', 'git-http-backend', 'git-daemon');

describe.skipIf(skipped)('a web server that wants a password', () => {
  test('is polled with the one that a credential helper knows', async () => {
    const place = await webPlace();
    await useHelper(place.scratch, place.clone, telling(place.peer.user, place.peer.password));
    await tellsOfEachChange(place, poll(place));
  });

  test('has refused us where the helper knows a wrong one, which is tried once', async () => {
    const place = await webPlace();
    await useHelper(place.scratch, place.clone, telling(place.peer.user, 'wrong'));
    const loop = poll(place);
    await loop.reports.next(/^ended auth-refused: /);
    // One to learn that a password is wanted, one with it.
    expect([place.peer.served(), place.peer.refused()]).toEqual([0, 2]);
  });

  test('has refused us where a helper would ask somebody', async () => {
    const place = await webPlace();
    const asked = join(place.scratch.directory, 'asked');
    await useHelper(place.scratch, place.clone, `[ "$1" = get ] && (echo 'Password:' > /dev/tty) && echo > '${asked}'`);
    const { text } = await poll(place).reports.next(/^ended auth-refused: /);
    expect(text).toMatch(
      /asks for a login, and no credential helper knows one; make 'git fetch \S+' work without a question, then 'git/,
    );
    expect(existsSync(asked)).toBe(false);
  });

  test.each([
    [403, 'remote-error'],
    [404, 'no-repository'],
    [429, 'remote-error'],
    [503, 'remote-error'],
  ] as const)('that answers %i has failed: %s', async (status, code) => {
    const place = await webPlace();
    await useHelper(place.scratch, place.clone, telling(place.peer.user, place.peer.password));
    const loop = poll(place);
    await loop.reports.next(CONNECTED);
    place.peer.answerWith(status);
    await loop.reports.next(new RegExp(`^ended ${code}: `));
  });

  test('has failed when it is gone', async () => {
    const place = await webPlace();
    await useHelper(place.scratch, place.clone, telling(place.peer.user, place.peer.password));
    const loop = poll(place);
    await loop.reports.next(CONNECTED);
    await place.peer.stop();
    await loop.reports.next(/^ended unreachable: /);
  });
});

describe.skipIf(skipped)('git daemon', () => {
  test('is polled, and has failed when it is gone', async () => {
    const place = await makePlace();
    const peer = await startGitDaemon(onTestFinished, place.scratch);
    await place.clone.git('remote', 'set-url', 'origin', peer.url(place.server.directory));
    const loop = poll(place);
    await tellsOfEachChange(place, loop);
    await peer.stop();
    await loop.reports.next(/^ended unreachable: /);
  });
});

test('what no refspec wants asks for no fetch: pull requests, other branches, tags where tagOpt says none', async () => {
  const place = await makePlace();
  const refspecs = ['+refs/heads/main:refs/remotes/origin/main', '+refs/heads/r*:refs/remotes/origin/r*'];
  const loop = poll(place, { refspecs: [...refspecs, '^refs/heads/rough'], tags: false });
  await loop.reports.next(CONNECTED);
  const tip = await place.server.git('rev-parse', 'main');
  const unwanted = ['refs/pull/1/head', 'refs/heads/side', 'refs/heads/rough', 'refs/tags/v1', 'refs/notes/x'];
  await place.push(...unwanted.map((ref) => `${tip}:${ref}`));
  await place.push(`${tip}:refs/heads/release`);
  await loop.reports.next(`moved refs/heads/release to ${tip}`);
  expect(loop.reports.count(/^moved/)).toBe(1);
});

test.each([
  [['+refs/heads/*:refs/remotes/o/*'], true, '--heads --tags'],
  [['+refs/heads/*:refs/remotes/o/*'], false, '--heads'],
  [['+refs/heads/*:refs/remotes/o/*', '+refs/notes/*:refs/notes/o/*'], true, ''],
  [['HEAD:refs/remotes/o/main'], false, ''],
] as const)('for %j (tags: %s) no more is listed than is needed: "%s"', async (refspecs, tags, narrowed) => {
  const place = await makePlace();
  const trace = join(place.scratch.directory, 'trace');
  const task = taskIn(place.scratch, place.clone, { kind: 'poll', why: 'a test', everyMs: EVERY_MS });
  const repositoryVariables = { ...place.scratch.env, GIT_TRACE: trace };
  const loop = startLoop(onTestFinished, { ...task, refs: { refspecs, tags }, repositoryVariables });
  await loop.reports.next(CONNECTED);
  await until('git has said what it does', () => existsSync(trace));
  expect(readFileSync(trace, 'utf8')).toContain(`git ls-remote --refs ${narrowed}${narrowed && ' '}-- origin`);
});
