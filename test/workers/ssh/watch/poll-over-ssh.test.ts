// Owns: polling over one ssh connection when the server is odd, dead, slow or gone: what is told, and when git takes over.
// Leaves: real accounts (poll-openssh.test.ts), and how listings are read (test/shared/protocol/ref-listing.test.ts).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { LinkTask } from '../../../../src/shared/thread-messages.ts';
import type { TakeTurn } from '../../../../src/workers/transport.ts';
import { until } from '../../../support/next-line.ts';
import { findProgram, lacksPeers } from '../../../support/peers.ts';
import { endChannel } from '../../../support/server-commands.ts';
import { gitOnly, hangingUploadPack } from '../../../support/ssh-scripts.ts';
import { cloneRepo } from '../../../support/temp-repo.ts';
import { turnAtOnce, turnsByHand } from '../../loop.ts';
import { makeWorld, openLink, type World } from '../link.ts';

const EVERY_MS = 60;
const CONNECTED = 'connected listing its refs over ssh every 0 s';
const THROUGH_GIT = 'connected git ls-remote every 0 s';

/** The task of a clone whose `origin` is the world's repository. */
async function taskOf({ scratch, repo, client, peer, target }: World): Promise<Partial<LinkTask>> {
  const clone = await cloneRepo(scratch, repo.directory, 'clone', peer.url(repo.directory));
  await client.useIn(clone);
  return {
    rung: { kind: 'poll', why: 'a test', everyMs: EVERY_MS, target },
    directory: clone.directory,
    repositoryVariables: scratch.env,
    sshCommand: target.command,
  };
}

async function openPoll(world: World, more: Partial<LinkTask> = {}) {
  return openLink(onTestFinished, world.scratch, world.target, { ...(await taskOf(world)), ...more });
}

test('a host that serves git and nothing else is asked in the one spelling it takes, once that is known', async () => {
  const world = await makeWorld(onTestFinished);
  world.peer.script(gitOnly);
  const { reports } = await openPoll(world);
  await reports.next(CONNECTED);
  const tip = await world.repo.pushCommit();
  await reports.next(`moved refs/heads/main to ${tip}`);
  const plain = `git-upload-pack '${world.repo.directory}'`;
  expect(world.peer.execs().slice(0, 3)).toEqual([`env GIT_PROTOCOL=version=2 ${plain}`, plain, plain]);
  expect(world.peer.logins()).toBe(1);
});

test('each listing takes a turn, which is over with it', async () => {
  const world = await makeWorld(onTestFinished);
  const turns = turnsByHand();
  const takeTurn: TakeTurn = (gate, signal) =>
    gate.kind === 'poll' ? turns.take(gate, signal) : turnAtOnce(gate, signal);
  const { reports } = openLink(onTestFinished, world.scratch, world.target, await taskOf(world), takeTurn);
  await turns.log.next('wants to poll');
  expect(world.peer.execs()).toEqual([]);
  turns.give();
  await reports.next(CONNECTED);
  await turns.log.next('has ended its poll');
});

test('git may fetch over the same connection', async () => {
  const world = await makeWorld(onTestFinished);
  const relaySocket = join(world.scratch.directory, 'relay');
  const link = await openPoll(world, { relaySocket });
  await link.reports.next(`${CONNECTED}, relay`);
  expect(existsSync(relaySocket)).toBe(true);
  await link.close('kindly');
  expect(existsSync(relaySocket)).toBe(false);
  await until('the server is left', () => world.peer.connections() === 0);
});

test('a connection that breaks between two listings is noticed at once', async () => {
  const world = await makeWorld(onTestFinished);
  const link = await openPoll(world, { rung: { kind: 'poll', why: 'a test', everyMs: 150, target: world.target } });
  await link.reports.next(CONNECTED);
  await until('it was asked again', () => world.peer.execs().length > 2);
  world.peer.dropConnections();
  expect(await link.ended).toMatchObject({ code: 'dropped' });
});

test.runIf(findProgram('ssh'))(
  'a server that serves one command a login is asked through git from then on',
  async () => {
    const world = await makeWorld(onTestFinished);
    let asked = 0;
    world.peer.script((exec) => {
      asked += 1;
      if (asked === 2) exec.drop();
      else exec.run();
    });
    const { reports } = await openPoll(world);
    await reports.next(CONNECTED);
    await reports.next(/^log its refs are listed through git, as /);
    await reports.next(THROUGH_GIT);
    // Whatever happened in between was seen by nobody.
    await reports.next('moved');
    const tip = await world.repo.pushCommit();
    await reports.next(`moved refs/heads/main to ${tip}`);
  },
);

test.runIf(findProgram('ssh'))('where the ssh program has to be used, git asks, with a login each time', async () => {
  const world = await makeWorld(onTestFinished);
  world.client.configure('Host *\n  PubkeyAcceptedAlgorithms ssh-ed25519\n  KnownHostsCommand /bin/true');
  const { reports } = await openPoll(world);
  await reports.next(/^log its refs are listed through git, as it is reached by the ssh program/);
  await reports.next(THROUGH_GIT);
  const tip = await world.repo.pushCommit();
  await reports.next(`moved refs/heads/main to ${tip}`);
});

test('a path where there is no repository is told as such, without asking git as well', async () => {
  const world = await makeWorld(onTestFinished);
  const target = { ...world.target, path: '/nowhere' };
  const link = await openPoll(world, { rung: { kind: 'poll', why: 'a test', everyMs: EVERY_MS, target } });
  expect(await link.ended).toMatchObject({ code: 'no-repository', detail: expect.stringContaining('/nowhere') });
  expect(world.peer.logins()).toBe(1);
});

test.skipIf(lacksPeers('a server of ours that git complains of', 'ssh'))(
  'what says other things than git is left to git to complain of',
  async () => {
    const world = await makeWorld(onTestFinished);
    world.peer.script(({ channel }) => {
      channel.write('Welcome, and please read the rules\n');
      channel.on('end', () => endChannel(channel, 1)).resume();
    });
    const link = await openPoll(world);
    await link.reports.next(/^log its refs are listed through git, as the remote says other things than git: Welcome/);
    expect(await link.ended).toMatchObject({ code: 'remote-error' });
  },
);

test.each(['kindly', 'now'] as const)('told to close %s while the server is silent, it ends', async (how) => {
  const world = await makeWorld(onTestFinished);
  world.peer.script(hangingUploadPack);
  const link = await openPoll(world);
  await until('upload-pack is asked for', () => world.peer.execs().length > 0);
  await link.close(how);
  expect(await link.ended).toBeUndefined();
  await until('the server is left', () => world.peer.connections() === 0);
});
