// Owns: that a peer which is to be invited in return is told so over its link, as often as it takes, and no other is.
// Leaves: what invitations are (test/main/peers), and what is said (test/workers/peer/client).
import { expect, test } from 'vitest';
import { createInvitations } from '../../../../src/main/supervisor/link/invitations.ts';
import { type Remote, remoteName } from '../../../../src/shared/remote.ts';
import { createLineLog } from '../../../support/next-line.ts';

const friend = remoteName('friend');
const PEER: Pick<Remote, 'name' | 'rungs'> = {
  name: friend,
  rungs: [{ kind: 'peer', url: 'x', address: { kind: 'p2p', network: 'sock', address: 'there' } }],
};
const OTHER: typeof PEER = { name: remoteName('other'), rungs: [{ kind: 'local-watch', path: '/r' }] };

/** `due` is what peers are to be invited by. */
function makeStage() {
  const due = new Map<string, string | Error>();
  const done = createLineLog('what was done');
  const invitations = createInvitations({
    pendingInvitation: async (remote) => {
      done.push(`asked for ${remote}`);
      const found = due.get(remote);
      if (found instanceof Error) throw found;
      return found;
    },
    invitationGiven: async (remote, text, taken) => {
      done.push(`${remote} ${taken ? 'took' : 'refused'} it`);
      return text === due.get(remote);
    },
    found: (remote) => done.push(`found for ${remote}`),
    warn: (remote, text) => done.push(`warning of ${remote}: ${text}`),
  });
  return { due, done, invitations };
}

test('only peers are asked for, and there is none where none is due', async () => {
  const { done, invitations } = makeStage();
  invitations.look([OTHER, PEER]);
  await done.next('asked for friend');
  expect([done.count(/other/), invitations.for(friend)]).toEqual([0, undefined]);
});

test('one that is due is for the next link, which is asked for once', async () => {
  const { due, done, invitations } = makeStage();
  due.set('friend', 'secret-1');
  invitations.look([PEER]);
  await done.next('found for friend');
  expect(invitations.for(friend)).toBe('secret-1');
  invitations.look([PEER]);
  await done.next('asked for friend');
  await done.next('asked for friend');
  invitations.given(friend, undefined);
  await done.next('friend took it');
  due.clear();
  invitations.look([PEER]);
  await done.next('asked for friend');
  expect([invitations.for(friend), done.count(/^found/)]).toEqual([undefined, 1]);
});

test('one that is due no more is for no link', async () => {
  const { due, done, invitations } = makeStage();
  due.set('friend', 'secret-1');
  invitations.look([PEER]);
  await done.next('found for friend');
  due.clear();
  invitations.look([PEER, PEER]);
  // One after the other: at the third the second is done.
  for (let asked = 0; asked < 3; asked += 1) await done.next('asked for friend');
  expect(invitations.for(friend)).toBeUndefined();
});

test('whoever does not take it is not told again, and a person is told what to do', async () => {
  const { due, done, invitations } = makeStage();
  due.set('friend', 'secret-1');
  invitations.look([PEER]);
  await done.next('found for friend');
  expect(invitations.for(friend)).toBe('secret-1');
  invitations.given(friend, 'it takes none');
  await done.next('friend refused it');
  await done.next(/^warning of friend: it is not invited in return \(it takes none\).*peer invite/);
  expect(invitations.for(friend)).toBeUndefined();
});

test('an answer to one that is due no more, as another is by now, is none to that one', async () => {
  const { due, done, invitations } = makeStage();
  due.set('friend', 'secret-1');
  invitations.look([PEER]);
  await done.next('found for friend');
  expect(invitations.for(friend)).toBe('secret-1');
  due.set('friend', 'secret-2');
  invitations.given(friend, undefined);
  await done.next('friend took it');
  await done.next('found for friend');
  expect(invitations.for(friend)).toBe('secret-2');
});

test('what goes wrong is told without the secret, and the next one is asked for', async () => {
  const { due, done, invitations } = makeStage();
  due.set('friend', 'secret-1');
  invitations.look([PEER]);
  await done.next('found for friend');
  due.set('friend', new Error('cannot write secret-1'));
  invitations.look([PEER]);
  await done.next('warning of friend: it cannot be invited in return: Error: cannot write …');
  due.set('friend', 'secret-2');
  invitations.look([PEER]);
  await done.next('found for friend');
  expect(invitations.for(friend)).toBe('secret-2');
});
