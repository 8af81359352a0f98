// Owns: what an invitation lets in, which network it is for, and that one that fails leaves nothing behind.
// Leaves: what comes of it (peer-accept.test.ts, test/main/peers/return-invitation.test.ts).
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { invitePeer } from '../../../src/main/commands/peer-invite.ts';
import { parseInvitation } from '../../../src/shared/p2p/address.ts';
import type { Rights } from '../../../src/shared/p2p/credentials.ts';
import { idOfToken } from '../../../src/shared/system/token-id.ts';
import { makePaired, type Paired, scratchHere } from '../peers/paired.ts';
import { listen, type Said } from './peer-output.ts';

interface Wish {
  readonly network?: string;
  readonly rights?: Rights;
  readonly name?: string;
}

async function invite({ place }: Paired, wish: Wish = {}): Promise<Said> {
  const said = listen();
  await invitePeer(place, { kind: 'invite', rights: 'read', ...wish }, said);
  return said;
}

const serve = ({ repo }: Paired, network: string): Promise<string> =>
  repo.git('config', '--add', 'remotedaemon.serve', network);
const served = ({ repo }: Paired): Promise<string> => repo.git('config', '--get-all', 'remotedaemon.serve');

const ONION = `${'a2'.repeat(28)}.onion`;

function writeAddresses({ commonDir }: Paired, ...addresses: readonly string[]): void {
  const creds = path.join(commonDir, 'annex/creds');
  fs.mkdirSync(creds, { recursive: true });
  fs.writeFileSync(path.join(creds, 'p2paddrs'), `${addresses.join('\n')}\n`);
}

describe('peer invite', () => {
  test('prints one line and nothing else on stdout; that it is a secret on stderr, without it', async () => {
    const paired = await makePaired(scratchHere(), 'here');
    const said = await invite(paired, { network: 'net' });
    expect(said.out()).toMatch(/^p2p-annex::net:here:[a-z0-9]{128}\n$/);
    expect(said.err()).toContain('this is a secret: whoever has this line may read here');
    expect(said.err()).not.toContain(said.out().trim().split(':').at(-1));
  });

  test('lets in by a token that may only read, which is where git-annex does not look', async () => {
    const paired = await makePaired(scratchHere(), 'here');
    const invitation = parseInvitation((await invite(paired, { network: 'net' })).out());
    if ('why' in invitation) throw new Error(invitation.why);
    expect(paired.creds('p2pauth-read-only')).toBe(`${invitation.token} p2p-annex::net:here\n`);
    expect(paired.creds('p2pauth')).toBeUndefined();
    const remembered = paired.everything()['peers.json'] ?? '';
    expect(JSON.parse(remembered).peers).toMatchObject([
      {
        network: 'net',
        issued: { tokenId: idOfToken(invitation.token), rights: 'read' },
        pairing: { kind: 'invited' },
      },
    ]);
    expect(remembered).not.toContain(invitation.token);
  });

  test('with --write lets in as git-annex does', async () => {
    const paired = await makePaired(scratchHere(), 'here');
    const said = await invite(paired, { network: 'net', rights: 'write' });
    expect(paired.creds('p2pauth')).toBe(`${said.out().trim().split(':').at(-1)} p2p-annex::net:here\n`);
    expect(paired.creds('p2pauth-read-only')).toBeUndefined();
    expect(said.err()).toContain('may read and write here');
  });

  test('switches serving on once, and says so once', async () => {
    const paired = await makePaired(scratchHere(), 'here');
    await serve(paired, 'other');
    const [first, second] = [await invite(paired, { network: 'net' }), await invite(paired, { network: 'net' })];
    expect(await served(paired)).toBe('other\nnet');
    expect(first.err()).toContain('served over net from now on');
    expect(second.err()).not.toContain('from now on');
  });

  test('takes the one network that is served, and asks which where there are several or none', async () => {
    const paired = await makePaired(scratchHere(), 'here');
    await expect(invite(paired)).rejects.toThrow('say over which network: --network=NAME');
    await serve(paired, 'net');
    expect((await invite(paired)).out()).toMatch(/^p2p-annex::net:/);
    await serve(paired, 'tor');
    await expect(invite(paired)).rejects.toThrow('--network=NAME (net, tor)');
  });

  test('takes an address that is written down before what the program says', async () => {
    const paired = await makePaired(scratchHere(), 'here');
    writeAddresses(
      paired,
      `tor-annex::${ONION}:4242`,
      'p2p-annex::other:x',
      'p2p-annex::net:written',
      'p2p-annex::net:2',
    );
    expect((await invite(paired, { network: 'net' })).out()).toMatch(/^p2p-annex::net:written:/);
    expect((await invite(paired, { network: 'tor' })).out()).toMatch(new RegExp(`^tor-annex::${ONION}:4242:`));
    // Of tor git-annex writes the token alone.
    expect(paired.creds('p2pauth-read-only')?.split('\n').at(1)).toMatch(/^[a-z0-9]{128}$/);
  });

  test('of tor without an onion address says how to come by one', async () => {
    const paired = await makePaired(scratchHere(), 'here');
    const failing = invite(paired, { network: 'tor' });
    await expect(failing).rejects.toThrow('git annex enable-tor');
    const uuid = await paired.repo.git('config', 'remotedaemon.uuid');
    await expect(failing).rejects.toThrow(`unix:/var/lib/tor-annex/${process.geteuid?.()}_${uuid}/s`);
  });

  test.each([
    [
      '',
      'net is no network of ours (hyper, xmpp, telehash, tor), and the program git-annex-p2p-net was not found on PATH',
    ],
    ['-x', 'says no address that could be one'],
    ['   ', 'says no address that could be one'],
  ])('of a network whose program says %j fails in words, and lets nobody in', async (address, why) => {
    const paired = await makePaired(scratchHere(), 'here', address);
    await expect(invite(paired, { network: 'net' })).rejects.toThrow(why);
    expect(Object.keys(paired.everything())).toEqual(['config']);
    await expect(served(paired)).rejects.toThrow();
  });

  test.each(['../x', 'Net', '-net', 'a b', ''])('%j is no name of a network', async (network) => {
    await expect(invite(await makePaired(scratchHere(), 'here'), { network })).rejects.toThrow(
      'is no name of a network',
    );
  });

  test.each([
    ['taken', 'there is a remote taken already'],
    ['again', 'there is a peer again already'],
    ['a b', 'can be no name of a remote'],
    ['../x', 'can be no name of a remote'],
    ['-x', 'can be no name of a remote'],
  ])('refuses %j as the name of the remote to be', async (name, why) => {
    const paired = await makePaired(scratchHere(), 'here');
    await paired.repo.git('remote', 'add', 'taken', '/nowhere');
    await invite(paired, { network: 'net', name: 'again' });
    const before = paired.everything();
    await expect(invite(paired, { network: 'net', name })).rejects.toThrow(why);
    expect(paired.everything()).toEqual(before);
  });

  test('leaves nothing behind where git config cannot be written', async () => {
    const paired = await makePaired(scratchHere(), 'here');
    await paired.repo.git('config', 'annex.uuid', 'known');
    fs.writeFileSync(path.join(paired.commonDir, 'config.lock'), '');
    await expect(invite(paired, { network: 'net' })).rejects.toThrow('git cannot set remotedaemon.serve');
    expect(paired.creds('p2pauth-read-only')).toBe('');
    expect(paired.everything()['peers.json']).toBeUndefined();
  });
});
