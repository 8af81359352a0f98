// Owns: the watcher on a real sshd: login shells, accounts without one, idleness on the wire, and that it always ends.
// Leaves: the script in shells (server-watch-script.test.ts), and lines (server-watch.test.ts).
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../../../support/next-line.ts';
import { type OpensshPeer, startOpensshPeer } from '../../../support/openssh-peer.ts';
import { lacksPeers } from '../../../support/peers.ts';
import { processesMarked } from '../../../support/processes.ts';
import { type SshClient, setUpSshClient } from '../../../support/ssh-client.ts';
import { knownHostsLine } from '../../../support/ssh-keys.ts';
import { startTcpProxy } from '../../../support/tcp-proxy.ts';
import { makeScratch, makeServerRepo, type Scratch, type ServerRepo } from '../../../support/temp-repo.ts';
import { openLink, type TestLink, targetOf } from '../link.ts';

const skipped = lacksPeers('the watcher on a real sshd', 'sshd', 'dash', 'bash', 'busybox');

/** Three looks, which come once a second, with time to spare. */
const IDLE_MS = 4_000;

interface World {
  readonly scratch: Scratch;
  readonly repo: ServerRepo;
  readonly client: SshClient;
  readonly peer: OpensshPeer;
  readonly watch: (port?: number, by?: 'looking') => TestLink;
  /** What runs for the watcher on the server. */
  readonly watchers: () => readonly string[];
}

/** `forced`: what the server runs whatever it is asked for; the request is in SSH_ORIGINAL_COMMAND. */
async function makeWorld(forced?: string): Promise<World> {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeServerRepo(scratch);
  const client = setUpSshClient(scratch.home);
  const option = forced === undefined ? '' : `command="${forced.replaceAll('"', '\\"')}" `;
  const peer = await startOpensshPeer(onTestFinished, scratch, [option + client.key.publicKey]);
  client.trust(peer.knownHosts);
  const watch = (port = peer.port, by?: 'looking'): TestLink => {
    const target = targetOf(client, { host: peer.host, port, path: repo.directory });
    return openLink(onTestFinished, scratch, target, { rung: { kind: 'server-watch', target, ...(by && { by }) } });
  };
  const watchers = (): string[] =>
    processesMarked(`${scratch.id}-server`)
      .map(({ command }) => command)
      .filter((command) => !command.includes('sshd'));
  return { scratch, repo, client, peer, watch, watchers };
}

/** Lets the client find the server behind another port. */
function trustPort({ client, peer }: World, port: number): void {
  const [, type = '', key = ''] = peer.knownHosts.trim().split(' ');
  client.trust(knownHostsLine(peer.host, port, `${type} ${key}`));
}

const CONNECTED = /^connected a watcher on the server \(.*\) over ssh/;

describe.skipIf(skipped)('an account with a shell', () => {
  test('tells what moves, over one login', async () => {
    const { peer, repo, watch } = await makeWorld();
    const link = watch();
    await link.reports.next(CONNECTED);
    for (const branch of ['main', 'main', 'new/branch']) {
      const tip = await repo.pushCommit(branch);
      await link.reports.next(`moved refs/heads/${branch} to ${tip}`);
    }
    expect(peer.logins()).toBe(1);
  });

  test.each([
    ['dash', 'exec dash -c "$SSH_ORIGINAL_COMMAND"'],
    ['bash', 'exec bash -l -c "$SSH_ORIGINAL_COMMAND"'],
    ['busybox ash', 'exec busybox ash -c "$SSH_ORIGINAL_COMMAND"'],
    ['a talkative one', 'echo Welcome; echo READY, steady, go; exec sh -c "$SSH_ORIGINAL_COMMAND"'],
  ])('has any shell: %s', async (_name, forced) => {
    const { repo, watch } = await makeWorld(forced);
    const link = watch();
    await link.reports.next(CONNECTED);
    const tip = await repo.pushCommit();
    await link.reports.next(`moved refs/heads/main to ${tip}`);
  });

  describe.each(['ksh', 'fish', 'tcsh'] as const)('has even %s', (shell) => {
    test.skipIf(lacksPeers(`an account whose shell is ${shell}`, shell))('and is told of a push', async () => {
      const { repo, watch } = await makeWorld(`exec ${shell} -c "$SSH_ORIGINAL_COMMAND"`);
      const link = watch();
      await link.reports.next(CONNECTED);
      const tip = await repo.pushCommit();
      await link.reports.next(`moved refs/heads/main to ${tip}`);
    });
  });

  test.each(['kindly', 'now'] as const)('is left with nothing running when the link closes %s', async (how) => {
    const { watch, watchers } = await makeWorld();
    const link = watch();
    await link.reports.next(CONNECTED);
    await until('the watcher runs', () => watchers().length > 2);
    await link.close(how);
    await until('the watcher has ended', () => watchers().length === 0);
  });

  test('is left with nothing running when the wire is cut', async () => {
    const world = await makeWorld();
    const proxy = await startTcpProxy(onTestFinished, world.peer.host, world.peer.port);
    trustPort(world, proxy.port);
    const link = world.watch(proxy.port);
    await link.reports.next(CONNECTED);
    proxy.cut();
    expect(await link.ended).toMatchObject({ code: 'dropped' });
    await until('the watcher has ended', () => world.watchers().length === 0);
  });

  test.each([
    ['by inotifywait, if it is there', undefined, CONNECTED],
    ['by looking', 'looking', 'connected a watcher on the server (looks once a second) over ssh'],
  ] as const)('sends nothing while nothing moves: %s', async (_way, by, connected) => {
    const world = await makeWorld('exec sh -c "$SSH_ORIGINAL_COMMAND"');
    const proxy = await startTcpProxy(onTestFinished, world.peer.host, world.peer.port);
    trustPort(world, proxy.port);
    const link = world.watch(proxy.port, by);
    const { atMs } = await link.reports.next(connected);
    // What belongs to the opening of the channel has passed by then.
    await until('a moment has passed', () => performance.now() > atMs + 1_000);
    const bytes = proxy.bytes();
    await until('it has looked again', () => performance.now() > atMs + 1_000 + IDLE_MS);
    expect(proxy.bytes()).toBe(bytes);
    const tip = await world.repo.pushCommit();
    await link.reports.next(`moved refs/heads/main to ${tip}`);
  });
});

describe.skipIf(skipped)('an account without a shell', () => {
  test.each([
    [
      'git-shell',
      'git-shell -c "$SSH_ORIGINAL_COMMAND"',
      /^the account has no shell \(the server says: "fatal: unrecognized command/,
    ],
    ['a restricted shell', 'bash -r -c "$SSH_ORIGINAL_COMMAND"', /^the account has no shell \(.*restricted/],
    ['one that only says what it was asked', 'echo "Hi! $SSH_ORIGINAL_COMMAND"', /^the account has no shell$/],
    ['nologin', 'echo "This account is currently not available."; exit 1', /^the account has no shell$/],
  ])('is left to the next rung: %s', async (_name, forced, detail) => {
    const { watch, watchers } = await makeWorld(forced);
    const failure = await watch().ended;
    expect(failure).toEqual({ code: 'no-shell', detail: expect.stringMatching(detail) });
    await until('nothing is left running there', () => watchers().length === 0);
  });

  test('is left to the next rung: one that only serves a repository', async () => {
    const { watch, watchers } = await makeWorld('git-upload-pack $HOME/../server.git');
    const failure = await watch().ended;
    expect(failure).toMatchObject({ code: 'no-shell' });
    await until('nothing is left running there', () => watchers().length === 0);
  });
});
