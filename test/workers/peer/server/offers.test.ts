// Owns: that whatever refs of a repository move, however that is done, those who wait are told, and of nothing else.
// Leaves: how it is spelled (pending-changes.test.ts).
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseObjectName, parseRefName } from '../../../../src/shared/remote.ts';
import { commit, type TestRepo } from '../../../support/temp-repo.ts';
import { type Guest, openHouse, untilPeers } from './house.ts';

async function waiting(house: Awaited<ReturnType<typeof openHouse>>): Promise<Guest> {
  const guest = await house.letIn();
  guest.say('NOTIFYMOVED');
  await untilPeers(house, 'it waits', (peers) => peers.some(({ isWaiting }) => isWaiting));
  return guest;
}

test('a new branch, a rewind and a deletion are told, with what they are now', async () => {
  const house = await openHouse(onTestFinished);
  const first = await house.repo.git('rev-parse', 'HEAD');
  const guest = await waiting(house);
  await house.repo.git('branch', 'topic');
  await guest.said.next(`MOVED refs/heads/topic ${first}`);
  guest.say('NOTIFYMOVED');
  await house.repo.git('branch', '-D', 'topic');
  await guest.said.next('MOVED refs/heads/topic -');
  guest.say('NOTIFYMOVED');
  const second = await commit(house.repo);
  await guest.said.next(`MOVED refs/heads/main ${second}`);
  guest.say('NOTIFYMOVED');
  await house.repo.git('update-ref', 'refs/heads/main', first);
  await guest.said.next(`MOVED refs/heads/main ${first}`);
});

test('to git-annex a deletion, a rewind and a branch at an old commit are told without an object', async () => {
  const house = await openHouse(onTestFinished);
  const first = await house.repo.git('rev-parse', 'HEAD');
  const guest = await house.letIn();
  await house.repo.git('branch', 'topic');
  expect(await guest.ask('NOTIFYCHANGE')).toBe('CHANGED ');
  await house.repo.git('branch', '-D', 'topic');
  expect(await guest.ask('NOTIFYCHANGE')).toBe('CHANGED ');
  const second = await commit(house.repo);
  expect(await guest.ask('NOTIFYCHANGE')).toBe(`CHANGED ${second}`);
  await house.repo.git('update-ref', 'refs/heads/main', first);
  expect(await guest.ask('NOTIFYCHANGE')).toBe('CHANGED ');
});

test('refs that are packed are told when they move, and not when they are packed', async () => {
  // Before it is served: it might be told of that, else.
  const prepare = async (repo: TestRepo): Promise<void> => {
    await repo.git('branch', 'topic');
    await repo.git('pack-refs', '--all');
  };
  const house = await openHouse(onTestFinished, { prepare });
  const guest = await waiting(house);
  await house.repo.git('pack-refs', '--all');
  await house.repo.git('gc', '--quiet');
  await house.repo.git('branch', '-D', 'topic');
  await guest.said.next('MOVED refs/heads/topic -');
  guest.say('NOTIFYMOVED');
  const tip = await commit(house.repo);
  await guest.said.next(`MOVED refs/heads/main ${tip}`);
});

test('what is fetched here is not told, nor what is checked out', async () => {
  const house = await openHouse(onTestFinished);
  const tip = await house.repo.git('rev-parse', 'HEAD');
  const guest = await waiting(house);
  for (const ref of ['refs/remotes/origin/main', 'refs/prefetch/remotes/origin/main'])
    await house.repo.git('update-ref', ref, tip);
  await house.repo.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
  await house.repo.git('checkout', '--quiet', '--detach');
  await house.repo.git('update-ref', '-d', 'refs/remotes/origin/main');
  await house.repo.git('tag', 'v1');
  expect((await guest.said.next(() => true)).text).toBe(`MOVED refs/tags/v1 ${tip}`);
});

test('fifty branches that are pushed at once are told in few lines', async () => {
  const house = await openHouse(onTestFinished);
  const guest = await waiting(house);
  const tip = await house.repo.git('rev-parse', 'HEAD');
  const names = Array.from({ length: 50 }, (_, at) => `refs/heads/b${at}`);
  await house.repo.git('fetch', '--quiet', '.', ...names.map((name) => `HEAD:${name}`));
  const told = new Set<string>();
  let lines = 0;
  while (told.size < names.length) {
    const { text } = await guest.said.next(/^MOVED /);
    lines += 1;
    for (const name of names) if (text.includes(`${name} ${tip}`)) told.add(name);
    guest.say('NOTIFYMOVED');
  }
  expect(lines).toBeLessThan(names.length / 2);
});

