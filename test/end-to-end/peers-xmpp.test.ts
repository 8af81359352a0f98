// Owns: daemons with accounts of XMPP on a real server: news of remotes that tell nothing themselves, and peers.
// Leaves: the network by itself (test/workers/peer/network/xmpp).
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Daemon, PROGRAM, runProgram, startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { commitBytes } from '../support/peer-mesh.ts';
import { lacksPeers } from '../support/peers.ts';
import { type ProsodyOptions, type ProsodyPeer, startProsody } from '../support/prosody-peer.ts';
import { plainScene, untilRef, untilStatus } from '../support/scene.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { cloneRepo, commit, makeRepo, makeScratch, type Scratch, type TestRepo } from '../support/temp-repo.ts';

const skipped = lacksPeers('daemons with accounts of XMPP', 'prosody', 'openssl', 'sshd', 'ssh', 'git-shell');

const SHARED = 'a32b7c1e-0000-4000-8000-000000000001';

/** Gives it an account, and friends. */
async function setUpAccount(repo: TestRepo, server: ProsodyPeer, user: string, ...friends: string[]): Promise<void> {
  const folder = join(repo.directory, '.git/remote-daemon');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'secrets.ini'), server.section(user), { mode: 0o600 });
  for (const friend of friends) await repo.git('config', '--add', 'remotedaemon.xmppFriend', server.jid(friend));
}

const logged = (daemon: Daemon, what: RegExp): Promise<void> =>
  until(`the log has ${what} in:\n${daemon.stderr()}`, () => what.test(daemon.stderr()));

const msSince = (beganMs: number): number => Math.round(performance.now() - beganMs);

describe.skipIf(skipped)('two clones of a repository whose host tells nothing', () => {
  test('fetch at once what the other has pushed, by a word of it', { timeout: 240_000 }, async () => {
    const scene = await plainScene(onTestFinished, {
      keyOptions: 'restrict,command="git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"" ',
    });
    const { scratch, server, clone, client } = scene;
    const xmpp = await startProsody(onTestFinished, scratch);
    const other = await cloneRepo(scratch, server.directory, 'other', await clone.git('remote', 'get-url', 'origin'));
    await client.useIn(other);
    await other.git('config', 'remote.origin.annex-shell', 'no-annex-shell-here');
    for (const [repo, user, friend] of [
      [clone, 'ann', 'ben'],
      [other, 'ben', 'ann'],
    ] as const) {
      xmpp.addUser(user);
      await repo.git('config', 'remote.origin.remotedaemonUuid', SHARED);
      await setUpAccount(repo, xmpp, user, friend);
    }
    const [here, there] = [clone, other].map((repo) => startDaemon(onTestFinished, repo.directory, scratch.env));
    if (!here || !there) throw new Error('two daemons');
    for (const daemon of [here, there]) {
      await logged(daemon, /network xmpp: served, by the account .*, for news alone/);
      await daemon.line('CONNECTED origin');
    }
    for (const repo of [clone, other])
      await untilRef(repo, 'refs/remotes/origin/main', await server.git('rev-parse', 'main'));
    const tookMs: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const [from, to] = round % 2 === 0 ? [clone, other] : [other, clone];
      await from.git('merge', '--quiet', '--ff-only', 'refs/remotes/origin/main');
      const tip = await commit(from);
      await from.git('push', '--quiet', 'origin', 'HEAD:main');
      const beganMs = performance.now();
      await untilRef(to, 'refs/remotes/origin/main', tip);
      tookMs.push(msSince(beganMs));
      // What the next push begins with.
      await untilRef(from, 'refs/remotes/origin/main', tip);
    }
    process.stderr.write(`from a push here to its ref there, by XMPP: ${tookMs.join(', ')} ms\n`);
    expect(Math.max(...tookMs)).toBeLessThan(2_000 * 10);
    const { stdout } = await runProgram(clone.directory, scratch.env, 'status', '-v');
    expect(stdout).toMatch(/xmpp/);
    const secret = 'secret of ann';
    expect(here.stderr() + there.stderr() + stdout).not.toContain(secret);
    for (const daemon of [here, there]) {
      daemon.send('STOP');
      expect(await daemon.gone()).toEqual({ status: 0, signal: null });
    }
  });
});

interface Pair {
  readonly scratch: Scratch;
  readonly xmpp: ProsodyPeer;
  /** Serves itself. */
  readonly ann: TestRepo;
  /** Has it as the remote `ann`. */
  readonly ben: TestRepo;
  /** Cuts ben's connections, where that was asked for. */
  readonly cut: () => void;
  readonly bytes: () => number;
  readonly daemons: { readonly ann: Daemon; readonly ben: Daemon };
}

