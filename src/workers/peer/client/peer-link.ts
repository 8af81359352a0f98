// Owns: watching a remote that is a peer: one link from its opening to its end.
// Leaves: the networks (../network), the streams (dial.ts, ready-streams.ts), and trying again (main/supervisor).
import { DaemonError } from '../../../shared/failures.ts';
import { unattendedGitEnvironment } from '../../../shared/git-environment.ts';
import { networkOf } from '../../../shared/p2p/address.ts';
import { formatP2pLine } from '../../../shared/p2p/lines.ts';
import { saidBy } from '../../../shared/printable.ts';
import { type PeerRung, peer as peerRow } from '../../../shared/rungs/peer.ts';
import type { LinkTask, PeerTask } from '../../../shared/thread-messages.ts';
import { aborted } from '../../../shared/timing/wait.ts';
import { PEER } from '../../patience.ts';
import { openRelayed, type Relayed, type UploadPackSurroundings, unlessClosing } from '../../relayed.ts';
import type { Closing, Connected, OnDoubt, TakeTurn, Transport, TransportReport } from '../../transport.ts';
import type { UploadPack } from '../../upload-pack/upload-pack.ts';
import type { NetworkContext } from '../network/network.ts';
import { openNetwork } from '../network/networks.ts';
import { createDialler, type Dialler, type OnDialling } from './dial.ts';
import { listenTo } from './listening.ts';
import { proveNowAndThen } from './proving.ts';
import { createReadyStreams, type ReadyStreams, type ReadyStreamsOptions } from './ready-streams.ts';
import { ask, failureBehind, type PeerSession } from './session.ts';
import { describeRate, type RateState, rateAfter } from './slow-rate.ts';
import { uploadPackThere } from './upload-pack-there.ts';

interface PeerLink {
  readonly task: LinkTask;
  readonly rung: PeerRung;
  readonly peer: PeerTask;
  readonly report: (report: TransportReport) => void;
  readonly closing: Closing;
}

export const watchPeer: Transport = async (task, report, closing, takeTurn, onDoubt) => {
  const { rung, peer } = task;
  if (rung.kind !== 'peer' || peer === undefined) throw new DaemonError('unknown', `no peer: ${rung.kind}`);
  if (closing.kindly.aborted) return;
  const link: PeerLink = { task, rung, peer, report, closing };
  const rate = createRate();
  const dialler = createDialler({
    network: await openNetwork(networkOf(rung.address)),
    address: rung.address,
    context: contextOf(link),
    ownUuid: peer.ownUuid,
    expectedUuid: rung.uuid,
    received: (bytes) => {
      report({ kind: 'received', bytes });
      rate.received(bytes);
    },
  });
  try {
    await unlessClosing(closing, watchOver(dialler, { ...link, rate }, takeTurn, onDoubt));
  } finally {
    await dialler.close(closing.now);
  }
};

const contextOf = ({ task, peer, report }: PeerLink): NetworkContext => ({
  directory: task.directory,
  environment: unattendedGitEnvironment(process.env, undefined, task.repositoryVariables),
  gitDir: peer.gitDir,
  torProxy: peer.torProxy,
  settings: peer.settings,
  secrets: peer.secrets,
  noteChild: (pgid, running) => report({ kind: 'child', pgid, running }),
  log: (text) => report({ kind: 'log', text }),
});

