// Owns: what most end-to-end tests begin with: a server repository behind an ssh server, and a clone that knows it.
// Leaves: the daemon in the clone (daemon.ts), and all that is particular to one test.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { AtEnd } from './at-end.ts';
import { type Daemon, runProgram, startDaemon } from './daemon.ts';
import { until } from './next-line.ts';
import { initAnnex, type OpensshPeer, startOpensshPeer } from './openssh-peer.ts';
import { pathWithout } from './path-without.ts';
import { type SshClient, setUpSshClient } from './ssh-client.ts';
import { type SshPeer, startSshPeer } from './ssh-peer.ts';
import { cloneRepo, makeScratch, makeServerRepo, type Scratch, type ServerRepo, type TestRepo } from './temp-repo.ts';

export interface Scene<Peer> {
  readonly scratch: Scratch;
  readonly server: ServerRepo;
  readonly peer: Peer;
  readonly client: SshClient;
  /** Its `origin` is the server repository, by way of the ssh server, which is one commit ahead. */
  readonly clone: TestRepo;
}

/** What is particular about an account on a real server. */
export interface Account {
  /** Goes before its line of authorized_keys. */
  readonly keyOptions?: string;
  /** Programs that are not on its PATH there. */
  readonly lacks?: readonly string[];
}

/**
 * Behind the ssh server in this process, which plays git-annex-shell itself: by that it is watched, so that nothing
 * depends on what this machine has.
 */
export async function embeddedScene(atEnd: AtEnd): Promise<Scene<SshPeer>> {
  const scratch = makeScratch(atEnd);
  const server = await makeServerRepo(scratch);
  const client = setUpSshClient(scratch.home);
  const peer = await startSshPeer(atEnd, { env: scratch.env, authorizedKeys: [client.key.publicKey] });
  const clone = await makeClone({ scratch, server, client }, peer);
  await clone.git('config', 'remote.origin.remotedaemonNotify', 'annex-shell');
  return { scratch, server, peer, client, clone };
}

/** Behind a real sshd, with a real git-annex-shell. */
export async function opensshScene(atEnd: AtEnd, account: Account = {}): Promise<Scene<OpensshPeer>> {
  const scratch = makeScratch(atEnd);
  const server = await makeServerRepo(scratch);
  await initAnnex(server);
  const client = setUpSshClient(scratch.home);
  const peer = await startAccount(atEnd, scratch, client, account);
  return { scratch, server, peer, client, clone: await makeClone({ scratch, server, client }, peer) };
}

/** Behind a real sshd, by an account that has no git-annex-shell, whatever this machine has. */
export async function plainScene(atEnd: AtEnd, account: Account = {}): Promise<Scene<OpensshPeer>> {
  const scratch = makeScratch(atEnd);
  const server = await makeServerRepo(scratch);
  const client = setUpSshClient(scratch.home);
  const peer = await startAccount(atEnd, scratch, client, account);
  const clone = await makeClone({ scratch, server, client }, peer);
  await clone.git('config', 'remote.origin.annex-shell', 'no-annex-shell-here');
  return { scratch, server, peer, client, clone };
}

/** In the same file system: the clone's `origin` is the server repository's path. */
export async function localScene(atEnd: AtEnd): Promise<Omit<Scene<never>, 'peer' | 'client'>> {
  const scratch = makeScratch(atEnd);
  const server = await makeServerRepo(scratch);
  return { scratch, server, clone: await cloneRepo(scratch, server.directory, 'clone') };
}

/** Starts the daemon in the clone; resolves once `origin` is connected and has caught up. Its lines until then are past. */
export async function startConnected(
  atEnd: AtEnd,
  { clone, scratch }: Pick<Scene<unknown>, 'clone' | 'scratch'>,
): Promise<Daemon> {
  const daemon = startDaemon(atEnd, clone.directory, scratch.env);
  await daemon.line('CONNECTED origin');
  await daemon.line('DONESYNCING origin 1');
  daemon.lines.forget();
  return daemon;
}

