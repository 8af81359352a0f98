// Owns: what accepting an invitation makes, what is refused, and that it is all of it or nothing.
// Leaves: reaching the peer, and inviting it in return (test/main/peers/return-invitation.test.ts, test/end-to-end).
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { acceptInvitation } from '../../../src/main/commands/peer-accept.ts';
import type { Rights } from '../../../src/shared/p2p/credentials.ts';
import { makePaired, type Paired, scratchHere } from '../peers/paired.ts';
import { listen, type Said } from './peer-output.ts';

const TOKEN = 'ab12'.repeat(32);
const NEXT = 'cd34'.repeat(32);
const INVITATION = `p2p-annex::net:there:${TOKEN}`;
const ONION = `${'a2'.repeat(28)}.onion`;

interface Wish {
  readonly name?: string;
  readonly rights?: Rights;
  readonly oneWay?: boolean;
}

async function accept({ place }: Paired, invitation = INVITATION, wish: Wish = {}): Promise<Said> {
  const said = listen();
  const wanted = { kind: 'accept', name: 'bob', rights: 'read', oneWay: false, ...wish } as const;
  await acceptInvitation(place, { ...wanted, invitation }, said);
  return said;
}

const here = (address?: string): Promise<Paired> => makePaired(scratchHere(), 'here', address);
const pairings = (paired: Paired): unknown => JSON.parse(paired.everything()['peers.json'] ?? '{}').peers;

