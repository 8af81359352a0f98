// Owns: the watcher on the server as a link over the embedded ssh server: what is told, passed over, and how it ends.
// Leaves: the script itself (server-watch-script.test.ts), and real servers (server-watch-openssh.test.ts).
import { describe, expect, onTestFinished, test } from 'vitest';
import { createWatcher } from '../../../../src/workers/ssh/watch/server-watch.ts';
import { serverWatchCommand } from '../../../../src/workers/ssh/watch/server-watch-script.ts';
import { until } from '../../../support/next-line.ts';
import { lacksPeers } from '../../../support/peers.ts';
import { endChannel, runCommand } from '../../../support/server-commands.ts';
import type { Exec } from '../../../support/ssh-peer.ts';
import { gitOnly } from '../../../support/ssh-scripts.ts';
import { makeWorld, openLink, type TestLink, type World } from '../link.ts';

const CONNECTED = /^connected a watcher on the server \((?:inotifywait|looks once a second)\) over ssh$/;

const watch = ({ scratch, target }: World, more: Partial<World['target']> = {}): TestLink =>
  openLink(onTestFinished, scratch, target, { rung: { kind: 'server-watch', target: { ...target, ...more } } });

test('what moves is told by name, over one login', async () => {
  const world = await makeWorld(onTestFinished);
  const link = watch(world);
  await link.reports.next(CONNECTED);
  const tip = await world.repo.pushCommit('new/branch');
  await link.reports.next(`moved refs/heads/new/branch to ${tip}`);
  await world.repo.git('update-ref', '-d', 'refs/heads/new/branch');
  await link.reports.next('moved refs/heads/new/branch is gone');
  expect([world.peer.logins(), world.peer.execs()]).toEqual([1, [serverWatchCommand({})]]);
});

test.each([
  ['a line', 'read -r line'],
  ['two thousand bytes', 'timeout 0.3 head -c 2000 >/dev/null'],
  ['all that comes for a while', 'timeout 0.3 cat >/dev/null'],
])('a login shell whose start-up files take %s from stdin gets its script all the same', async (what, startUp) => {
  const world = await makeWorld(onTestFinished);
  world.peer.script(({ command, channel }) => {
    // It waits no longer than that.
    if (what === 'a line') channel.unshift(Buffer.from('eaten\n'));
    runCommand(`${startUp}; printf 'no end of line'; ${command}`, channel, world.scratch.env);
  });
  const link = watch(world);
  await link.reports.next(CONNECTED);
});

test.skipIf(lacksPeers('watchers that were left on a server', 'ps'))(
  'a link ends the watcher that an earlier one of the same client has left on the server, and no other',
  async () => {
    const world = await makeWorld(onTestFinished);
    const marked = (watcherMark: string) => {
      const { scratch, target } = world;
      return openLink(onTestFinished, scratch, target, { rung: { kind: 'server-watch', target }, watcherMark });
    };
    const [earlier, another] = [marked('grd-one'), marked('grd-other')];
    for (const link of [earlier, another]) await link.reports.next(CONNECTED);
    const later = marked('grd-one');
    await later.reports.next(CONNECTED);
    expect(await earlier.ended).toMatchObject({ code: 'dropped' });
    const tip = await world.repo.pushCommit();
    for (const link of [another, later]) await link.reports.next(`moved refs/heads/main to ${tip}`);
  },
);

test.each(['kindly', 'now'] as const)('a link that is told to close %s leaves nothing open', async (how) => {
  const world = await makeWorld(onTestFinished);
  const link = watch(world);
  await link.reports.next(CONNECTED);
  await link.close(how);
  expect(await link.ended).toBeUndefined();
  await until('the server has no connection', () => world.peer.connections() === 0);
});

test('a link that breaks is dropped', async () => {
  const world = await makeWorld(onTestFinished);
  const link = watch(world);
  await link.reports.next(CONNECTED);
  world.peer.dropConnections();
  expect(await link.ended).toMatchObject({ code: 'dropped' });
});

