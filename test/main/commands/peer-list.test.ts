// Owns: who is listed, by which name, and that removing him leaves nothing of him.
// Leaves: that a daemon shuts him out at once (test/end-to-end/peers-pairing.test.ts).
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { acceptInvitation } from '../../../src/main/commands/peer-accept.ts';
import { invitePeer } from '../../../src/main/commands/peer-invite.ts';
import { type ListedPeer, listPeers } from '../../../src/main/commands/peer-list.ts';
import { removePeer } from '../../../src/main/commands/peer-remove.ts';
import { openPeers, type Peers } from '../../../src/main/peers/peers.ts';
import { parseInvitation } from '../../../src/shared/p2p/address.ts';
import { idOfToken } from '../../../src/shared/system/token-id.ts';
import { makePaired, type Paired, scratchHere } from '../peers/paired.ts';
import { listen } from './peer-output.ts';

const TOKEN = 'ab12'.repeat(32);
const THERE = `p2p-annex::net:there:${TOKEN}`;

const here = (): Promise<Paired> => makePaired(scratchHere(), 'here');

/** Gives the id of the token. */
async function invite({ place }: Paired, name?: string): Promise<string> {
  const said = listen();
  await invitePeer(place, { kind: 'invite', rights: 'read', network: 'net', ...(name && { name }) }, said);
  const read = parseInvitation(said.out());
  if ('why' in read) throw new Error(read.why);
  return idOfToken(read.token);
}

const accept = ({ place }: Paired, name: string, invitation = THERE): Promise<void> =>
  acceptInvitation(place, { kind: 'accept', name, invitation, rights: 'read', oneWay: false }, listen());

async function list({ place }: Paired): Promise<string> {
  const said = listen();
  await listPeers(place, false, said.print);
  return said.out();
}

async function listed({ place }: Paired): Promise<ListedPeer[]> {
  const said = listen();
  await listPeers(place, true, said.print);
  return JSON.parse(said.out());
}

async function remove({ place }: Paired, name: string): Promise<string> {
  const said = listen();
  await removePeer(place, name, said);
  return said.out();
}

function daemonOf({ needs }: Paired): Peers {
  const peers = openPeers({ ...needs, log: () => undefined });
  onTestFinished(peers.close);
  return peers;
}

function append({ commonDir }: Paired, name: string, line: string): void {
  fs.mkdirSync(path.join(commonDir, 'annex/creds'), { recursive: true });
  fs.appendFileSync(path.join(commonDir, 'annex/creds', name), `${line}\n`);
}

