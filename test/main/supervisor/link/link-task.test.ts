// Owns: what each link is given that no other may have.
// Leaves: what links do with it (test/workers).
import { expect, test } from 'vitest';
import type { Repository } from '../../../../src/main/config/repository.ts';
import { createTaskMaker } from '../../../../src/main/supervisor/link/link-task.ts';
import { type Remote, remoteName } from '../../../../src/shared/remote.ts';
import type { Rung } from '../../../../src/shared/rungs/rungs.ts';
import { target } from './ssh-target.ts';

const repository: Repository = { top: '/r', commonDir: '/r/.git', bare: false, gitEnvironment: {} };
const remote: Remote = {
  name: remoteName('origin'),
  url: 'host:/d',
  uri: 'ssh://host/d',
  onThisHost: false,
  rungs: [{ kind: 'annex-shell', target }],
  refs: { refspecs: [], tags: true },
  fetches: true,
};

const limits = { mostChannels: () => undefined };
const PEER_TASK = {
  ownUuid: 'us',
  gitDir: '/r/.git',
  torProxy: { host: '127.0.0.1', port: 9050 },
  settings: {},
  secrets: {},
};
const peerTask = () => PEER_TASK;
const config = () => ({ secrets: { passphrases: { '/k': 'secret' }, networks: {} } });

test('a link is handed the secrets that its rung needs, and no others', () => {
  const taskFor = createTaskMaker({ repository, config, limits, peerTask, newRelaySocket: () => undefined });
  const secretsOf = (rung: Rung) => taskFor(remote, rung).secrets;
  const overSsh: readonly Rung[] = [
    { kind: 'server-watch', target },
    { kind: 'annex-shell', target },
    { kind: 'poll', why: 'a forge', everyMs: 60_000, target },
  ];
  expect(overSsh.map(secretsOf)).toEqual(overSsh.map(() => ({ '/k': 'secret' })));
  const others: readonly Rung[] = [
    { kind: 'local-watch', path: '/r' },
    { kind: 'poll', why: 'https', everyMs: 60_000 },
    { kind: 'notify-command', command: 'x' },
    // The user's own command logs in.
    { kind: 'server-watch', target: { ...target, command: { kind: 'shell', command: 'my-ssh', variant: 'ssh' } } },
  ];
  expect(others.map(secretsOf)).toEqual(others.map(() => ({})));
});

test('a link to a peer is told who we are and where its token is, and is offered a relay', () => {
  const taskFor = createTaskMaker({ repository, config, limits, peerTask, newRelaySocket: () => '/relay/1' });
  const url = 'p2p-annex::sock:there';
  const rung: Rung = { kind: 'peer', url, address: { kind: 'p2p', network: 'sock', address: 'there' } };
  expect(taskFor({ ...remote, url }, rung)).toMatchObject({ url, rung, peer: PEER_TASK, relaySocket: '/relay/1' });
  expect(taskFor({ ...remote, url }, rung).secrets).toEqual({});
  expect(taskFor(remote, { kind: 'local-watch', path: '/r' })).not.toHaveProperty('peer');
});

test('what a remote leaves on a server is marked as its own, and as of this daemon', () => {
  const markOf = (make: ReturnType<typeof createTaskMaker>, name: string) =>
    make({ ...remote, name: remoteName(name) }, { kind: 'server-watch', target }).watcherMark;
  const [one, other] = [0, 1].map(() =>
    createTaskMaker({ repository, config, limits, peerTask, newRelaySocket: () => undefined }),
  );
  if (!one || !other) throw new Error('there are two');
  expect(markOf(one, 'a')).toBe(markOf(one, 'a'));
  expect(new Set([markOf(one, 'a'), markOf(one, 'b'), markOf(other, 'a')]).size).toBe(3);
  expect(markOf(one, 'a b;c')).toMatch(/^[\w-]+$/);
});

test('only the first link with a remote has nothing left on the server by one before it', () => {
  const taskFor = createTaskMaker({ repository, config, limits, peerTask, newRelaySocket: () => undefined });
  const isFirst = (name: string) => taskFor({ ...remote, name: remoteName(name) }, remote.rungs[0]).isFirst;
  expect([isFirst('a'), isFirst('b'), isFirst('a'), isFirst('a')]).toEqual([true, true, undefined, undefined]);
});

test('a relay is offered where git is to fetch over the link, and nowhere else', () => {
  const taskFor = createTaskMaker({ repository, config, limits, peerTask, newRelaySocket: () => '/relay/1' });
  const socketOf = (rung: Rung, fetches = true) => taskFor({ ...remote, fetches }, rung).relaySocket;
  expect(socketOf({ kind: 'annex-shell', target })).toBeDefined();
  expect(socketOf({ kind: 'annex-shell', target, behindHelper: true })).toBeUndefined();
  expect(socketOf({ kind: 'poll', why: 'https', everyMs: 60_000 })).toBeUndefined();
  expect(socketOf({ kind: 'annex-shell', target }, false)).toBeUndefined();
});
