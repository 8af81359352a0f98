// Owns: running a transport over ssh in this process, for tests: a task, its reports as lines, and its end.
// Leaves: the servers (test/support).

import { type Failure, failureOf } from '../../../src/shared/failures.ts';
import { remoteName } from '../../../src/shared/remote.ts';
import type { Rung } from '../../../src/shared/rungs/rungs.ts';
import type { SshTarget } from '../../../src/shared/ssh-target.ts';
import type { LinkTask } from '../../../src/shared/thread-messages.ts';
import { pollThroughGit } from '../../../src/workers/refs/poll-through-git.ts';
import { watchByAnnexShell } from '../../../src/workers/ssh/watch/notify-changes.ts';
import { pollOverSsh } from '../../../src/workers/ssh/watch/poll-over-ssh.ts';
import { watchOnServer } from '../../../src/workers/ssh/watch/server-watch.ts';
import type { RemoteRefs, Transport } from '../../../src/workers/transport.ts';
import type { AtEnd } from '../../support/at-end.ts';
import { createLineLog, type LineLog } from '../../support/next-line.ts';
import { findProgram } from '../../support/peers.ts';
import { type SshClient, setUpSshClient } from '../../support/ssh-client.ts';
import type { KeyPair } from '../../support/ssh-keys.ts';
import { type SshPeer, type SshPeerOptions, startSshPeer } from '../../support/ssh-peer.ts';
import { makeScratch, makeServerRepo, type Scratch, type ServerRepo } from '../../support/temp-repo.ts';
import { moveText, turnAtOnce, WANTED } from '../loop.ts';

export interface TestLink {
  /** `connected <how>`, `moved`, `moved <ref> to <tip>, <ref> is gone`, `log <text>`. */
  readonly reports: LineLog;
  /** Lists its refs over the connection, and finds that they are all here. */
  readonly compare: () => Promise<void>;
  /** How git asks, as far as the link has heard it. */
  readonly asked: () => LinkTask['requestShapes'];
  /** So many bytes it said to have brought to git. */
  readonly relayed: () => number;
  /** Says that it may be dead: it has to answer within so many ms. */
  readonly prove: (limitMs: number) => void;
  readonly close: (how: 'kindly' | 'now') => Promise<void>;
  /** Resolves when the transport has settled: undefined when it was told to close. */
  readonly ended: Promise<Failure | undefined>;
}

/** What a clone takes for its remote that only a relay can serve. */
export const NOWHERE_URL = 'ssh://nowhere.invalid/repository';
export const NOWHERE: SshTarget = {
  host: 'nowhere.invalid',
  path: '/repository',
  command: { kind: 'options', program: 'false', options: [] },
  annexShell: 'git-annex-shell',
  uploadPack: 'git-upload-pack',
};

/** `target` for a client whose ssh config is its own file. */
export function targetOf(client: SshClient, target: Pick<SshTarget, 'host' | 'path'> & Partial<SshTarget>): SshTarget {
  return {
    command: { kind: 'options', program: 'ssh', options: client.options },
    annexShell: 'git-annex-shell',
    uploadPack: 'git-upload-pack',
    ...target,
  };
}

/** Opens a link, by git-annex-shell unless another rung is named; it is closed at the end of the test. */
export function openLink(
  atEnd: AtEnd,
  scratch: Scratch,
  target: SshTarget,
  more: Partial<LinkTask> = {},
  takeTurn = turnAtOnce,
): TestLink {
  const reports = createLineLog('the link');
  const [kindly, now] = [new AbortController(), new AbortController()];
  const task: LinkTask = {
    remote: remoteName('origin'),
    url: 'ssh://host/path',
    rung: { kind: 'annex-shell', target },
    refs: WANTED,
    directory: scratch.directory,
    repositoryVariables: {},
    secrets: {},
    ...more,
  };
  const transport = transportOf(task.rung.kind);
  let relayed = 0;
  let asked: LinkTask['requestShapes'];
  let refs: RemoteRefs | undefined;
  let prove: TestLink['prove'] = () => undefined;
  const ended = transport(
    task,
    (report) => {
      if (report.kind === 'connected') refs = report.refs;
      if (report.kind === 'relay-activity') relayed += report.bytes;
      if (report.kind === 'request-shapes') asked = report.shapes;
      else if (report.kind === 'connected') reports.push(`connected ${report.how}${report.relay ? ', relay' : ''}`);
      else if (report.kind === 'moved' && report.refs) reports.push(`moved ${report.refs.map(moveText).join(', ')}`);
      else if (report.kind !== 'child' && report.kind !== 'received')
        reports.push(
          'text' in report
            ? `${report.kind} ${report.text}`
            : 'phase' in report
              ? `phase ${report.phase}`
              : report.kind,
        );
    },
    { kindly: kindly.signal, now: now.signal },
    takeTurn,
    (listener) => {
      prove = listener;
    },
  ).then(
    () => {
      reports.end('the link was closed');
      return undefined;
    },
    (error: unknown) => {
      const failure = failureOf(error);
      reports.end(`the link failed: ${failure.code}: ${failure.detail}`);
      return failure;
    },
  );
  const close = async (how: 'kindly' | 'now'): Promise<void> => {
    kindly.abort();
    if (how === 'now') now.abort();
    await ended;
  };
  atEnd(() => close('now'));
  const compare = async (): Promise<void> => {
    const listed = await refs?.list(kindly.signal);
    if (listed) refs?.areHere(listed);
  };
  return {
    reports,
    compare,
    asked: () => asked,
    relayed: () => relayed,
    prove: (limitMs) => prove(limitMs),
    close,
    ended,
  };
}

function transportOf(kind: Rung['kind']): Transport {
  if (kind === 'poll') return pollOverSsh(pollThroughGit);
  return kind === 'server-watch' ? watchOnServer : watchByAnnexShell;
}

export interface World {
  readonly scratch: Scratch;
  readonly repo: ServerRepo;
  readonly client: SshClient;
  readonly peer: SshPeer;
  readonly target: SshTarget;
}

/** A repository behind the embedded server, and a client that may log in and knows the server's key. */
export async function makeWorld(
  atEnd: AtEnd,
  options: Partial<SshPeerOptions> & { key?: KeyPair; hash?: 'sha1' | 'sha256' } = {},
): Promise<World> {
  const { key, hash = 'sha1', ...server } = options;
  const plain = makeScratch(atEnd);
  const scratch = { ...plain, env: { ...plain.env, GIT_DEFAULT_HASH: hash } };
  // Where no ssh program reads the config, keys and hosts are those of the home directory.
  if (!findProgram('ssh')) borrowHome(atEnd, scratch.home);
  const repo = await makeServerRepo(scratch);
  const client = setUpSshClient(scratch.home, key);
  const peer = await startSshPeer(atEnd, { env: scratch.env, authorizedKeys: [client.key.publicKey], ...server });
  client.trust(peer.knownHosts);
  return {
    scratch,
    repo,
    client,
    peer,
    target: targetOf(client, { host: peer.host, port: peer.port, path: repo.directory }),
  };
}

export const CONNECTED = 'connected git-annex-shell notifychanges over ssh';

function borrowHome(atEnd: AtEnd, home: string): void {
  const own = process.env.HOME;
  process.env.HOME = home;
  atEnd(() => {
    if (own === undefined) delete process.env.HOME;
    else process.env.HOME = own;
  });
}
