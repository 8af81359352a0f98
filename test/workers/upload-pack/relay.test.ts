// Owns: git fetching over the link that is open: real git, the built stand-in, both kinds of server.
// Leaves: when main lets git use it (main/git), and the frames in between (test/shared/protocol).
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { relayEnvironment } from '../../../src/main/relay/git-over-relay.ts';
import { findRelayClient } from '../../../src/main/relay/relay-client.ts';
import { doorAfterNews } from '../../../src/shared/git-protocol/relay-doors.ts';
import { until } from '../../support/next-line.ts';
import { initAnnex, startOpensshPeer } from '../../support/openssh-peer.ts';
import { lacksPeers } from '../../support/peers.ts';
import { gitOnly, hangingUploadPack, sayingOnly } from '../../support/ssh-scripts.ts';
import { cloneRepo, openRepo, type Scratch, type TestRepo } from '../../support/temp-repo.ts';
import { CONNECTED, makeWorld, NOWHERE, NOWHERE_URL, openLink, targetOf, type World } from '../ssh/link.ts';

// As main runs it: `npm test` builds it first.
const STAND_IN = fileURLToPath(new URL('../../../dist/main/relay/stand-in.js', import.meta.url));

const socketOf = (scratch: Scratch): string => join(scratch.directory, 'relay');

/** What git runs instead of ssh: the one that is always there, and the fast one where there is perl. */
type RelayClient = readonly [string, ...string[]];
const NODE: RelayClient = [process.execPath, STAND_IN];
const [program = '', ...words] = await findRelayClient(process.env);
const CLIENTS: readonly (readonly [string, RelayClient])[] = [
  ['Node', NODE],
  ...(program === 'perl' ? [['perl', [program, ...words]] as const] : []),
];
if (CLIENTS.length === 1) process.stderr.write('*** SKIPPED: the relay by perl: there is no perl with Socket.pm\n');

const relayVariables = (scratch: Scratch, client = NODE) => ({
  ...relayEnvironment(client, socketOf(scratch), NOWHERE),
  // Who likes UTF-8 sets it; what git says is bytes.
  PERL_UNICODE: 'SDA',
});

/** A link with a relay, on which no news come, and a clone whose remote nobody could reach but through it. */
async function makeRelay(world: World, client = NODE) {
  const { scratch, repo, target, peer } = world;
  peer.script(sayingOnly('READY\n'));
  const link = openLink(onTestFinished, scratch, target, { relaySocket: socketOf(scratch) });
  await link.reports.next(`${CONNECTED}, relay`);
  const clone = await cloneRepo(scratch, repo.directory, 'clone', NOWHERE_URL);
  const fetcher = openRepo(clone.directory, { ...scratch.env, ...relayVariables(scratch, client) });
  return { link, fetcher };
}

const fetch = (repo: TestRepo): Promise<string> => repo.git('fetch', '--quiet', 'origin');
const mainOf = (repo: TestRepo): Promise<string> => repo.git('rev-parse', 'origin/main');

