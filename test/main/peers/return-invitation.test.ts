// Owns: inviting in return, on both sides; and that who was let in cannot make himself more than the one remote.
// Leaves: the stream on which it goes (test/workers/peer), two daemons that do it (test/end-to-end/peers-pairing.test.ts).
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { acceptInvitation } from '../../../src/main/commands/peer-accept.ts';
import { invitePeer } from '../../../src/main/commands/peer-invite.ts';
import { openPeers, type Peers } from '../../../src/main/peers/peers.ts';
import { parseInvitation } from '../../../src/shared/p2p/address.ts';
import type { Rights } from '../../../src/shared/p2p/credentials.ts';
import type { PeerIdentity } from '../../../src/shared/serve-messages.ts';
import { idOfToken } from '../../../src/shared/system/token-id.ts';
import { listen } from '../commands/peer-output.ts';
import { makePaired, type Paired, scratchHere } from './paired.ts';

const TOKEN = 'ab12'.repeat(32);

function daemonOf({ needs }: Paired): Peers {
  const peers = openPeers({ ...needs, log: () => undefined });
  onTestFinished(peers.close);
  return peers;
}

async function invite(
  { place }: Paired,
  wish: { readonly name?: string; readonly network?: string } = {},
): Promise<string> {
  const said = listen();
  await invitePeer(place, { kind: 'invite', rights: 'read', network: 'net', ...wish }, said);
  return said.out().trim();
}

async function accept({ place }: Paired, name: string, invitation: string, rights: Rights = 'read'): Promise<void> {
  await acceptInvitation(place, { kind: 'accept', name, invitation, rights, oneWay: false }, listen());
}

function whoHas(invitation: string, uuid = 'uuid-of-bob'): PeerIdentity {
  const read = parseInvitation(invitation);
  if ('why' in read) throw new Error(read.why);
  return { tokenId: idOfToken(read.token), uuid, rights: 'read' };
}

const urlsOf = ({ repo }: Paired): Promise<string> =>
  repo.git('config', '--get-regexp', '^remote\\..*\\.url$').catch(() => '');

