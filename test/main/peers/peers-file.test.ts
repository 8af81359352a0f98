// Owns: what is remembered of peers, read back as it was written; and that a broken file is neither believed nor replaced.
// Leaves: who writes it (return-invitation.test.ts, test/main/commands).
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { invitePeer } from '../../../src/main/commands/peer-invite.ts';
import { keepLastSeen, readLastSeen } from '../../../src/main/peers/last-seen.ts';
import { openPeers } from '../../../src/main/peers/peers.ts';
import { type PeerEntry, parsePeers, readPeers, shownName, writePeers } from '../../../src/main/peers/peers-file.ts';
import { listen } from '../commands/peer-output.ts';
import { makePaired, scratchHere } from './paired.ts';

const ENTRY: PeerEntry = {
  network: 'net',
  since: '2026-01-01T00:00:00.000Z',
  issued: { tokenId: '0123456789abcdef', rights: 'read' },
  pairing: { kind: 'invited' },
};

describe('what is remembered of peers', () => {
  test('is read as it was written', async () => {
    const { place } = await makePaired(scratchHere(), 'here');
    const entries: readonly PeerEntry[] = [
      ENTRY,
      { ...ENTRY, name: 'bob', remote: 'bob', address: 'p2p-annex::net:x', uuid: 'u', pairing: { kind: 'settled' } },
      { network: 'tor', since: ENTRY.since, remote: 'carl', pairing: { kind: 'to-invite', rights: 'write' } },
    ];
    writePeers(place.directory, entries);
    expect(readPeers(place.directory)).toEqual(entries);
    expect(entries.map(shownName)).toEqual(['01234567', 'bob', 'carl']);
  });

  test.each([
    '',
    'null',
    '[]',
    '{}',
    '{"peers":{}}',
    '{"peers":[null]}',
    JSON.stringify({ peers: [{ ...ENTRY, network: '../x' }] }),
    JSON.stringify({ peers: [{ ...ENTRY, issued: { tokenId: 1, rights: 'read' } }] }),
    JSON.stringify({ peers: [{ ...ENTRY, issued: { tokenId: 'a', rights: 'all' } }] }),
    JSON.stringify({ peers: [{ ...ENTRY, pairing: { kind: 'to-invite' } }] }),
    JSON.stringify({ peers: [{ ...ENTRY, name: 7 }] }),
    JSON.stringify({ peers: [ENTRY] }).slice(0, -2),
  ])('is not in %j', (text) => {
    expect(parsePeers(text)).toBeUndefined();
  });

  test('is not written over where the file is broken: who it was is said by whoever mends it', async () => {
    const { place, needs, creds } = await makePaired(scratchHere(), 'here');
    writeFileSync(place.directory.peers, 'broken');
    const inviting = invitePeer(place, { kind: 'invite', network: 'net', rights: 'read' }, listen());
    await expect(inviting).rejects.toThrow('is not as it was written: correct or remove it');
    expect(creds('p2pauth-read-only')).toBeUndefined();
    expect(readFileSync(place.directory.peers, 'utf8')).toBe('broken');
    const peers = openPeers({ ...needs, log: () => undefined });
    onTestFinished(peers.close);
    expect(peers.nameOf('x')).toBeUndefined();
  });
});

describe('when peers were last here', () => {
  test('is kept from one daemon to the next', async () => {
    const { place } = await makePaired(scratchHere(), 'here');
    for (const uuid of ['one', 'two']) {
      const kept = keepLastSeen(place.directory, () => undefined);
      kept.sight(uuid, uuid);
      kept.close();
    }
    expect(Object.entries(readLastSeen(place.directory)).map(([key, { uuid }]) => [key, uuid])).toEqual([
      ['one', 'one'],
      ['two', 'two'],
    ]);
  });

  test.each(['', '[]', 'null', '{"a":1}', '{"a":{"at":"never","uuid":"x"}}'])('is nothing in %j', async (text) => {
    const { place } = await makePaired(scratchHere(), 'here');
    writeFileSync(place.directory.peersSeen, text, { mode: 0o600 });
    expect(readLastSeen(place.directory)).toEqual({});
  });
});
