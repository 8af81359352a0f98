// Owns: git's remote helpers with a daemon's link: real git, the built helpers, a relay, and the way there that is noted.
// Leaves: dialling without a daemon (test/end-to-end/peers-helper.test.ts), and who makes a relay (test/workers/upload-pack).
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { prepareStateDirectory } from '../../../src/main/instance/state-directory.ts';
import { type Doors, prepareDoors } from '../../../src/main/relay/doors.ts';
import { gitOverRelay, pathTo, withHelpers } from '../../../src/main/relay/git-over-relay.ts';
import { prepareHelpers } from '../../../src/main/relay/helpers.ts';
import { findRelayClient, perlOf } from '../../../src/main/relay/relay-client.ts';
import { remoteName } from '../../../src/shared/remote.ts';
import type { LinkTask, Report } from '../../../src/shared/thread-messages.ts';
import { until } from '../../support/next-line.ts';
import { findProgram } from '../../support/peers.ts';
import { hangingUploadPack, sayingOnly } from '../../support/ssh-scripts.ts';
import { cloneRepo, makeScratch, openRepo, type Scratch, type TestRepo } from '../../support/temp-repo.ts';
import { WANTED } from '../../workers/loop.ts';
import { CONNECTED, makeWorld, openLink, type World } from '../../workers/ssh/link.ts';

// As main runs them: `npm test` builds them first.
const HELPERS = fileURLToPath(new URL('../../../dist/helpers', import.meta.url));
/** Nobody can reach it but through a relay: there is no such network. */
const URL_OF_PEER = 'p2p-annex::nowhere:abc';
const PEER = { kind: 'peer', url: URL_OF_PEER } as const;
/** What is said by whoever dials it. */
const DIALLED = /fatal: .*nowhere/;

const [perl = ''] = await findRelayClient(process.env);
const KINDS = perl === 'perl' ? (['perl', 'Node'] as const) : (['Node'] as const);
if (KINDS.length === 1) process.stderr.write('*** SKIPPED: helpers by perl: there is no perl with Socket.pm\n');

type Kind = 'perl' | 'Node';