describe('who was invited and invites in return', () => {
  test('becomes a remote, with its token, by the name that was meant for it', async () => {
    const alice = await makePaired(scratchHere(), 'alice');
    const given = await invite(alice, { name: 'bob' });
    const taken = await daemonOf(alice).takeInvitation(`p2p-annex::net:bob:${TOKEN}`, whoHas(given));
    expect(taken).toEqual({ kind: 'taken', remote: 'bob' });
    expect(await alice.repo.git('config', '--get-regexp', '^remote\\.')).toBe(
      'remote.bob.url p2p-annex::net:bob\nremote.bob.fetch +refs/heads/*:refs/remotes/bob/*',
    );
    expect(alice.creds('net%3Abob')).toBe(TOKEN);
    expect(daemonOf(alice).nameOf(whoHas(given).tokenId)).toBe('bob');
  });

  test('is called peer1, peer2 and so on where no name was meant for it, or somebody else has that', async () => {
    const alice = await makePaired(scratchHere(), 'alice');
    const [one, two, three] = [await invite(alice), await invite(alice, { name: 'carl' }), await invite(alice)];
    await alice.repo.git('remote', 'add', 'peer2', '/nowhere');
    await alice.repo.git('remote', 'add', 'carl', '/carl');
    const { takeInvitation } = daemonOf(alice);
    expect(await takeInvitation(`p2p-annex::net:1:${TOKEN}`, whoHas(one))).toMatchObject({ remote: 'peer1' });
    expect(await takeInvitation(`p2p-annex::net:2:${TOKEN}`, whoHas(two))).toMatchObject({ remote: 'peer3' });
    expect(await takeInvitation(`p2p-annex::net:3:${TOKEN}`, whoHas(three))).toMatchObject({ remote: 'peer4' });
    expect(await alice.repo.git('config', 'remote.carl.url')).toBe('/carl');
  });

  test('is answered the same once more where its answer was lost, may bring a new token, and a second one is refused', async () => {
    const alice = await makePaired(scratchHere(), 'alice');
    const peer = whoHas(await invite(alice, { name: 'bob' }));
    const { takeInvitation } = daemonOf(alice);
    const text = `p2p-annex::net:bob:${TOKEN}`;
    const [first, second] = [await takeInvitation(text, peer), await takeInvitation(text, peer)];
    expect(second).toEqual(first);
    const before = alice.everything();
    const other = { kind: 'refused', why: 'an invitation was taken already' };
    expect(await takeInvitation(`p2p-annex::net:carl:${TOKEN}`, peer)).toEqual(other);
    expect(alice.everything()).toEqual(before);
    // Bob has removed Alice, and accepted the same invitation again.
    expect(await takeInvitation(`p2p-annex::net:bob:${'c'.repeat(128)}`, peer)).toEqual(first);
    expect(alice.everything()).toEqual({ ...before, 'net%3Abob': 'c'.repeat(128) });
  });

  test('many times at once gets one remote', async () => {
    const alice = await makePaired(scratchHere(), 'alice');
    const peer = whoHas(await invite(alice));
    const { takeInvitation } = daemonOf(alice);
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, index) => takeInvitation(`p2p-annex::net:bob${index}:${TOKEN}`, peer)),
    );
    expect(all.filter(({ kind }) => kind === 'taken')).toHaveLength(1);
    expect((await urlsOf(alice)).split('\n')).toHaveLength(1);
  });

  test('does not take the token of another hidden service by naming another of its ports', async () => {
    const alice = await makePaired(scratchHere(), 'alice');
    const onion = `${'b'.repeat(56)}.onion`;
    fs.mkdirSync(path.join(alice.commonDir, 'annex/creds'), { recursive: true });
    for (const own of ['c', 'd']) {
      fs.appendFileSync(path.join(alice.commonDir, 'annex/creds/p2paddrs'), `tor-annex::${own.repeat(56)}.onion:1\n`);
    }
    await acceptInvitation(
      alice.place,
      { kind: 'accept', name: 'carl', invitation: `tor-annex::${onion}:1:${TOKEN}`, rights: 'read', oneWay: true },
      listen(),
    );
    const peer = whoHas(await invite(alice, { network: 'tor' }));
    const before = alice.everything();
    const { takeInvitation } = daemonOf(alice);
    for (const text of [`tor-annex::${onion}:2:other`, `tor-annex::${'d'.repeat(56)}.onion:2:other`]) {
      expect(await takeInvitation(text, peer)).toMatchObject({ kind: 'refused' });
    }
    expect(alice.everything()).toEqual(before);
  });

  test.each([
    ['nothing', ''],
    ['what is no address', `ssh://host/path:${TOKEN}`],
    ['another network', `p2p-annex::other:bob:${TOKEN}`],
    ['tor, from another network', `tor-annex::${'a'.repeat(56)}.onion:1:${TOKEN}`],
    ['an option for a program', `p2p-annex::net:--upload-pack=x:${TOKEN}`],
    ['a way out of the directory of tokens', `p2p-annex::../../x:y:${TOKEN}`],
    ['a line of its own for git config', `p2p-annex::net:a\n[core]\n\tfsmonitor = x:${TOKEN}`],
    ['ourselves', `p2p-annex::net:alice:${TOKEN}`],
    ['a remote that is there', `p2p-annex::net:known:${TOKEN}`],
    ['the address of something too long', `p2p-annex::net:${'%'.repeat(1000)}:${TOKEN}`],
  ])('to %s gets nothing, and nothing is different', async (_what, text) => {
    const alice = await makePaired(scratchHere(), 'alice');
    await alice.repo.git('remote', 'add', 'known', 'p2p-annex::net:known');
    const peer = whoHas(await invite(alice));
    const before = alice.everything();
    const outcome = await daemonOf(alice)
      .takeInvitation(text, peer)
      .catch((error: unknown) => ({ kind: 'refused', why: String(error) }) as const);
    expect(outcome).toEqual({ kind: 'refused', why: expect.not.stringContaining(TOKEN) });
    expect(alice.everything()).toEqual(before);
    // He may do it right yet.
    expect(await daemonOf(alice).takeInvitation(`p2p-annex::net:bob:${TOKEN}`, peer)).toMatchObject({ kind: 'taken' });
  });

  test('by a token of git-annex, or one that was given in return itself, gets nothing', async () => {
    const alice = await makePaired(scratchHere(), 'alice');
    const stranger = { tokenId: 'f'.repeat(32), uuid: 'x', rights: 'write' } as const;
    const nothing = { kind: 'refused', why: 'no invitation is expected' };
    expect(await daemonOf(alice).takeInvitation(`p2p-annex::net:x:${TOKEN}`, stranger)).toEqual(nothing);
    await accept(alice, 'bob', `p2p-annex::net:bob:${TOKEN}`);
    const inReturn = await daemonOf(alice).pendingInvitation('bob');
    const before = alice.everything();
    expect(await daemonOf(alice).takeInvitation(`p2p-annex::net:x:${TOKEN}`, whoHas(inReturn ?? ''))).toEqual(nothing);
    expect(alice.everything()).toEqual(before);
  });
});