async function watchOver(
  dialler: Dialler,
  link: PeerLink & { readonly rate: Rate },
  takeTurn: TakeTurn,
  onDoubt: OnDoubt | undefined,
): Promise<void> {
  const { task, report, closing } = link;
  const onPhase: OnDialling = (phase, limitMs) => report({ kind: 'phase', phase, limitMs });
  const first = await dialler.open('listening', closing.kindly, onPhase);
  report({ kind: 'peer-known', uuid: first.uuid });
  await inviteInReturn(first, link);
  const { over, end } = createEnd(closing.kindly);
  const { failed, fail } = createFailing();
  const ready = readyFor(task, { open: (signal) => dialler.open('service', signal), onGiveUp: fail, signal: over });
  // What is under way when the link is told to close may end until `now`.
  const streams = { ready, open: () => dialler.open('service', closing.now) };
  const uploadPack = (around: UploadPackSurroundings): UploadPack => uploadPackThere(streams, around);
  const relayed = await openRelayed({ task, report, takeTurn, uploadPack });
  try {
    const listening = listenTo(first, {
      open: (signal) => dialler.open('listening', signal),
      onAsked: () => {
        report(connected(link, relayed));
        link.rate.onChange((text) => report(connected(link, relayed, text)));
      },
      onNews: (news) => relayed.report({ kind: 'moved', ...news }),
      onRenewed: () => {
        ready.renew();
        // What the one before it was told may not have come.
        report({ kind: 'unsure' });
      },
      onFailure: fail,
      log: (text) => report({ kind: 'log', text }),
      signal: over,
    });
    onDoubt?.((limitMs) => void listening.prove(limitMs));
    void proveNowAndThen({ ready, listening, signal: over });
    await Promise.race([failed, aborted(closing.kindly)]);
  } finally {
    end();
    await relayed.close(closing);
    await ready.over;
  }
}

interface Rate {
  readonly received: (bytes: number) => void;
  /** Calls the listener with what is to be said of it, where that is another now; there is one listener at a time. */
  readonly onChange: (listener: (text: string) => void) => void;
}

/** While something comes, it is another each moment. */
const RATE_MS = 2_000;

function createRate(): Rate {
  let state: RateState = {};
  let told = { text: '', atMs: Number.NEGATIVE_INFINITY };
  let listener: ((text: string) => void) | undefined;
  return {
    received: (bytes) => {
      const nowMs = performance.now();
      state = rateAfter(state, bytes, nowMs);
      const text = describeRate(state);
      if (listener === undefined || text === told.text || nowMs - told.atMs < RATE_MS) return;
      told = { text, atMs: nowMs };
      listener(text);
    },
    onChange: (next) => {
      listener = next;
    },
  };
}

const connected = ({ rung }: PeerLink, { relay, refs }: Relayed, rate = ''): Connected => ({
  kind: 'connected',
  how: `${peerRow.describe(rung)}${rate}`,
  relay,
  ...(refs && { refs }),
});

/** Said once, before anything that has to wait. A peer that does not know how is left in peace. */
async function inviteInReturn({ stream, features }: PeerSession, { peer, report, closing }: PeerLink): Promise<void> {
  if (peer.invitation === undefined) return;
  if (!features.has('invitation')) return report({ kind: 'invitation-given', taken: false, why: TAKES_NONE });
  const asking = { stream, answerMs: PEER.answerMs, signal: closing.kindly };
  report({ kind: 'phase', phase: 'asking the peer to be let in', limitMs: PEER.answerMs });
  const line = formatP2pLine('INVITATION', peer.invitation);
  const answer = await ask(asking, line, 'INVITATION').catch((error: unknown) => {
    throw closing.kindly.aborted ? error : failureBehind(error);
  });
  if (answer.word === 'INVITATION-TAKEN') return report({ kind: 'invitation-given', taken: true });
  report({ kind: 'invitation-given', taken: false, why: saidBy('it', answer.rest) });
}

const TAKES_NONE = 'it takes no invitation over a link, as git-annex does not';

/** Where git does not use the link, a stream is opened when refs are to be listed, which is rare. */
function readyFor(task: LinkTask, options: ReadyStreamsOptions): ReadyStreams {
  if (task.relaySocket !== undefined) return createReadyStreams(options);
  return {
    take: async () => undefined,
    isAnswered: async () => false,
    renew: () => undefined,
    over: Promise.resolve(),
  };
}

/** A signal that is aborted by `end`, or with another one, of which it lets go then. */
function createEnd(signal: AbortSignal): { over: AbortSignal; end: () => void } {
  const control = new AbortController();
  const end = (): void => {
    signal.removeEventListener('abort', end);
    control.abort();
  };
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  return { over: control.signal, end };
}

/** Rejects with what it is failed by first. */
function createFailing(): { failed: Promise<never>; fail: (why: DaemonError) => void } {
  let fail = (_why: DaemonError): void => undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);
  return { failed, fail };
}