describe('peer list', () => {
  test('of nobody says how one is let in, and is an empty list for programs', async () => {
    const paired = await here();
    expect(await list(paired)).toMatch(/^no peers: 'git remote-daemon peer invite/);
    expect(await listed(paired)).toEqual([]);
  });

  test('tells of invitations by name or by the beginning of an id, and when they were given', async () => {
    const paired = await here();
    const [, unnamed] = [await invite(paired, 'bob'), await invite(paired)];
    expect((await list(paired)).split('\n')).toEqual([
      expect.stringMatching(/^bob {7}net {2}may read, no remote {2}invited .*, did not come yet$/),
      expect.stringMatching(new RegExp(`^${unnamed.slice(0, 8)}  net  may read, no remote  invited`)),
      '',
    ]);
  });

  test('tells what may be done, by which remote, and when it was last seen', async () => {
    const paired = await here();
    const id = await invite(paired, 'bob');
    await accept(paired, 'alice');
    const peers = daemonOf(paired);
    peers.seen(id, 'uuid-of-bob');
    await peers.peerKnown('alice', 'uuid-of-alice');
    peers.close();
    const now = expect.stringMatching(/^\d{4}-/);
    expect(await listed(paired)).toEqual([
      {
        name: 'bob',
        network: 'net',
        rights: 'read',
        since: now,
        uuid: 'uuid-of-bob',
        lastSeen: now,
        connected: false,
        pairing: 'settled',
      },
      {
        name: 'alice',
        network: 'net',
        remote: 'alice',
        url: 'p2p-annex::net:there',
        since: now,
        uuid: 'uuid-of-alice',
        lastSeen: now,
        connected: false,
        pairing: 'to-invite',
      },
    ]);
    expect(await list(paired)).toMatch(
      /bob .* last seen .*\nalice .* may not come here .* is invited in return when it is reached\n/,
    );
  });

  test('tells of what git-annex made: tokens, which may write, and remotes', async () => {
    const paired = await here();
    append(paired, 'p2pauth', TOKEN);
    await paired.repo.git('remote', 'add', 'peer1', `tor-annex::${'a'.repeat(56)}.onion:1`);
    await paired.repo.git('remote', 'add', 'origin', '/nowhere');
    expect(await listed(paired)).toMatchObject([
      { name: expect.stringMatching(/^[0-9a-f]{8}$/), network: 'tor', rights: 'write' },
      { name: 'peer1', network: 'tor', remote: 'peer1' },
    ]);
  });

  test('has no token in it', async () => {
    const paired = await here();
    append(paired, 'p2pauth', TOKEN);
    await invite(paired);
    await accept(paired, 'alice');
    const tokens = [TOKEN, paired.creds('p2pauth-read-only')?.split(' ').at(0) ?? ''];
    const all = (await list(paired)) + JSON.stringify(await listed(paired));
    for (const token of tokens) expect(all).not.toContain(token);
  });
});

describe('peer remove', () => {
  test('of a peer that is a remote and comes here, too, leaves nothing, and says what was removed', async () => {
    const paired = await here();
    await accept(paired, 'alice');
    const peers = daemonOf(paired);
    await peers.invitationGiven('alice', (await peers.pendingInvitation('alice')) ?? '', true);
    await peers.peerKnown('alice', 'uuid-of-alice');
    await paired.repo.git('-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '-q', '--allow-empty', '-m', 'x');
    await paired.repo.git('update-ref', 'refs/remotes/alice/main', 'HEAD');
    expect(await remove(paired, 'alice')).toBe(
      'removed the token by which it was let in here\n' +
        'removed the remote alice (p2p-annex::net:there) and its remote-tracking branches\n' +
        'removed the token by which this repository was let in there\n',
    );
    expect(await paired.repo.git('remote')).toBe('');
    expect(await paired.repo.git('for-each-ref', 'refs/remotes')).toBe('');
    expect([paired.creds('p2pauth-read-only'), paired.creds('net%3Athere')]).toEqual(['', undefined]);
    expect(await listed(paired)).toEqual([]);
    expect(peers.nameOf('alice')).toBeUndefined();
  });

  test('takes an invitation back that was never used, by the name that is listed', async () => {
    const paired = await here();
    const [unnamed] = [await invite(paired), await invite(paired, 'bob')];
    expect(await remove(paired, unnamed.slice(0, 8))).toBe(
      'removed an invitation, with the token by which it let in here\n',
    );
    expect((await listed(paired)).map(({ name }) => name)).toEqual(['bob']);
    expect(paired.creds('p2pauth-read-only')?.split('\n')).toHaveLength(2);
  });

  test('leaves all others as they are', async () => {
    const paired = await here();
    append(paired, 'p2pauth', TOKEN);
    append(paired, 'p2pauth-read-only', '# a word of mine');
    await paired.repo.git('remote', 'add', 'origin', '/nowhere');
    const before = paired.everything();
    const id = await invite(paired);
    await remove(paired, id.slice(0, 8));
    const { config: _, 'peers.json': __, ...after } = paired.everything();
    expect(before).toMatchObject(after);
  });

  test('removes what git-annex made', async () => {
    const paired = await here();
    append(paired, 'p2pauth', `old p2p-annex::net:x`);
    append(paired, 'p2pauth', TOKEN);
    const onion = `${'a'.repeat(56)}.onion`;
    await paired.repo.git('remote', 'add', 'peer1', `tor-annex::${onion}:1`);
    append(paired, onion, TOKEN);
    const [{ name } = { name: '' }] = (await listed(paired)).filter(
      ({ network, remote }) => network === 'tor' && !remote,
    );
    await remove(paired, name);
    expect(paired.creds('p2pauth')).toBe('old p2p-annex::net:x\n');
    await remove(paired, 'peer1');
    expect([paired.creds(onion), await paired.repo.git('remote')]).toEqual([undefined, '']);
  });

  test('says that a network is served to nobody any more, and how that is ended', async () => {
    const paired = await here();
    const [one, two] = [await invite(paired), await invite(paired)];
    const said = listen();
    await removePeer(paired.place, one.slice(0, 8), said);
    expect(said.err()).toBe('');
    await removePeer(paired.place, two.slice(0, 8), said);
    expect(said.err()).toContain(
      "net is still served, and nobody is let in: git config --unset remotedaemon.serve '^net$'",
    );
  });

  test('finds what is left where somebody removed the remote by git', async () => {
    const paired = await here();
    await accept(paired, 'alice');
    await daemonOf(paired).pendingInvitation('alice');
    await paired.repo.git('remote', 'remove', 'alice');
    expect((await listed(paired)).map(({ name }) => name)).toEqual(['alice']);
    await remove(paired, 'alice');
    expect([paired.creds('p2pauth-read-only'), paired.creds('net%3Athere')]).toEqual(['', undefined]);
  });

  test('keeps the token of a hidden service that another remote has', async () => {
    const paired = await here();
    const onion = `${'a'.repeat(56)}.onion`;
    await accept(paired, 'alice', `tor-annex::${onion}:1:${TOKEN}`);
    await paired.repo.git('remote', 'add', 'twin', `tor-annex::${onion}:2`);
    await remove(paired, 'alice');
    expect(paired.creds(onion)).toBe(TOKEN);
  });

  test.each([
    ['nobody', 'there is no peer nobody: git remote-daemon peer list'],
    ['origin', 'the remote origin is no peer: git remote remove origin'],
    ['', 'there is no peer'],
    ['.', 'there is no peer'],
  ])('of %j removes nothing', async (name, why) => {
    const paired = await here();
    await paired.repo.git('remote', 'add', 'origin', '/nowhere');
    await invite(paired);
    const before = paired.everything();
    await expect(remove(paired, name)).rejects.toThrow(why);
    expect(paired.everything()).toEqual(before);
  });

  test('shuts out also where git cannot remove the remote, and does the rest when asked again', async () => {
    const paired = await here();
    await accept(paired, 'alice');
    await daemonOf(paired).pendingInvitation('alice');
    const lock = path.join(paired.commonDir, 'config.lock');
    fs.writeFileSync(lock, '');
    await expect(remove(paired, 'alice')).rejects.toThrow('git cannot remove the remote alice');
    expect(paired.creds('p2pauth-read-only')).toBe('');
    fs.rmSync(lock);
    await remove(paired, 'alice');
    expect(await listed(paired)).toEqual([]);
  });
});