describe('whose invitation was accepted', () => {
  test('is invited in return, by one and the same invitation until it has answered', async () => {
    const bob = await makePaired(scratchHere(), 'bob');
    await accept(bob, 'alice', `p2p-annex::net:alice:${TOKEN}`, 'write');
    const { pendingInvitation, invitationGiven, nameOf } = daemonOf(bob);
    const [first, again] = [await pendingInvitation('alice'), await pendingInvitation('alice')];
    expect(first).toMatch(/^p2p-annex::net:bob:[a-z0-9]{128}$/);
    expect(again).toBe(first);
    expect(bob.creds('p2pauth')).toBe(`${first?.split(':').at(-1)} p2p-annex::net:bob\n`);
    expect(nameOf(whoHas(first ?? '').tokenId)).toBe('alice');
    expect(await invitationGiven('alice', (first ?? '').replace(/[0-9a-z]{9}$/, 'another'), true)).toBe(false);
    expect(await pendingInvitation('alice')).toBe(first);
    expect(await invitationGiven('alice', first ?? '', true)).toBe(true);
    expect(await pendingInvitation('alice')).toBeUndefined();
    expect(bob.creds('p2pauth')).toContain(first?.split(':').at(-1));
  });

  test('is let in by it no more where it does not take it', async () => {
    const bob = await makePaired(scratchHere(), 'bob');
    await accept(bob, 'alice', `p2p-annex::net:alice:${TOKEN}`);
    const { pendingInvitation, invitationGiven } = daemonOf(bob);
    const text = await pendingInvitation('alice');
    await invitationGiven('alice', text ?? '', false);
    expect(bob.creds('p2pauth-read-only')).toBe('');
    expect(await pendingInvitation('alice')).toBeUndefined();
  });

  test('is invited later where there is no own address yet', async () => {
    const bob = await makePaired(scratchHere(), 'bob', '');
    await accept(bob, 'alice', `p2p-annex::net:alice:${TOKEN}`);
    expect(await daemonOf(bob).pendingInvitation('alice')).toBeUndefined();
    fs.writeFileSync(path.join(bob.commonDir, 'annex/creds/p2paddrs'), 'p2p-annex::net:late\n');
    expect(await daemonOf(bob).pendingInvitation('alice')).toMatch(/^p2p-annex::net:late:/);
  });

  test('is let in at the address that there is now, and no more at the one before', async () => {
    const bob = await makePaired(scratchHere(), 'bob');
    await accept(bob, 'alice', `p2p-annex::net:alice:${TOKEN}`);
    const { pendingInvitation } = daemonOf(bob);
    await pendingInvitation('alice');
    fs.writeFileSync(path.join(bob.commonDir, 'annex/creds/p2paddrs'), 'p2p-annex::net:new\n');
    const second = await pendingInvitation('alice');
    expect(bob.creds('p2pauth-read-only')).toBe(`${second?.split(':').at(-1)} p2p-annex::net:new\n`);
  });

  test('is told nothing by a remote that was not made so', async () => {
    const bob = await makePaired(scratchHere(), 'bob');
    await bob.repo.git('remote', 'add', 'alice', 'p2p-annex::net:alice');
    const { pendingInvitation, invitationGiven } = daemonOf(bob);
    expect(await pendingInvitation('alice')).toBeUndefined();
    await invitationGiven('alice', `p2p-annex::net:x:${TOKEN}`, true);
    expect(bob.everything()['peers.json']).toBeUndefined();
  });
});