test('more refs than are read from files are told all the same', async () => {
  const house = await openHouse(onTestFinished, {
    prepare: async (repo) => {
      const tip = await repo.git('rev-parse', 'HEAD');
      mkdirSync(join(repo.directory, '.git/refs/heads/many'));
      for (let at = 0; at < 2_100; at += 1)
        writeFileSync(join(repo.directory, '.git/refs/heads/many', `b${at}`), `${tip}\n`);
    },
  });
  const guest = await waiting(house);
  const tip = await commit(house.repo);
  await guest.said.next(`MOVED refs/heads/main ${tip}`);
});

test('among more packed refs than are read, one that moves is told by its name, and of those that any may have', async () => {
  const house = await openHouse(onTestFinished, {
    prepare: async (repo) => {
      const tip = await repo.git('rev-parse', 'HEAD');
      const refs = Array.from({ length: 80_000 }, (_each, at) => `${tip} refs/pull/${100_000 + at}/head\n`);
      const header = '# pack-refs with: peeled fully-peeled sorted \n';
      writeFileSync(join(repo.directory, '.git/packed-refs'), `${header}${refs.join('')}`);
    },
  });
  const guest = await waiting(house);
  const tip = await commit(house.repo);
  await guest.said.next(`MOVED refs/heads/main ${tip}`);
  // Which of those that it has it came to is not known, and git-annex looks for an object that is named.
  const annex = await house.letIn();
  await commit(house.repo);
  expect(await annex.ask('NOTIFYCHANGE')).toBe('CHANGED ');
  guest.say('NOTIFYMOVED');
  await guest.said.next(/^MOVED refs\/heads\/main /);
  guest.say('NOTIFYMOVED');
  await house.repo.git('update-ref', '-d', 'refs/pull/100003/head');
  await guest.said.next('MOVED');
});

test('what main offers is told to all who wait', async () => {
  const house = await openHouse(onTestFinished);
  const [one, other] = [await waiting(house), await house.letIn(house.read)];
  other.say('NOTIFYCHANGE');
  await untilPeers(house, 'both wait', (peers) => peers.filter(({ isWaiting }) => isWaiting).length === 2);
  const [ref, tip] = [parseRefName('refs/heads/main'), parseObjectName('a'.repeat(40))];
  if (ref && tip) house.order({ kind: 'offer', refs: [{ ref, tip }] });
  await one.said.next(`MOVED refs/heads/main ${tip}`);
  await other.said.next(`CHANGED ${tip}`);
});

test('tokens that come into a folder that was not there let in, and go at once with it', async () => {
  const house = await openHouse(onTestFinished);
  rmSync(join(house.gitDir, 'annex'), { recursive: true });
  house.admit({ read: [house.read] });
  const guest = await house.letIn(house.read);
  guest.say('NOTIFYCHANGE');
  rmSync(join(house.gitDir, 'annex'), { recursive: true });
  await guest.gone;
});

test('a token with less rights than before is dropped, and comes again with those', async () => {
  const house = await openHouse(onTestFinished);
  const guest = await house.letIn();
  house.admit({ read: [house.write] });
  await guest.gone;
  const again = await house.letIn();
  again.say('CONNECT git-receive-pack');
  await again.said.next(/^....ERR this repository is read-only/);
  await again.gone;
});

test('an invitation is passed on, one at a time, and answered', async () => {
  const house = await openHouse(onTestFinished);
  const [guest, other] = [await house.letIn(house.read), await house.letIn(house.read)];
  const text = `p2p-annex::test:there:${'t'.repeat(128)}`;
  guest.say(`INVITATION ${text}`);
  await house.reports.next(`invited 1 ${text}`);
  expect(await other.ask(`INVITATION ${text}`)).toBe('ERROR an invitation of yours is being dealt with');
  house.order({ kind: 'invitation-done', invitation: 1 });
  await guest.said.next('INVITATION-TAKEN');
  guest.say(`INVITATION ${text}`);
  await house.reports.next(`invited 2 ${text}`);
  house.order({ kind: 'invitation-done', invitation: 2, why: 'no invitation was given to you' });
  await guest.said.next('ERROR no invitation was given to you');
});