/** Answers with these lines instead of a shell, and stays until the client goes. */
const saying =
  (...lines: readonly string[]) =>
  ({ channel }: Exec): void => {
    channel.on('end', () => endChannel(channel, 0)).resume();
    channel.write(`${lines.join('\n')}\n`);
  };

describe('lines that are no message', () => {
  test('are only logged before READY, where login scripts talk', async () => {
    const world = await makeWorld(onTestFinished);
    world.peer.script((exec) => {
      exec.channel.write('Welcome\nDONE\nMOVED nothing\n');
      exec.run();
    });
    const link = watch(world);
    await link.reports.next('log not a notification: the server says: "Welcome"');
    await link.reports.next(CONNECTED);
    expect(link.reports.count('moved')).toBe(0);
  });

  test('count as moved after READY, as they may hide a message', async () => {
    const world = await makeWorld(onTestFinished);
    const odd = ['what?', 'MOVED main', `MOVED ${'1'.repeat(40)} refs/heads/a b`, 'GONE', 'DONE 1', 'READY', 'moved'];
    world.peer.script(saying('HELLO', 'READY looking', ...odd, 'DONE', 'GONE refs/heads/x', 'DONE'));
    const link = watch(world);
    await link.reports.next(CONNECTED);
    await link.reports.next('moved refs/heads/x is gone');
    expect(link.reports.count('moved')).toBe(odd.length + 1);
  });
});

describe('a server that has no shell for the account', () => {
  test.each([
    [
      'serves only git',
      gitOnly,
      `the account has no shell (the server says: "fatal: unrecognized command '${serverWatchCommand({})}'")`,
    ],
    [
      'says something else',
      saying(...Array<string>(200).fill('PONG')),
      'the account has no shell (it says other things)',
    ],
    ['ends without a word', ({ channel }: Exec) => endChannel(channel, 1), 'the account has no shell'],
  ] as const)('is left to the next rung when it %s', async (_what, script, detail) => {
    const world = await makeWorld(onTestFinished);
    world.peer.script(script);
    const failure = await watch(world).ended;
    expect(failure).toEqual({
      code: 'no-shell',
      detail: typeof detail === 'string' ? detail : expect.stringMatching(detail),
    });
    await until('the connection is closed', () => world.peer.connections() === 0);
  });
});

test('a server that echoes what it is sent says nothing by that', async () => {
  const world = await makeWorld(onTestFinished);
  world.peer.script(({ channel }) => {
    channel.write('WAITING\n');
    channel.on('end', () => endChannel(channel, 0)).pipe(channel, { end: false });
  });
  const link = watch(world);
  expect(await link.ended).toMatchObject({ code: 'remote-error' });
  expect(link.reports.count(/^(?:connected|moved)/)).toBe(0);
});

test('a server that answers the request for a command with no is left to the next rung', async () => {
  const world = await makeWorld(onTestFinished, { refuses: /sh/ });
  const runsNone = { code: 'shell-missing', detail: '127.0.0.1 runs no such command' };
  expect(await watch(world).ended).toEqual(runsNone);
  expect(await openLink(onTestFinished, world.scratch, world.target).ended).toEqual(runsNone);
});