/** Two repositories without a server but that of their accounts; ben may read at ann's. */
async function startPair({ isCut, ...options }: ProsodyOptions & { readonly isCut?: true } = {}): Promise<Pair> {
  const scratch = makeScratch(onTestFinished);
  const xmpp = await startProsody(onTestFinished, scratch, options);
  const proxy = await startTcpProxy(onTestFinished, '127.0.0.1', xmpp.port);
  const [ann, ben] = [await makeRepo(scratch, 'ann'), await makeRepo(scratch, 'ben')];
  await commit(ann);
  for (const [repo, user, friend] of [
    [ann, 'ann', 'ben'],
    [ben, 'ben', 'ann'],
  ] as const) {
    xmpp.addUser(user);
    await setUpAccount(repo, xmpp, user, friend);
    if (isCut && repo === ben) {
      const through = xmpp.section(user, { service: `127.0.0.1:${proxy.port}` });
      writeFileSync(join(repo.directory, '.git/remote-daemon/secrets.ini'), through, { mode: 0o600 });
    }
  }
  // As if it were installed: git finds the remote helpers, and a daemon the programs of networks.
  const env = { ...scratch.env, PATH: [HELPERS, scratch.env.PATH].join(delimiter) };
  const invited = await runProgram(ann.directory, env, 'peer', 'invite', '--network=xmpp', '--name=ben');
  expect(invited).toMatchObject({ status: 0, stderr: expect.stringMatching(/remotedaemon\.xmppFriend/) });
  const accepted = await runProgram(ben.directory, env, 'peer', 'accept', 'ann', invited.stdout.trim(), '--one-way');
  expect(accepted).toMatchObject({ status: 0 });
  const start = (repo: TestRepo): Daemon => startDaemon(onTestFinished, repo.directory, env);
  const { cut, bytes } = proxy;
  return { scratch, xmpp, ann, ben, cut, bytes, daemons: { ann: start(ann), ben: start(ben) } };
}

const HELPERS = join(dirname(PROGRAM), '../helpers');

describe.skipIf(skipped)('two repositories with accounts, and no other server', () => {
  test('see each commit at once; a megabyte arrives; the server may go and come', { timeout: 240_000 }, async () => {
    const { scratch, xmpp, ann, ben, daemons } = await startPair();
    await daemons.ben.line('CONNECTED ann');
    await untilRef(ben, 'refs/remotes/ann/main', await ann.git('rev-parse', 'main'));
    const tookMs: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const beganMs = performance.now();
      await untilRef(ben, 'refs/remotes/ann/main', await commit(ann));
      tookMs.push(msSince(beganMs));
    }
    const beganMs = performance.now();
    await untilRef(ben, 'refs/remotes/ann/main', await commitBytes(ann, 1024 * 1024));
    process.stderr.write(
      `commits over XMPP: ${tookMs.toSorted((one, other) => one - other).join(', ')} ms; 1 MiB: ${msSince(beganMs)} ms\n`,
    );
    const { stdout } = await runProgram(ann.directory, scratch.env, 'status', '-v');
    expect(stdout).toMatch(/p2p-annex::xmpp:ann@peers\.test\/git-annex-[\da-f]{12}/);
    await xmpp.stop();
    // The account is tried for 31 s before its links are told.
    await daemons.ben.line('DISCONNECTED ann', 90_000);
    const tip = await commit(ann);
    await xmpp.start();
    await daemons.ben.line('CONNECTED ann');
    await untilRef(ben, 'refs/remotes/ann/main', tip);
    for (const daemon of Object.values(daemons)) {
      daemon.send('STOP');
      expect(await daemon.gone()).toEqual({ status: 0, signal: null });
    }
  });

  test('cut twice in the middle of what is fetched: it is whole in the end', { timeout: 240_000 }, async () => {
    const { xmpp, ann, ben, daemons, cut, bytes } = await startPair({ isCut: true });
    await daemons.ben.line('CONNECTED ann');
    await untilRef(ben, 'refs/remotes/ann/main', await ann.git('rev-parse', 'main'));
    const tip = await commitBytes(ann, 2 * 1024 * 1024);
    for (let cuts = 0; cuts < 2; cuts += 1) {
      const before = bytes();
      await until('some of it came', () => bytes() > before + 300_000);
      cut();
    }
    const beganMs = performance.now();
    await untilRef(ben, 'refs/remotes/ann/main', tip);
    process.stderr.write(`2 MiB over XMPP, whole ${msSince(beganMs)} ms after the second cut\n`);
    expect(await ben.git('fsck', '--full')).toBe('');
    expect(xmpp.log()).toMatch(/resum/i);
  });

  test('with the limits that a server has by default 100 KB arrive, and status tells how fast', {
    timeout: 240_000,
  }, async () => {
    const { scratch, ann, ben, daemons } = await startPair({ isLimited: true });
    await daemons.ben.line('CONNECTED ann');
    const beganMs = performance.now();
    await untilRef(ben, 'refs/remotes/ann/main', await commitBytes(ann, 100_000));
    process.stderr.write(`100 kB over XMPP at 10 kB/s: ${msSince(beganMs)} ms\n`);
    await untilStatus({ clone: ben, scratch }, /over xmpp, at \d+(?:\.\d)? kB\/s/);
  });
});
