// Owns: which file may have to change before a peer lets this repository in.
// Leaves: that a change of it is noticed (test/main/host/login-clues.test.ts).
import { expect, test } from 'vitest';
import { peerClues, shownClue } from '../../../../src/main/supervisor/link/peer-clues.ts';
import type { Remote } from '../../../../src/shared/remote.ts';

const at = (...rungs: Remote['rungs']): Pick<Remote, 'rungs'> => ({ rungs });
const peer = at({ kind: 'peer', url: 'x', address: { kind: 'p2p', network: 'sock', address: '/a b' } });

test('it is the one in which git-annex keeps the token for that peer', () => {
  expect(peerClues([peer], '/r/.git')).toEqual([{ files: ['/r/.git/annex/creds/sock%3A%2Fa%20b'] }]);
});

test('whoever is no peer has none', () => {
  expect(peerClues([at({ kind: 'local-watch', path: '/r' })], '/r/.git')).toEqual([]);
});

test('its name, which tells the address, is not shown', () => {
  expect(shownClue('/r/.git/annex/creds/sock%3Ax', '/r/.git')).toBe('the token for a peer');
  expect(shownClue('/home/me/.ssh/id_x', '/r/.git')).toBe('/home/me/.ssh/id_x');
});