/** The stand-in by itself. */
function startStandIn(scratch: Scratch, [program, ...words] = NODE) {
  const child = spawn(program, [...words, socketOf(scratch)], { env: scratch.env, stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, exited: once(child, 'exit') };
}

describe.each(CLIENTS)('git over the link, by %s,', (_name, client) => {
  test('fetches time and again without another login, by protocol v2', async () => {
    const world = await makeWorld(onTestFinished);
    const { link, fetcher } = await makeRelay(world, client);
    for (let turn = 0; turn < 3; turn += 1) {
      const tip = await world.repo.pushCommit();
      await fetch(fetcher);
      expect(await mainOf(fetcher)).toBe(tip);
    }
    expect(world.peer.logins()).toBe(1);
    // One for each fetch, and one that waits for the next.
    await until('one waits', () => world.peer.execs().length === 5);
    expect(world.peer.execs().slice(1)).toEqual(
      Array(4).fill(`env GIT_PROTOCOL=version=2 git-upload-pack '${world.repo.directory}'`),
    );
    expect(link.reports.count('relay-activity')).toBeGreaterThan(0);
    const { scratch } = world;
    const tracing = openRepo(fetcher.directory, {
      ...scratch.env,
      ...relayVariables(scratch, client),
      GIT_TRACE_PACKET: trace(scratch),
    });
    await tracing.git('ls-remote', 'origin');
    expect(readTrace(scratch)).toMatch(/< version 2/);
  });

  test('is served by the upload-pack that waits, and sees what moved since that was started', async () => {
    const world = await makeWorld(onTestFinished);
    const { fetcher } = await makeRelay(world, client);
    await world.repo.pushCommit();
    await fetch(fetcher);
    await until('one waits', () => world.peer.execs().length === 3);
    await world.repo.git('gc', '--quiet');
    const tip = await world.repo.pushCommit();
    // Whatever is started from here on is of no use.
    world.peer.script(({ channel }) => {
      channel.exit(1);
      channel.end();
    });
    await fetch(fetcher);
    expect(await mainOf(fetcher)).toBe(tip);
  });

  test('leaves no upload-pack waiting when nothing had moved', async () => {
    const world = await makeWorld(onTestFinished);
    const { link, fetcher } = await makeRelay(world, client);
    for (let turn = 0; turn < 2; turn += 1) await fetch(fetcher);
    // By then the server has heard all that was asked for.
    await link.close('kindly');
    await until('the server is left', () => world.peer.connections() === 0);
    // Each had one of its own.
    expect(world.peer.execs()).toHaveLength(3);
  });

  test('is served by another one when the one that waited has gone', async () => {
    const world = await makeWorld(onTestFinished);
    const { fetcher } = await makeRelay(world, client);
    let served = 0;
    world.peer.script((exec) => {
      served += 1;
      if (served !== 2) exec.run();
      else exec.channel.close();
    });
    await world.repo.pushCommit();
    await fetch(fetcher);
    await until('one waits', () => served === 2);
    const tip = await world.repo.pushCommit();
    await fetch(fetcher);
    expect(await mainOf(fetcher)).toBe(tip);
  });

  test('is not served by the one that waits where that has lost its refs, as when their format is changed', async () => {
    const world = await makeWorld(onTestFinished);
    const { fetcher } = await makeRelay(world, client);
    await world.repo.pushCommit();
    await fetch(fetcher);
    await until('one waits', () => world.peer.execs().length === 3);
    // The one that waits stays behind in what is moved away.
    const { directory } = world.repo;
    renameSync(directory, `${directory}-old`);
    cpSync(`${directory}-old`, directory, { recursive: true });
    rmSync(join(`${directory}-old`, 'refs', 'heads', 'main'));
    const tip = await world.repo.pushCommit();
    await fetch(fetcher);
    expect(await mainOf(fetcher)).toBe(tip);
  });

  test('brings much, both ways at once, unharmed', async () => {
    const world = await makeWorld(onTestFinished);
    const { writer } = world.repo;
    writeFileSync(join(writer.directory, 'big'), randomBytes(12_000_000));
    await writer.git('add', 'big');
    const tip = await world.repo.pushCommit();
    const { link, fetcher } = await makeRelay(world, client);
    const { scratch } = world;
    const all = openRepo(scratch.directory, { ...scratch.env, ...relayVariables(scratch, client) });
    await Promise.all(['one', 'two'].map((name) => all.git('clone', '--quiet', NOWHERE_URL, name)));
    for (const name of ['one', 'two']) {
      const clone = openRepo(join(scratch.directory, name), scratch.env);
      expect(await mainOf(clone)).toBe(tip);
      await clone.git('fsck', '--strict');
    }
    // What was brought to one is not charged to the next.
    const before = link.relayed();
    await fetch(fetcher);
    expect(before).toBeGreaterThan(24_000_000);
    expect(link.relayed() - before).toBeLessThan(100_000);
  });

  test('brings a partial clone what it lacks, when it is needed', async () => {
    const world = await makeWorld(onTestFinished);
    const { writer } = world.repo;
    await world.repo.git('config', 'uploadpack.allowFilter', 'true');
    writeFileSync(join(writer.directory, 'file'), 'its content');
    await writer.git('add', 'file');
    await world.repo.pushCommit();
    await makeRelay(world, client);
    const { scratch } = world;
    const all = openRepo(scratch.directory, { ...scratch.env, ...relayVariables(scratch, client) });
    await all.git('clone', '--quiet', '--no-checkout', '--filter=blob:none', NOWHERE_URL, 'partial');
    const partial = openRepo(join(scratch.directory, 'partial'), {
      ...scratch.env,
      ...relayVariables(scratch, client),
    });
    writeFileSync(join(writer.directory, 'file'), 'its new content');
    await writer.git('add', 'file');
    await world.repo.pushCommit();
    await fetch(partial);
    expect(await partial.git('rev-list', '--objects', '--missing=print', 'origin/main')).toMatch(/^\?/m);
    expect(await partial.git('cat-file', '-p', 'origin/main:file')).toBe('its new content');
    expect(world.peer.logins()).toBe(1);
  });

  test('fetches from an account that has no shell, and asks it plainly from then on', async () => {
    const world = await makeWorld(onTestFinished);
    const { fetcher } = await makeRelay(world, client);
    world.peer.script(gitOnly);
    for (let turn = 0; turn < 2; turn += 1) {
      const tip = await world.repo.pushCommit();
      await fetch(fetcher);
      expect(await mainOf(fetcher)).toBe(tip);
    }
    const plain = `git-upload-pack '${world.repo.directory}'`;
    expect(world.peer.execs().slice(1)).toEqual([`env GIT_PROTOCOL=version=2 ${plain}`, plain, plain]);
  });

  test('is told what the server complains about, and fails as it does', async () => {
    const world = await makeWorld(onTestFinished);
    const { fetcher } = await makeRelay(world, client);
    world.peer.script(({ channel }) => {
      channel.resume();
      channel.stderr.write('fatal: the disk is on fire\n');
      channel.exit(77);
      channel.end();
    });
    await expect(fetch(fetcher)).rejects.toThrow('fatal: the disk is on fire');
    const standIn = startStandIn(world.scratch, client);
    expect(await standIn.exited).toEqual([77, null]);
  });

  test('that goes away takes its command on the server with it', async () => {
    const world = await makeWorld(onTestFinished);
    await makeRelay(world, client);
    let closed = 0;
    world.peer.script((exec) => {
      exec.channel.on('close', () => {
        closed += 1;
      });
      hangingUploadPack(exec);
    });
    const standIn = startStandIn(world.scratch, client);
    await until('upload-pack is asked for', () => world.peer.execs().length === 2);
    standIn.child.kill('SIGKILL');
    standIn.child.stdin.destroy();
    await until('its channel is closed', () => closed === 1);
    expect(world.peer.connections()).toBe(1);
  });

  test('may finish when the link is closed kindly, and not when it is closed at once', async () => {
    const world = await makeWorld(onTestFinished);
    const { link, fetcher } = await makeRelay(world, client);
    const tip = await world.repo.pushCommit();
    let goOn = (): void => undefined;
    world.peer.script((exec) => {
      goOn = exec.run;
    });
    const fetched = fetch(fetcher);
    await until('upload-pack is asked for', () => world.peer.execs().length === 2);
    const closed = link.close('kindly');
    goOn();
    await fetched;
    expect(await mainOf(fetcher)).toBe(tip);
    await closed;
    expect(existsSync(socketOf(world.scratch))).toBe(false);

    world.peer.script(undefined);
    const other = openLink(onTestFinished, world.scratch, world.target, { relaySocket: socketOf(world.scratch) });
    await other.reports.next(`${CONNECTED}, relay`);
    world.peer.script(hangingUploadPack);
    const standIn = startStandIn(world.scratch, client);
    await until('upload-pack is asked for again', () => world.peer.execs().length === 4);
    await other.close('now');
    expect(await standIn.exited).toEqual([255, null]);
  });

  test('does not hold up the end of a link whose server says nothing more', async () => {
    const world = await makeWorld(onTestFinished);
    const { link } = await makeRelay(world, client);
    world.peer.script(hangingUploadPack);
    startStandIn(world.scratch, client);
    await until('upload-pack is asked for', () => world.peer.execs().length === 2);
    world.peer.freeze();
    await link.close('now');
    expect(existsSync(socketOf(world.scratch))).toBe(false);
  });

  test('fails when the connection breaks', async () => {
    const world = await makeWorld(onTestFinished);
    const { link } = await makeRelay(world, client);
    world.peer.script(hangingUploadPack);
    const standIn = startStandIn(world.scratch, client);
    await until('upload-pack is asked for', () => world.peer.execs().length === 2);
    world.peer.dropConnections();
    expect(await standIn.exited).toEqual([255, null]);
    expect(await link.ended).toMatchObject({ code: 'dropped' });
    expect(existsSync(socketOf(world.scratch))).toBe(false);
  });
});

describe('the socket', () => {
  test('is for this user only, and takes the place of one that was left behind', async () => {
    const world = await makeWorld(onTestFinished);
    const doors = [socketOf(world.scratch), doorAfterNews(socketOf(world.scratch))];
    for (const door of doors) writeFileSync(door, '');
    const { link } = await makeRelay(world);
    expect(doors.map((door) => statSync(door).mode & 0o777)).toEqual([0o600, 0o600]);
    await link.close('kindly');
    expect(doors.filter((door) => existsSync(door))).toEqual([]);
  });

  test('that cannot be made leaves the link without a relay', async () => {
    const { scratch, target } = await makeWorld(onTestFinished);
    const link = openLink(onTestFinished, scratch, target, {
      relaySocket: join(scratch.directory, 'no', 'such', 'place'),
    });
    await link.reports.next(/^log no relay: /);
    await link.reports.next(CONNECTED);
  });

  test('is not there either where its second door cannot be made', async () => {
    const { scratch, target } = await makeWorld(onTestFinished);
    mkdirSync(doorAfterNews(socketOf(scratch)));
    const link = openLink(onTestFinished, scratch, target, { relaySocket: socketOf(scratch) });
    await link.reports.next(/^log no relay: /);
    await link.reports.next(CONNECTED);
    expect(existsSync(socketOf(scratch))).toBe(false);
  });

  test('is not offered for an uploadpack that is a piece of script', async () => {
    const { scratch, target } = await makeWorld(onTestFinished);
    const odd = { ...target, uploadPack: 'PATH=$HOME/bin:$PATH git-upload-pack' };
    await openLink(onTestFinished, scratch, odd, { relaySocket: socketOf(scratch) }).reports.next(CONNECTED);
    expect(existsSync(socketOf(scratch))).toBe(false);
  });

  test('that is gone is told by the stand-in, with the exit status of an ssh that cannot connect', async () => {
    const { scratch } = await makeWorld(onTestFinished);
    const { child, exited } = startStandIn(scratch);
    const [complaint, [status]] = await Promise.all([text(child.stderr), exited]);
    expect([status, complaint]).toEqual([255, expect.stringContaining('git-remote-daemon: relay: ')]);
  });
});

describe.skipIf(lacksPeers('the relay over OpenSSH', 'sshd', 'ssh', 'git-annex-shell'))('over a real sshd', () => {
  test('git fetches by protocol v2, which that server would not take from the client', async () => {
    const { scratch, repo, client } = await makeWorld(onTestFinished);
    await initAnnex(repo);
    const peer = await startOpensshPeer(onTestFinished, scratch, [client.key.publicKey]);
    client.trust(peer.knownHosts);
    const target = targetOf(client, { host: peer.host, port: peer.port, path: repo.directory });
    const link = openLink(onTestFinished, scratch, target, { relaySocket: socketOf(scratch) });
    await link.reports.next(`${CONNECTED}, relay`);
    const variables = { ...scratch.env, ...relayVariables(scratch), GIT_TRACE_PACKET: trace(scratch) };
    await openRepo(scratch.directory, variables).git('clone', '--quiet', NOWHERE_URL, 'clone');
    expect(readTrace(scratch)).toMatch(/< version 2/);
    const tip = await repo.pushCommit();
    await link.reports.next('moved');
    const fetcher = openRepo(join(scratch.directory, 'clone'), variables);
    await fetch(fetcher);
    expect([await mainOf(fetcher), peer.logins()]).toEqual([tip, 1]);
    await link.close('kindly');
    await until('sshd has no connection', () => peer.connections() === 0);
  });
});

const trace = (scratch: Scratch): string => join(scratch.directory, 'trace');
const readTrace = (scratch: Scratch): string => readFileSync(trace(scratch), 'utf8');
