// Owns: what a peer gets that is let in, and who is not, over real sockets.
// Leaves: floods and other hostility (hostile.test.ts), git and git-annex (git.test.ts, objects.test.ts).
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DaemonError } from '../../../../src/shared/failures.ts';
import type { Network } from '../../../../src/workers/peer/network/network.ts';
import { until } from '../../../support/next-line.ts';
import { commit, makeScratch } from '../../../support/temp-repo.ts';
import { OUR_UUID, OWN, openHouse, socketNetwork, THEIR_UUID, token, untilPeers } from './house.ts';

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

test('told to close kindly, it waits a moment for git, and ends it then', async () => {
  const house = await openHouse(onTestFinished);
  const [fetching, waiting] = [await house.letIn(), await house.letIn()];
  fetching.say('CONNECT git-upload-pack');
  await fetching.said.next(/^DATA /);
  house.close('kindly');
  await waiting.gone;
  expect(house.children.size).toBe(1);
  await house.reports.next('ended closed');
  expect(house.children.size).toBe(0);
  await house.over;
});

test('when main lets go of the port all of it ends', async () => {
  const house = await openHouse(onTestFinished);
  const [fetching, stranger] = [await house.letIn(), house.visit()];
  fetching.say('CONNECT git-upload-pack');
  await fetching.said.next(/^DATA /);
  house.abandon();
  await Promise.all([fetching.gone, stranger.gone, house.over]);
});

const deaf = (listen: Network['listen']): Network => ({
  dial: async () => {
    throw new Error('nobody dials here');
  },
  listen,
});

test('a network that cannot be served is a failure, with its reason', async () => {
  const network = deaf(async () => {
    throw new DaemonError('unreachable', 'nobody has set it up');
  });
  const house = await openHouse(onTestFinished, { network });
  await house.reports.next('ended unreachable: nobody has set it up');
  await house.over;
});

test('a network that ends by itself is a failure, and lets nobody stay', async () => {
  let fail = (_why: DaemonError): void => undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const scratch = makeScratch(onTestFinished);
  const socket = join(scratch.directory, 's');
  const real = socketNetwork(socket, OWN);
  const network = deaf(async (...args) => ({ ...(await real.listen(...args)), ended }));
  const house = await openHouse(onTestFinished, { network, scratch, socket });
  await house.reports.next(/^listening /);
  const guest = await house.letIn();
  guest.say('CONNECT git-upload-pack');
  await guest.said.next(/^DATA /);
  fail(new DaemonError('dropped', 'its program has ended'));
  await house.reports.next('ended dropped: its program has ended');
  await guest.gone;
  await until('no process is left', () => house.children.size === 0);
});