describe('a watcher that cannot go on', () => {
  test.each([
    [['HELLO', 'FAILED no-tools git is not installed there'], 'no-tools', 'git is not installed there'],
    [['HELLO', 'FAILED refused fatal: detected dubious ownership'], 'no-shell', 'fatal: detected dubious ownership'],
    [['HELLO', 'FAILED error fatal: out of memory'], 'remote-error', 'fatal: out of memory'],
    [['HELLO', 'READY looking', 'FAILED error it is not there'], 'remote-error', 'it is not there'],
    [['HELLO', 'FAILED cannot-be-told there is no inotifywait'], 'cannot-be-told', 'there is no inotifywait'],
    [['HELLO', 'FAILED nothing-tells it is on nfs'], 'nothing-tells', 'it is on nfs'],
    [['HELLO', 'READY inotifywait', 'FAILED nothing-tells no watches'], 'nothing-tells', 'no watches'],
  ] as const)('says why: %j', async (lines, code, detail) => {
    const world = await makeWorld(onTestFinished);
    world.peer.script(saying(...lines));
    expect(await watch(world).ended).toEqual({ code, detail: `the server says: "${detail}"` });
  });

  test('is tried again where there is no such repository, but not where git is told to run something else', async () => {
    const world = await makeWorld(onTestFinished);
    const path = '/nowhere';
    const detail = "'/nowhere' does not appear to be a git repository";
    expect(await watch(world, { path }).ended).toEqual({ code: 'no-repository', detail });
    expect(await watch(world, { path, uploadPack: 'sudo -u git git-upload-pack' }).ended).toMatchObject({
      code: 'no-shell',
    });
  });

  test('and one that is late or ended is tried again, once a shell was there', async () => {
    const { target } = await makeWorld(onTestFinished);
    const watcher = createWatcher(target, 'ssh');
    expect(watcher.failure({ kind: 'silence' }, '')).toMatchObject({ code: 'says-nothing' });
    expect(watcher.read('HELLO', false)).toEqual({ kind: 'noted' });
    expect(watcher.failure({ kind: 'silence' }, '')).toMatchObject({ code: 'not-ready' });
    expect(watcher.failure({ kind: 'signal', signal: 'KILL' }, '')).toMatchObject({ code: 'remote-error' });
  });
});

describe('a server that fails before it has said whether there is a shell', () => {
  test.each([
    ['cuts the connection', ({ drop }: Exec) => drop(), 'dropped'],
    ['has no memory', ({ channel }: Exec) => complain(channel, 'fork: Cannot allocate memory'), 'remote-error'],
    [
      'has no processes',
      ({ channel }: Exec) => complain(channel, 'fork: Resource temporarily unavailable'),
      'remote-error',
    ],
  ] as const)('is tried again: it %s', async (_what, script, code) => {
    const world = await makeWorld(onTestFinished);
    world.peer.script(script);
    expect(await watch(world).ended).toMatchObject({ code });
  });

  test('is tried again: a signal ended its shell', async () => {
    const { target } = await makeWorld(onTestFinished);
    const failure = createWatcher(target, 'ssh').failure({ kind: 'signal', signal: 'KILL' }, '');
    expect(failure).toMatchObject({ code: 'remote-error' });
  });
});

test('the refs behind a remote helper are told without their names, which mean nothing to git here', async () => {
  const world = await makeWorld(onTestFinished);
  const { scratch, target, repo } = world;
  const rung = { kind: 'server-watch', target, behindHelper: true } as const;
  const link = openLink(onTestFinished, scratch, target, { rung });
  await link.reports.next(CONNECTED);
  await repo.pushCommit();
  await link.reports.next('moved');
});

test.each([
  ['looking', { kind: 'moved', isLate: true }],
  ['inotifywait', { kind: 'moved' }],
])('that it may be told late of what moves next is said of a watcher that works by %s', async (by, moved) => {
  const { target } = await makeWorld(onTestFinished);
  const watcher = createWatcher(target, 'ssh');
  watcher.read(`READY ${by}`, false);
  expect(watcher.read('DONE', true)).toEqual(moved);
});

test('that the server does not know what moved, or whether, is passed on as that', async () => {
  const world = await makeWorld(onTestFinished);
  world.peer.script(saying('HELLO', 'READY inotifywait', 'UNSURE'));
  const link = watch(world);
  await link.reports.next(CONNECTED);
  await link.reports.next('unsure');
  const watcher = createWatcher(world.target, 'ssh2');
  expect(watcher.read('UNSURE', false)).toBeUndefined();
});

test('the names of more refs than anyone reads are left out', async () => {
  const { target } = await makeWorld(onTestFinished);
  const watcher = createWatcher(target, 'ssh');
  for (let index = 0; index <= 1_000; index += 1) watcher.read(`GONE refs/heads/${index}`, true);
  expect(watcher.read('DONE', true)).toEqual({ kind: 'moved' });
});

function complain(channel: Exec['channel'], complaint: string): void {
  channel.resume();
  channel.stderr.write(`${complaint}\n`);
  endChannel(channel, 254);
}