describe('peer accept', () => {
  test('makes a remote as git makes one, and keeps its token', async () => {
    const paired = await here();
    await accept(paired);
    expect(await paired.repo.git('config', '--get-regexp', '^remote\\.')).toBe(
      'remote.bob.url p2p-annex::net:there\nremote.bob.fetch +refs/heads/*:refs/remotes/bob/*',
    );
    expect(paired.creds('net%3Athere')).toBe(TOKEN);
  });

  test('serves the same network, and remembers to invite in return, with the rights that are given', async () => {
    const paired = await here();
    const said = await accept(paired, INVITATION, { rights: 'write' });
    expect(await paired.repo.git('config', 'remotedaemon.serve')).toBe('net');
    expect(said.err()).toContain('served over net from now on');
    expect(pairings(paired)).toMatchObject([
      { network: 'net', remote: 'bob', pairing: { kind: 'to-invite', rights: 'write' } },
    ]);
    // Nobody is let in before that.
    expect([paired.creds('p2pauth'), paired.creds('p2pauth-read-only')]).toEqual([undefined, undefined]);
  });

  test('one way serves nothing and invites nobody', async () => {
    const paired = await here();
    const said = await accept(paired, INVITATION, { oneWay: true });
    await expect(paired.repo.git('config', 'remotedaemon.serve')).rejects.toThrow();
    await expect(paired.repo.git('config', 'remotedaemon.uuid')).rejects.toThrow();
    expect(pairings(paired)).toMatchObject([{ pairing: { kind: 'settled' } }]);
    expect(said.err()).toBe('bob is a remote now, over net: p2p-annex::net:there\n');
  });

  test('of xmpp says under which account this side is to be known there', async () => {
    const paired = await here();
    const creds = path.join(paired.commonDir, 'annex/creds');
    fs.mkdirSync(creds, { recursive: true, mode: 0o700 });
    fs.writeFileSync(path.join(creds, 'p2paddrs'), 'p2p-annex::xmpp:joe@host/git-annex-1\n', { mode: 0o600 });
    const said = await accept(paired, `p2p-annex::xmpp:ann@host/git-annex-2:${TOKEN}`);
    expect(said.err()).toContain('there: git config --add remotedaemon.xmppFriend joe@host\n');
  });

  test('of tor keeps the token where git-annex looks for it', async () => {
    const paired = await here();
    const said = await accept(paired, `tor-annex::${ONION}:4242:${TOKEN}`);
    expect(await paired.repo.git('config', 'remote.bob.url')).toBe(`tor-annex::${ONION}:4242`);
    expect(paired.creds(`${'a2'.repeat(28)}%2Eonion`)).toBe(TOKEN);
    // To be invited in return this side must be found, too.
    expect(said.err()).toContain('git annex enable-tor');
  });

  test('says nothing of the token', async () => {
    const paired = await here('');
    const said = await accept(paired);
    expect(said.out()).toBe('');
    expect(said.err()).not.toContain(TOKEN);
    expect(said.err()).toContain(
      'bob cannot be invited in return yet: net is no network of ours (hyper, xmpp, telehash, tor), and the program',
    );
    expect(JSON.stringify(pairings(paired))).not.toContain(TOKEN);
  });

  test.each([
    ['nonsense', {}, 'this is no whole invitation: one begins with'],
    [`ssh://host/path:${TOKEN}`, {}, 'this is no whole invitation: one begins with'],
    [`xannex::path:${TOKEN}`, {}, 'this is no whole invitation: the address of a peer begins with'],
    ['p2p-annex::net:there:x_x', {}, 'this is no whole invitation: its last part'],
    [`tor-annex::example.org:1:${TOKEN}`, {}, 'is no onion address'],
    [`p2p-annex::net:-oops:${TOKEN}`, {}, 'there is no address of that network'],
    [INVITATION, { name: 'origin' }, 'there is a remote origin already'],
    [INVITATION, { name: 'a b' }, "'a b' can be no name of a remote"],
    [INVITATION, { name: '..' }, 'can be no name of a remote'],
    [`p2p-annex::net:known:${TOKEN}`, {}, 'the remote peer1 has that address already'],
    [`p2p-annex::net:here:${TOKEN}`, {}, 'to this very repository'],
    [`p2p-annex::net:${'%'.repeat(90)}:${TOKEN}`, {}, 'too long to keep a token for it'],
  ])('refuses %j %j: nothing is different from before', async (invitation, wish, why) => {
    const paired = await here();
    await paired.repo.git('remote', 'add', 'origin', '/nowhere');
    await paired.repo.git('remote', 'add', 'peer1', 'p2p-annex::net:known');
    await paired.repo.git('config', 'annex.uuid', 'known');
    const before = paired.everything();
    const failing = accept(paired, invitation, wish);
    await expect(failing).rejects.toThrow(why);
    await expect(failing).rejects.not.toThrow(TOKEN);
    expect(paired.everything()).toEqual(before);
  });

  test('accepts the same invitation once only', async () => {
    const paired = await here();
    await accept(paired);
    const before = paired.everything();
    await expect(accept(paired, INVITATION, { name: 'bill' })).rejects.toThrow(
      'the remote bob has that address already',
    );
    await expect(accept(paired, `p2p-annex::net:other:${TOKEN}`)).rejects.toThrow('there is a remote bob already');
    expect(paired.everything()).toEqual(before);
  });

  test('takes another invitation of a peer whose remote there is, by the same name', async () => {
    const paired = await here();
    await accept(paired, INVITATION, { oneWay: true });
    const { config } = paired.everything();
    const said = await accept(paired, INVITATION.replace(TOKEN, NEXT), { oneWay: true });
    expect(said.err()).toContain('bob is reached by this invitation from now on');
    expect(paired.creds('net%3Athere')).toBe(NEXT);
    expect([paired.everything().config, pairings(paired)]).toEqual([
      config,
      [expect.objectContaining({ remote: 'bob' })],
    ]);
  });

  test('goes on with what was kept by half, as when it was killed before it could add the remote', async () => {
    const paired = await here();
    await accept(paired);
    await paired.repo.git('remote', 'remove', 'bob');
    await accept(paired);
    expect(await paired.repo.git('config', 'remote.bob.url')).toBe('p2p-annex::net:there');
    expect(pairings(paired)).toMatchObject([{ remote: 'bob' }]);
  });

  test.each([
    ['wrapped', `${INVITATION.slice(0, 60)}\r\n${INVITATION.slice(60)}\r\n`],
    ['quoted in a mail', `> ${INVITATION.slice(0, 60)}\n> ${INVITATION.slice(60)}\n`],
    ['between quotation marks', `"${INVITATION}"`],
    ['between others', `“${INVITATION}”.`],
    ['with blanks around it', `\n\n \t${INVITATION}  \n`],
  ])('takes an invitation that is %s', async (_how, text) => {
    const paired = await here();
    await accept(paired, text);
    expect(paired.creds('net%3Athere')).toBe(TOKEN);
  });

  test('refuses half an invitation', async () => {
    const paired = await here();
    const before = paired.everything();
    await expect(accept(paired, INVITATION.slice(0, -100), { oneWay: true })).rejects.toThrow(
      'its end is missing: of 128 characters of its token there are 28',
    );
    expect(paired.everything()).toEqual(before);
  });

  test('leaves the token that was there where git cannot add the remote', async () => {
    const paired = await here();
    await accept(paired);
    await paired.repo.git('remote', 'remove', 'bob');
    fs.rmSync(path.join(paired.commonDir, 'remote-daemon/peers.json'));
    const before = paired.everything();
    const lock = path.join(paired.commonDir, 'config.lock');
    fs.writeFileSync(lock, '');
    await expect(accept(paired, INVITATION.replace(TOKEN, NEXT))).rejects.toThrow('git cannot add the remote');
    fs.rmSync(lock);
    expect(paired.everything()).toEqual(before);
  });

  test('takes everything back where it cannot be served', async () => {
    const paired = await here();
    await paired.repo.git('config', 'annex.uuid', 'known');
    const before = paired.everything();
    const lock = path.join(paired.commonDir, 'config.lock');
    fs.writeFileSync(lock, '');
    await expect(accept(paired)).rejects.toThrow('git cannot set remotedaemon.serve');
    fs.rmSync(lock);
    expect(paired.everything()).toEqual(before);
  });

  test('takes everything back where what it is to remember cannot be kept', async () => {
    const paired = await here();
    await paired.repo.git('config', 'annex.uuid', 'known');
    const before = paired.everything();
    // In the way of the file that is to be written.
    fs.mkdirSync(path.join(paired.commonDir, `remote-daemon/peers.json.${process.pid}.new`));
    await expect(accept(paired)).rejects.toThrow();
    fs.rmdirSync(path.join(paired.commonDir, `remote-daemon/peers.json.${process.pid}.new`));
    expect(paired.everything()).toEqual(before);
  });
});
