// Owns: that a peer is the same one after its remote was renamed by hand.
// Leaves: what is remembered of peers besides (peers-file.test.ts).
import { expect, test } from 'vitest';
import { acceptInvitation } from '../../../src/main/commands/peer-accept.ts';
import { readPeers } from '../../../src/main/peers/peers-file.ts';
import { peerRemotes } from '../../../src/main/peers/remotes-here.ts';
import { followRenames } from '../../../src/main/peers/renamed-remotes.ts';
import { listen } from '../commands/peer-output.ts';
import { makePaired, scratchHere } from './paired.ts';

const TOKEN = 'ab12'.repeat(32);

test('a peer goes by the name that its remote has now, and one whose remote is gone by the old one', async () => {
  const { place, repo } = await makePaired(scratchHere(), 'here');
  for (const name of ['alice', 'carol']) {
    const invitation = `p2p-annex::net:${name}:${TOKEN}`;
    await acceptInvitation(place, { kind: 'accept', name, invitation, rights: 'read', oneWay: true }, listen());
  }
  await repo.git('remote', 'rename', 'alice', 'al');
  await repo.git('remote', 'remove', 'carol');
  await followRenames(place, await peerRemotes(place.git));
  expect(readPeers(place.directory).map(({ remote }) => remote)).toEqual(['al', 'carol']);
});

test('another remote at the same address, which was made by hand, does not take the place of the one that is there', async () => {
  const { place, repo } = await makePaired(scratchHere(), 'here');
  const invitation = `p2p-annex::net:alice:${TOKEN}`;
  await acceptInvitation(place, { kind: 'accept', name: 'alice', invitation, rights: 'read', oneWay: true }, listen());
  await repo.git('remote', 'add', 'also', 'p2p-annex::net:alice');
  await followRenames(place, await peerRemotes(place.git));
  expect(readPeers(place.directory).map(({ remote }) => remote)).toEqual(['alice']);
});