/** The environment of a user whose git finds the helpers, on a machine that has perl or has not. */
function userOf(scratch: Scratch, kind: Kind): Record<string, string> {
  const PATH = kind === 'perl' ? scratch.env.PATH : pathWithoutPerl(scratch);
  // Who likes UTF-8 sets it; what git says is bytes.
  const all = withHelpers({ ...scratch.env, PERL_UNICODE: 'SDA', PATH }, HELPERS);
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** What git and the helpers need, and no more. */
function pathWithoutPerl({ directory }: Scratch): string {
  const folder = join(directory, 'path');
  if (existsSync(folder)) return folder;
  mkdirSync(folder);
  for (const name of ['git', 'sh', 'readlink']) symlinkSync(findProgram(name) ?? '', join(folder, name));
  return folder;
}

const socketOf = (scratch: Scratch): string => join(scratch.directory, 'relay');

/** A link with a relay, and a clone whose remote nobody could reach but through it. */
async function makeRelay(world: World) {
  const { scratch, repo, target, peer } = world;
  peer.script(sayingOnly('READY\n'));
  const link = openLink(onTestFinished, scratch, target, { relaySocket: socketOf(scratch) });
  await link.reports.next(`${CONNECTED}, relay`);
  return { link, clone: await cloneRepo(scratch, repo.directory, 'clone', URL_OF_PEER) };
}

/** As the daemon runs git for a fetch of its own. */
async function daemonGit(scratch: Scratch, kind: Kind): Promise<Record<string, string>> {
  const user = userOf(scratch, kind);
  const over = gitOverRelay(await findRelayClient(user), socketOf(scratch), PEER);
  return { ...user, ...(over as Record<string, string>) };
}

/** What a daemon that runs in the repository keeps there of a link to `origin`. */
async function openDoors({ directory }: TestRepo, scratch: Scratch, kind: Kind, name = 'origin') {
  const state = prepareStateDirectory(join(directory, '.git'));
  const lacks: string[] = [];
  const doors: Doors = prepareDoors({
    directory: state,
    isInPlace: () => true,
    client: await findRelayClient(userOf(scratch, kind)),
    without: { lacks: (_what, why) => void lacks.push(why), found: () => undefined },
  });
  const address = { kind: 'p2p', network: 'nowhere', address: 'abc' } as const;
  const task: LinkTask = {
    remote: remoteName(name),
    url: URL_OF_PEER,
    rung: { kind: 'peer', address, url: URL_OF_PEER },
    refs: WANTED,
    directory,
    repositoryVariables: {},
    relaySocket: socketOf(scratch),
    secrets: {},
  };
  const hear = (report: Report): void => doors.hear(task, report);
  return { doors, task, hear, lacks, folder: join(state.path, 'doors') };
}

const UP: Report = { kind: 'connected', how: 'a peer', relay: true, checks: false };
const ENDED: Report = { kind: 'ended', ending: { kind: 'closed' } };

/** A helper by itself, called as git calls it. */
function startHelper(directory: string, env: Record<string, string>, args = ['origin', 'nowhere:abc']) {
  const child = spawn(join(HELPERS, 'git-remote-p2p-annex'), args, {
    cwd: directory,
    env: { ...env, GIT_DIR: '.git' },
    stdio: 'pipe',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.on('error', () => undefined);
  return { child, exited: once(child, 'exit'), complaints: text(child.stderr) };
}

function linkInstead(at: string): void {
  renameSync(at, `${at}.to`);
  symlinkSync(`${at}.to`, at);
}

function fileInstead(at: string): void {
  rmSync(at);
  writeFileSync(at, 'x');
}

describe.each(KINDS)('git by a helper, by %s,', (kind) => {
  test('fetches through the relay that its daemon names, time and again, by protocol v2', async () => {
    const world = await makeWorld(onTestFinished);
    const { clone } = await makeRelay(world);
    const trace = join(world.scratch.directory, 'trace');
    const fetcher = openRepo(clone.directory, { ...(await daemonGit(world.scratch, kind)), GIT_TRACE_PACKET: trace });
    for (let turn = 0; turn < 3; turn += 1) {
      const tip = await world.repo.pushCommit();
      await fetcher.git('fetch', '--quiet', 'origin');
      expect(await clone.git('rev-parse', 'origin/main')).toBe(tip);
    }
    expect(readFileSync(trace, 'utf8').match(/< version 2/g)).toHaveLength(3);
    expect(world.peer.logins()).toBe(1);
  });

  test('brings much, twice at once, unharmed', async () => {
    const world = await makeWorld(onTestFinished);
    const { writer } = world.repo;
    writeFileSync(join(writer.directory, 'big'), randomBytes(12_000_000));
    await writer.git('add', 'big');
    const tip = await world.repo.pushCommit();
    await makeRelay(world);
    const all = openRepo(world.scratch.directory, await daemonGit(world.scratch, kind));
    await Promise.all(['one', 'two'].map((name) => all.git('clone', '--quiet', URL_OF_PEER, name)));
    for (const name of ['one', 'two']) {
      const copy = openRepo(join(world.scratch.directory, name), world.scratch.env);
      expect(await copy.git('rev-parse', 'origin/main')).toBe(tip);
      await copy.git('fsck', '--strict');
    }
  });

  test('goes through it for no other URL, and never to push', async () => {
    const world = await makeWorld(onTestFinished);
    const { clone } = await makeRelay(world);
    const { git } = openRepo(clone.directory, await daemonGit(world.scratch, kind));
    await expect(git('ls-remote', 'p2p-annex::nowhere:other')).rejects.toThrow(DIALLED);
    await expect(git('push', 'origin', 'HEAD:refs/heads/other')).rejects.toThrow(DIALLED);
    expect(world.peer.execs()).toHaveLength(1);
  });

  test('finds the way of a daemon that it does not know, as long as the link is up, in any work tree', async () => {
    const world = await makeWorld(onTestFinished);
    const { clone } = await makeRelay(world);
    const { hear, folder } = await openDoors(clone, world.scratch, kind);
    const user = userOf(world.scratch, kind);
    const { git } = openRepo(clone.directory, user);
    await git('worktree', 'add', '--quiet', '../linked');
    const places = [clone.directory, join(world.scratch.directory, 'linked'), join(clone.directory, '.git')];
    hear(UP);
    for (const place of places) {
      const tip = await world.repo.pushCommit();
      await openRepo(place, user).git('fetch', '--quiet', 'origin');
      expect(await clone.git('rev-parse', 'origin/main')).toBe(tip);
    }
    hear(ENDED);
    expect(readdirSync(folder)).toEqual([]);
    await expect(git('fetch', 'origin')).rejects.toThrow(DIALLED);
  });

  test('finds it by any name that a remote may have', async () => {
    const world = await makeWorld(onTestFinished);
    const { clone } = await makeRelay(world);
    const name = 'a/b.c-d_é%2e';
    await clone.git('remote', 'add', name, URL_OF_PEER);
    const { hear } = await openDoors(clone, world.scratch, kind, name);
    hear(UP);
    await openRepo(clone.directory, userOf(world.scratch, kind)).git('fetch', '--quiet', name);
    expect(await clone.git('rev-parse', `refs/remotes/${name}/main`)).toBe(await world.repo.git('rev-parse', 'main'));
  });

  test.each<[string, (at: { folder: string; socket: string }) => void | Promise<void>]>([
    ['that a daemon which was killed has left', () => undefined],
    ['that is gone', ({ socket }) => rmSync(socket)],
    ['that is a file', ({ socket }) => fileInstead(socket)],
    ['that is a link', ({ socket }) => linkInstead(socket)],
    ['in a folder that others may write', ({ folder }) => chmodSync(folder, 0o770)],
    ['in a folder that is a link', ({ folder }) => linkInstead(folder)],
    ['whose note is a link', ({ folder }) => linkInstead(`${folder}/origin`)],
    ['whose note is empty', ({ folder }) => writeFileSync(`${folder}/origin`, '')],
    [
      'whose note is of another URL',
      ({ folder, socket }) => writeFileSync(`${folder}/origin`, `${URL_OF_PEER}x\n${socket}\n1 1 0100\n`),
    ],
  ])('dials by itself where there is a way %s', async (_which, harm) => {
    const world = await makeWorld(onTestFinished);
    const { clone, link } = await makeRelay(world);
    const { hear, folder } = await openDoors(clone, world.scratch, kind);
    hear(UP);
    // A name is all that a SIGKILL leaves of a socket.
    await link.close('now');
    const socket = socketOf(world.scratch);
    const left = createServer().listen(`${socket}.left`);
    await once(left, 'listening');
    renameSync(`${socket}.left`, socket);
    left.close();
    await harm({ folder, socket });
    await expect(openRepo(clone.directory, userOf(world.scratch, kind)).git('fetch', 'origin')).rejects.toThrow(
      DIALLED,
    );
  });

  test('dials by itself where the relay fails before the other side has spoken', async () => {
    const world = await makeWorld(onTestFinished);
    const { clone } = await makeRelay(world);
    world.peer.script(({ channel }) => {
      channel.resume();
      channel.stderr.write('fatal: the disk is on fire\n');
      channel.exit(77);
      channel.end();
    });
    const { git } = openRepo(clone.directory, await daemonGit(world.scratch, kind));
    await expect(git('fetch', 'origin')).rejects.toThrow(DIALLED);
  });

  test('ends with git, and what it runs on the other side ends with it', async () => {
    const world = await makeWorld(onTestFinished);
    const { clone } = await makeRelay(world);
    const env = await daemonGit(world.scratch, kind);
    let closed = 0;
    world.peer.script((exec) => {
      exec.channel.on('close', () => {
        closed += 1;
      });
      hangingUploadPack(exec);
    });
    const helper = startHelper(clone.directory, env);
    helper.child.stdin.write('capabilities\nconnect git-upload-pack\n');
    await until('upload-pack is asked for', () => world.peer.execs().length === 2);
    helper.child.stdin.destroy();
    helper.child.stdout.destroy();
    await helper.exited;
    await until('its channel is closed', () => closed === 1);
    expect(await helper.complaints).toBe('');
  });

  test('says so where the link ends in the middle', async () => {
    const world = await makeWorld(onTestFinished);
    const { clone, link } = await makeRelay(world);
    const env = await daemonGit(world.scratch, kind);
    world.peer.script(({ channel }) => void channel.write('000eversion 2\n'));
    const helper = startHelper(clone.directory, env);
    helper.child.stdin.write('capabilities\nconnect git-upload-pack\n');
    let said = '';
    helper.child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
    await until('upload-pack speaks', () => said.endsWith('000eversion 2\n'));
    await link.close('now');
    expect(await helper.exited).toEqual([128, null]);
    expect(await helper.complaints).toBe("fatal: the daemon's link to the peer ended in the middle: try again\n");
  });

  test('answers what git may ask, and no more', async () => {
    const world = await makeWorld(onTestFinished);
    const { clone } = await makeRelay(world);
    const env = userOf(world.scratch, kind);
    const helper = startHelper(clone.directory, env);
    helper.child.stdin.end('capabilities\noption verbosity 1\nconnect git-upload-archive\n\n');
    expect(await text(helper.child.stdout)).toBe('connect\n\nunsupported\nfallback\n');
    expect(await helper.exited).toEqual([0, null]);
    const odd = startHelper(clone.directory, env);
    odd.child.stdin.end('list\n');
    expect(await odd.exited).toEqual([128, null]);
    expect(await odd.complaints).toBe('fatal: git says what git-remote-p2p-annex does not know\n');
    const alone = startHelper(clone.directory, env, ['origin']);
    alone.child.stdin.end('capabilities\n');
    expect(await alone.exited).toEqual([128, null]);
    expect(await alone.complaints).toBe('fatal: the remote origin has no URL\n');
  });

  test('is found through links, as npm makes them, from wherever it is called', async () => {
    const world = await makeWorld(onTestFinished);
    const { clone } = await makeRelay(world);
    const user = userOf(world.scratch, kind);
    const bin = join(world.scratch.directory, 'bin');
    symlinkSync(HELPERS, `${bin}-to`);
    mkdirSync(bin);
    symlinkSync('../bin-to/git-remote-p2p-annex', join(bin, 'git-remote-p2p-annex'));
    const { hear } = await openDoors(clone, world.scratch, kind);
    hear(UP);
    const PATH = `${bin}:${dirname(process.execPath)}:${(user.PATH ?? '').slice(HELPERS.length + 1)}`;
    const { git } = openRepo(clone.directory, { ...user, PATH, GIT_REMOTE_DAEMON_NODE: '' });
    const tip = await world.repo.pushCommit();
    await git('fetch', '--quiet', 'origin');
    expect(await clone.git('rev-parse', 'origin/main')).toBe(tip);
  });
});

test.skipIf(KINDS.length === 1)(
  'a daemon whose files are gone has the helpers that it needs for its links',
  async () => {
    const world = await makeWorld(onTestFinished);
    const { clone } = await makeRelay(world);
    const directory = prepareStateDirectory(join(clone.directory, '.git'));
    const shipped = join(world.scratch.directory, 'shipped');
    const helpers = prepareHelpers({ directory, isInPlace: () => true, shipped });
    const folder = helpers.folder();
    expect(dirname(folder)).toBe(directory.path);
    const PATH = `${folder}:${world.scratch.env.PATH}`;
    const { git } = openRepo(clone.directory, { ...(await daemonGit(world.scratch, 'perl')), PATH });
    const tip = await world.repo.pushCommit();
    await git('fetch', '--quiet', 'origin');
    expect(await clone.git('rev-parse', 'origin/main')).toBe(tip);
    cpSync(HELPERS, shipped, { recursive: true });
    expect(helpers.folder()).toBe(shipped);
    helpers.remove();
    expect(readdirSync(directory.path)).toEqual([]);
  },
);

describe.skipIf(KINDS.length === 1)('the helpers that a daemon has for its links', () => {
  test('start perl without a shell, and leave to Node what does not come over one', async () => {
    const world = await makeWorld(onTestFinished);
    const { clone } = await makeRelay(world);
    const directory = prepareStateDirectory(join(clone.directory, '.git'));
    const env = await daemonGit(world.scratch, 'perl');
    const place = { directory, isInPlace: () => true, shipped: HELPERS };
    const helpers = prepareHelpers({ ...place, perl: perlOf(['perl'], env) });
    expect(helpers.folder()).toBe(HELPERS);
    const folder = helpers.quickestFolder();
    expect(readFileSync(join(folder, 'git-remote-p2p-annex'), 'latin1')).toMatch(/^#!\/\S+\/perl -C0\n/);
    const { git } = openRepo(clone.directory, { ...env, PATH: pathTo(env, folder) });
    const tip = await world.repo.pushCommit();
    await git('fetch', '--quiet', 'origin');
    expect(await clone.git('rev-parse', 'origin/main')).toBe(tip);
    await expect(git('ls-remote', 'p2p-annex::nowhere:other')).rejects.toThrow(DIALLED);
    await expect(git('ls-remote', 'tor-annex::nowhere')).rejects.toThrow(/^fatal: .*onion/m);
    helpers.remove();
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test('are those that were shipped where perl is gone, or cannot be started so', () => {
    const scratch = makeScratch(onTestFinished);
    const directory = prepareStateDirectory(scratch.directory);
    const perl = join(scratch.directory, 'perl');
    writeFileSync(perl, 'ELF', { mode: 0o755 });
    const PATH = `${scratch.directory}/nothing:${scratch.directory}`;
    const found = perlOf(['perl'], { PATH });
    expect(found).toBe(perl);
    const helpers = prepareHelpers({ directory, isInPlace: () => true, perl: found, shipped: HELPERS });
    expect(dirname(helpers.quickestFolder())).toBe(directory.path);
    rmSync(perl);
    expect(helpers.quickestFolder()).toBe(HELPERS);
    writeFileSync(perl, '#!/bin/sh\n', { mode: 0o755 });
    expect(perlOf(['perl'], { PATH })).toBeUndefined();
    expect(perlOf([process.execPath], { PATH })).toBeUndefined();
  });
});

describe('the ways that are noted', () => {
  test('are removed with what an earlier daemon left, and nothing else is', async () => {
    const world = await makeWorld(onTestFinished);
    const { clone } = await makeRelay(world);
    const first = await openDoors(clone, world.scratch, 'Node');
    first.hear({ ...UP, relay: false });
    expect(existsSync(first.folder)).toBe(false);
    first.hear(UP);
    expect(readdirSync(first.folder)).toEqual(['origin']);
    const second = await openDoors(clone, world.scratch, 'Node');
    expect(existsSync(second.folder)).toBe(false);
    second.hear(UP);
    second.doors.remove();
    expect(existsSync(second.folder)).toBe(false);
  });

  test('stay when an earlier link to the same remote ends', async () => {
    const world = await makeWorld(onTestFinished);
    const { clone } = await makeRelay(world);
    const { doors, task, hear, folder } = await openDoors(clone, world.scratch, 'Node');
    hear(UP);
    doors.hear({ ...task, relaySocket: '/next' }, UP);
    hear(ENDED);
    expect(readFileSync(join(folder, 'origin'), 'utf8')).toContain('\n/next\n');
    doors.hear({ ...task, relaySocket: '/next' }, ENDED);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('are none where others could write them, which is said', async () => {
    const world = await makeWorld(onTestFinished);
    const { clone } = await makeRelay(world);
    const { hear, folder, lacks } = await openDoors(clone, world.scratch, 'Node');
    symlinkSync('.', folder);
    hear(UP);
    expect(lacks).toEqual([
      expect.stringMatching(/^a git of yours dials peers by itself, as .*doors cannot be used: /),
    ]);
    expect(readdirSync(dirname(folder))).toEqual(['doors']);
  });
});
