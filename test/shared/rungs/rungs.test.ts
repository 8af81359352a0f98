// Owns: what each rung tells of itself.
// Leaves: which rungs a remote has (test/main/config/rungs), and which is used (test/main/supervisor/link).
import { expect, test } from 'vitest';
import { RUNGS, type Rung, rowOf } from '../../../src/shared/rungs/rungs.ts';
import type { SshTarget } from '../../../src/shared/ssh-target.ts';

const target: SshTarget = {
  host: 'h',
  path: 'd',
  command: { kind: 'options', program: 'ssh', options: [] },
  annexShell: 'git-annex-shell',
  uploadPack: 'git-upload-pack',
};
const POLL = { kind: 'poll', why: 'it tells nothing', everyMs: 60_000 } as const;

const PEER: Rung<'peer'> = {
  kind: 'peer',
  url: 'p2p-annex::sock:x',
  address: { kind: 'p2p', network: 'sock', address: 'x' },
};
const onion = `${'a'.repeat(56)}.onion`;
const OVER_TOR: Rung<'peer'> = { kind: 'peer', url: `tor-annex::${onion}:1`, address: { kind: 'tor', onion, port: 1 } };

test('every row is found by its rung', () => {
  expect(rowOf({ kind: 'local-watch', path: '/r' })).toBe(RUNGS['local-watch']);
  expect(rowOf(POLL)).toBe(RUNGS.poll);
});

test.each<[Rung, string]>([
  [{ kind: 'server-watch', target }, 'a watcher on the server, over ssh'],
  [{ kind: 'annex-shell', target }, 'git-annex-shell notifychanges over ssh'],
  [{ kind: 'local-watch', path: '/r' }, 'a file system watch of /r'],
  [{ ...POLL, target }, 'listing its refs over ssh every 60 s'],
  [POLL, 'git ls-remote every 60 s'],
  [{ kind: 'notify-command', command: 'wait-for\nit' }, 'its own command, wait-for it'],
  [PEER, 'its own daemon, over sock'],
  [OVER_TOR, 'its own daemon, over tor'],
])('%j is described as %s', (rung, description) => {
  expect(rowOf(rung).describe(rung)).toBe(description);
});

test('who is reached without ssh offers git no relay', () => {
  const COMMAND = { kind: 'notify-command', command: 'x' } as const;
  for (const rung of [{ kind: 'local-watch', path: '/r' } as const, POLL, COMMAND]) {
    expect(rowOf<Rung['kind']>(rung).relay(rung)).toBeUndefined();
  }
});

test('what a remote helper keeps on a server is watched there, and not fetched over that link', () => {
  for (const kind of ['server-watch', 'annex-shell'] as const) {
    const rungs: readonly Rung[] = [
      { kind, target },
      { kind, target, behindHelper: true },
    ];
    expect(rungs.map((rung) => rowOf(rung).relay(rung))).toEqual([{ kind: 'ssh', target }, undefined]);
  }
});

test('how often it is polled is no part of the link, and all else is', () => {
  const slower = { ...POLL, everyMs: 70_000 };
  expect(RUNGS.poll.linkPart(slower)).toEqual(RUNGS.poll.linkPart(POLL));
  expect(RUNGS.poll.linkPart({ ...POLL, target })).not.toEqual(RUNGS.poll.linkPart(POLL));
});

test('a peer is tried again within five minutes, is fetched over its link by our helper, and needs no secret of ours', () => {
  const { longestWaitMs, relay, secrets, everyMs } = RUNGS.peer;
  expect([longestWaitMs(PEER), RUNGS.poll.longestWaitMs(POLL)]).toEqual([300_000, undefined]);
  expect(relay(PEER)).toEqual({ kind: 'peer', url: PEER.url });
  expect([secrets(PEER), everyMs(PEER)]).toEqual([undefined, undefined]);
});

test('peers over one network share what reaches them, but for tor, which is another process', () => {
  const other = { ...PEER, url: 'p2p-annex::sock:y', address: { ...PEER.address, address: 'y' } } as const;
  expect(RUNGS.peer.carrier(other)).toBe(RUNGS.peer.carrier(PEER));
  expect(RUNGS.peer.carrier(PEER)).toContain('sock');
  expect(RUNGS.peer.carrier(OVER_TOR)).toBeUndefined();
});

test('that it is known who a peer is needs no new link, another address does', () => {
  const { linkPart } = RUNGS.peer;
  expect(linkPart({ ...PEER, uuid: 'u' })).toEqual(linkPart(PEER));
  expect(linkPart(OVER_TOR)).not.toEqual(linkPart(PEER));
});
