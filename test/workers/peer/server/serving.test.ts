// Owns: what a peer gets that is let in, and who is not, over real sockets.
// Leaves: floods and other hostility (hostile.test.ts), git and git-annex (git.test.ts, objects.test.ts).
import { expect, onTestFinished, test } from 'vitest';
import { commit } from '../../../support/temp-repo.ts';
import { OUR_UUID, openHouse, THEIR_UUID, token, untilPeers } from './house.ts';

test('a right token is let in and shown, a wrong one is not', async () => {
  const house = await openHouse(onTestFinished);
  const wrong = house.visit();
  expect(await wrong.ask(`AUTH ${THEIR_UUID} ${token('x')}`)).toBe('AUTH-FAILURE');
  await house.reports.next('log somebody with a wrong token was not let in');
  expect(await wrong.ask(`AUTH ${THEIR_UUID} ${house.write}`)).toBe(`AUTH-SUCCESS ${OUR_UUID}`);
  await untilPeers(house, 'the peer is shown', ([peer]) => peer?.uuid === THEIR_UUID && peer.rights === 'write');
  wrong.socket.destroy();
  await untilPeers(house, 'it is shown no more', (peers) => peers.length === 0);
});

test('a version is agreed on, features are told, and what is not known is an ERROR', async () => {
  const house = await openHouse(onTestFinished);
  const guest = await house.letIn(house.read);
  expect(await guest.ask('VERSION 0')).toBe('VERSION 0');
  expect(await guest.ask('REMOTEDAEMON 1')).toBe('REMOTEDAEMON 1 git-v2 moved invitation');
  expect(await guest.ask('FROBNICATE')).toBe('ERROR unknown command');
  expect(await guest.ask('VERSION 1')).toMatch(/^VERSION [01]$/);
});

test('who waits is told what moves, by object and by name', async () => {
  const house = await openHouse(onTestFinished);
  const [one, other] = [await house.letIn(), await house.letIn(house.read)];
  one.say('NOTIFYCHANGE');
  other.say('NOTIFYMOVED');
  await untilPeers(house, 'both wait', (peers) => peers.filter(({ isWaiting }) => isWaiting).length === 2);
  const tip = await commit(house.repo);
  await one.said.next(`CHANGED ${tip}`);
  await other.said.next(`MOVED refs/heads/main ${tip}`);
});

test('what moves between two questions is told at the next one', async () => {
  const house = await openHouse(onTestFinished);
  const guest = await house.letIn();
  const watching = await house.letIn();
  watching.say('NOTIFYMOVED');
  const tip = await commit(house.repo);
  await watching.said.next(`MOVED refs/heads/main ${tip}`);
  expect(await guest.ask('NOTIFYMOVED')).toBe(`MOVED refs/heads/main ${tip}`);
});

test('the loop ends when it is told to, and its socket with it', async () => {
  const house = await openHouse(onTestFinished);
  const guest = await house.letIn();
  guest.say('NOTIFYCHANGE');
  house.close('kindly');
  await house.reports.next('ended closed');
  await house.over;
  await guest.gone;
  expect(house.children.size).toBe(0);
});