/** Waits until a ref has this value; undefined: until it is gone. */
export async function untilRef(repo: TestRepo, ref: string, tip: string | undefined): Promise<void> {
  const wanted = tip === undefined ? [] : [tip];
  const git = await repo.git('rev-parse', '--path-format=absolute', '--git-common-dir');
  const files = [join(git, ref), join(git, 'packed-refs'), join(git, 'reftable/tables.list')];
  await untilChanged(`${ref} in ${repo.directory} is ${tip ?? 'gone'}`, files, GIT_ASKED, async () => {
    const now = await repo.git('for-each-ref', '--format=%(objectname)', ref);
    return (
      now
        .split('\n')
        .filter((line) => line !== '')
        .join() === wanted.join()
    );
  });
}

/** Waits until `status` says this: it reads a file that is a moment behind. Resolves to all it says then. */
export async function untilStatus(
  { clone, scratch }: Pick<Scene<unknown>, 'clone' | 'scratch'>,
  what: string | RegExp,
): Promise<string> {
  let said = '';
  const file = join(clone.directory, '.git/remote-daemon/state.json');
  await untilChanged(`status in ${clone.directory} says ${what}`, [file], STATUS_ASKED, async () => {
    said = (await runProgram(clone.directory, scratch.env, 'status', '--verbose')).stdout;
    return typeof what === 'string' ? said.includes(what) : what.test(said);
  });
  return said;
}

/** How often a program is asked: as soon as something has changed, and when nothing seems to have. */
interface Asking {
  readonly soonestMs: number;
  readonly latestMs: number;
}

const GIT_ASKED: Asking = { soonestMs: 0, latestMs: 500 };
/** Twenty times what git costs, in processor time that all others are waiting for. */
const STATUS_ASKED: Asking = { soonestMs: 250, latestMs: 2_000 };

/** A program is asked only when one of these files is another than it was, or a while has gone by: asking is costly. */
async function untilChanged(
  what: string,
  files: readonly string[],
  { soonestMs, latestMs }: Asking,
  holds: () => Promise<boolean>,
): Promise<void> {
  let [asked, askedAtMs] = ['', Number.NEGATIVE_INFINITY];
  await until(what, async () => {
    const [now, sinceMs] = [files.map(stampOf).join(), performance.now() - askedAtMs];
    if (sinceMs < (now === asked ? latestMs : soonestMs)) return false;
    const does = await holds();
    [asked, askedAtMs] = [now, performance.now()];
    return does;
  });
}

function stampOf(file: string): string {
  const { ino, size, mtimeNs } = statSync(file, { bigint: true, throwIfNoEntry: false }) ?? {};
  return `${ino} ${size} ${mtimeNs}`;
}

/** Waits until no fetch runs, and nothing was said for longer than changes are gathered, by whoever tells of them. */
export async function untilQuiet({ lines }: Daemon): Promise<void> {
  const isFetching = (): boolean => lines.count(/^SYNCING /) > lines.count(/^DONESYNCING /);
  const silentMs = (): number => performance.now() - (lines.seen.at(-1)?.atMs ?? 0);
  await until('the daemon is quiet', () => !isFetching() && silentMs() > 500);
}

function startAccount(
  atEnd: AtEnd,
  scratch: Scratch,
  client: SshClient,
  { keyOptions = '', lacks = [] }: Account,
): Promise<OpensshPeer> {
  const env = lacks.length > 0 ? { ...scratch.env, PATH: pathWithout(scratch, lacks) } : scratch.env;
  return startOpensshPeer(atEnd, { ...scratch, env }, [`${keyOptions}${client.key.publicKey}`]);
}

async function makeClone(
  { scratch, server, client }: Pick<Scene<unknown>, 'scratch' | 'server' | 'client'>,
  peer: SshPeer | OpensshPeer,
): Promise<TestRepo> {
  client.trust(peer.knownHosts);
  const clone = await cloneRepo(scratch, server.directory, 'clone', peer.url(server.directory));
  await client.useIn(clone);
  // So that the first connection brings a fetch.
  await server.pushCommit();
  return clone;
}
