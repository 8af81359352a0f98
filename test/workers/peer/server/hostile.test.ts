// Owns: that nobody at the door of a served network costs anybody else who is there anything but time, and little of that.
// Leaves: what each line means (conversation.test.ts), and who goes when (admission.test.ts).
import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import { until } from '../../../support/next-line.ts';
import { commit } from '../../../support/temp-repo.ts';
import { type Guest, type House, OUR_UUID, openHouse, THEIR_UUID, token, untilPeers } from './house.ts';

/** Somebody who is let in now is told of what moves now. */
async function expectService(house: House): Promise<void> {
  const guest = await house.letIn(house.read);
  guest.say('NOTIFYCHANGE');
  await untilPeers(house, 'one waits', (peers) => peers.some(({ isWaiting }) => isWaiting));
  const tip = await commit(house.repo);
  await guest.said.next((line) => line === `CHANGED ${tip}`);
  guest.socket.destroy();
}

test('10 000 wrong tokens keep nobody out who has a right one, and few lines tell of them', async () => {
  const house = await openHouse(onTestFinished);
  const wrong = Array.from({ length: 10 }, (_, one) => token('abcdefghij'.charAt(one)));
  let tried = 0;
  let answered = 0;
  const storm = async (): Promise<void> => {
    while (tried < 10_000) {
      tried += 1;
      const guest = house.visit();
      guest.say(`AUTH ${THEIR_UUID} ${wrong[tried % 10]}`);
      const answer = await Promise.race([guest.said.next('AUTH-FAILURE').catch(() => undefined), guest.gone]);
      if (answer) answered += 1;
      guest.socket.destroy();
    }
  };
  const storms = Promise.all(Array.from({ length: 40 }, storm));
  let served = 0;
  const serving = (async () => {
    while (tried < 10_000) {
      await expectService(house);
      served += 1;
    }
  })();
  await Promise.all([storms, serving]);
  expect(served).toBeGreaterThan(3);
  expect(answered).toBeLessThan(2_000);
  expect(house.reports.count(/^log /)).toBeLessThan(5);
});

test('200 who say nothing keep nobody out', async () => {
  const house = await openHouse(onTestFinished);
  const silent = Array.from({ length: 200 }, () => house.visit());
  await expectService(house);
  // The oldest made room for the others.
  await Promise.all(silent.slice(0, 100).map(({ gone }) => gone));
});

test('100 are let in over one network, and the next takes the place of one who only waits', async () => {
  const house = await openHouse(onTestFinished);
  const tokens = Array.from({ length: 25 }, (_, one) => token('abcdefghijklmnopqrstuvwxy'.charAt(one)));
  house.admit({ read: [...tokens, house.read] });
  const guests: Guest[] = [];
  for (const each of tokens) for (let time = 0; time < 4; time += 1) guests.push(await house.letIn(each));
  for (const guest of guests) guest.say('NOTIFYCHANGE');
  await untilPeers(house, 'all wait', (peers) => peers.length === 25 && peers.every(({ isWaiting }) => isWaiting));
  const last = await house.letIn(house.read);
  await Promise.race(guests.map(({ gone }) => gone));
  last.say('NOTIFYCHANGE');
  const tip = await commit(house.repo);
  await last.said.next(`CHANGED ${tip}`);
  await Promise.all(guests.slice(1).map(({ said }) => said.next(`CHANGED ${tip}`)));
});

test('one token has 16 streams, and the next takes the place of the oldest that waits', async () => {
  const house = await openHouse(onTestFinished);
  const other = await house.letIn(house.read);
  const guests: Guest[] = [];
  for (let time = 0; time < 17; time += 1) guests.push(await house.letIn());
  await guests[0]?.gone;
  await untilPeers(house, 'it has 16 streams', (peers) => peers.some(({ streams }) => streams === 16));
  expect(await guests[16]?.ask('VERSION 0')).toBe('VERSION 0');
  expect(await other.ask('VERSION 0')).toBe('VERSION 0');
});

test('random bytes end their own connection, or get an ERROR for each line', async () => {
  const house = await openHouse(onTestFinished);
  const guests = Array.from({ length: 60 }, (_, one) => (one % 2 ? house.visit() : undefined));
  const all = await Promise.all(guests.map((guest) => guest ?? house.letIn(house.read).catch(() => house.visit())));
  for (const guest of all) guest.socket.write(randomBytes(200_000));
  await expectService(house);
  await Promise.all(all.map(({ gone }) => gone));
});

test('who says a line that never ends is cut off after 32 KiB', async () => {
  const house = await openHouse(onTestFinished);
  const [stranger, peer] = [house.visit(), await house.letIn()];
  for (const { socket } of [stranger, peer]) socket.write('A'.repeat(40_000));
  for (const { said, gone } of [stranger, peer]) {
    await said.next(/^ERROR a line is longer than/);
    await gone;
  }
});

test('lines that come byte by byte are lines', async () => {
  const house = await openHouse(onTestFinished);
  const guest = house.visit();
  guest.socket.setNoDelay();
  for (const byte of `AUTH ${THEIR_UUID} ${house.read}\r\nVERSION 0\n`) {
    guest.socket.write(byte);
    await new Promise(setImmediate);
  }
  await guest.said.next(`AUTH-SUCCESS ${OUR_UUID}`);
  await guest.said.next('VERSION 0');
});

test('who does not say AUTH in 60 seconds goes, though he says something all the time', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const house = await openHouse(onTestFinished);
  const guest = house.visit();
  const peer = await house.letIn();
  for (let second = 0; second < 60; second += 1) {
    guest.socket.write('A');
    vi.advanceTimersByTime(1_000);
  }
  await guest.gone;
  vi.useRealTimers();
  expect(await peer.ask('VERSION 0')).toBe('VERSION 0');
});

test('who reads nothing fills no memory, neither by lines nor by what git says', async () => {
  const house = await openHouse(onTestFinished);
  const [deaf, fetching] = [await house.letIn(), await house.letIn()];
  for (const { socket } of [deaf, fetching]) socket.pause();
  fetching.say('CONNECT git-upload-pack');
  const question = Buffer.from('REMOTEDAEMON 1\n'.repeat(4_000));
  const before = process.memoryUsage().rss;
  let isTaken = true;
  for (let mebibytes = 0; mebibytes < 64 && isTaken; mebibytes += 1)
    isTaken = await taken(deaf, Buffer.concat(Array.from({ length: 17 }, () => question)));
  // What it asks is not read any more while it does not read the answers.
  expect(isTaken).toBe(false);
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  await expectService(house);
});

/** Whether all of it was read by the other side, or will be. */
const taken = ({ socket }: Guest, bytes: Buffer): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), 1_500);
    socket.write(bytes, () => {
      clearTimeout(timer);
      resolve(true);
    });
  });

test('nothing of a token is ever told', async () => {
  const house = await openHouse(onTestFinished);
  await house.letIn();
  const guest = house.visit();
  await guest.ask(`AUTH ${THEIR_UUID} ${token('z')}`);
  house.close('now');
  await house.over;
  await until('all is told', () => house.reports.count('ended closed') === 1);
  const all = JSON.stringify(house.all);
  for (const each of [house.write, token('z')]) expect(all).not.toContain(each.slice(0, 16));
});