test('both have each other after one invitation and one in return', async () => {
  const scratch = scratchHere();
  const [alice, bob] = [await makePaired(scratch, 'alice'), await makePaired(scratch, 'bob')];
  const given = await invite(alice, { name: 'bob' });
  await accept(bob, 'alice', given);
  const inReturn = (await daemonOf(bob).pendingInvitation('alice')) ?? '';
  const taken = await daemonOf(alice).takeInvitation(inReturn, whoHas(given));
  await daemonOf(bob).invitationGiven('alice', inReturn, taken.kind === 'taken');
  expect(await urlsOf(alice)).toBe('remote.bob.url p2p-annex::net:bob');
  expect(await urlsOf(bob)).toBe('remote.alice.url p2p-annex::net:alice');
  // The token that each keeps for the other is one by which that lets in.
  expect(alice.creds('p2pauth-read-only')).toBe(`${bob.creds('net%3Aalice')} p2p-annex::net:alice\n`);
  expect(bob.creds('p2pauth-read-only')).toBe(`${alice.creds('net%3Abob')} p2p-annex::net:bob\n`);
});

describe('what a peer says it is called', () => {
  test('is kept when it is first reached after a pairing, and never changed', async () => {
    const bob = await makePaired(scratchHere(), 'bob');
    await accept(bob, 'alice', `p2p-annex::net:alice:${TOKEN}`);
    const { peerKnown } = daemonOf(bob);
    await peerKnown('alice', 'uuid-1');
    await peerKnown('alice', 'uuid-2');
    expect(await bob.repo.git('config', '--get-all', 'remote.alice.annex-uuid')).toBe('uuid-1');
  });

  test('is not kept of a remote that nobody paired with here', async () => {
    const bob = await makePaired(scratchHere(), 'bob');
    await bob.repo.git('remote', 'add', 'alice', 'p2p-annex::net:alice');
    await daemonOf(bob).peerKnown('alice', 'uuid-1');
    await expect(bob.repo.git('config', 'remote.alice.annex-uuid')).rejects.toThrow();
  });

  test.each(['uuid-of-backup', 'own-uuid', 'a b', '', '-x', 'x'.repeat(200)])(
    '%j makes it no twin of another, and no odd value of config',
    async (uuid) => {
      const alice = await makePaired(scratchHere(), 'alice');
      await alice.repo.git('config', 'annex.uuid', 'own-uuid');
      await alice.repo.git('config', 'remote.backup.annex-uuid', 'uuid-of-backup');
      const given = await invite(alice);
      await daemonOf(alice).takeInvitation(`p2p-annex::net:bob:${TOKEN}`, whoHas(given, uuid));
      await daemonOf(alice).peerKnown('peer1', uuid);
      await expect(alice.repo.git('config', 'remote.peer1.annex-uuid')).rejects.toThrow();
    },
  );
});
