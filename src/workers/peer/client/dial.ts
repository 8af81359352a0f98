// Owns: the streams of one link to a peer on which this repository is let in: as many as it may have, and their end.
// Leaves: the networks (../network), what is said first (session.ts), and which stream is for what (ready-streams.ts).
import { DaemonError } from '../../../shared/failures.ts';
import type { PeerAddress } from '../../../shared/p2p/address.ts';
import { unlessAborted } from '../../../shared/timing/wait.ts';
import { within } from '../../../shared/timing/within.ts';
import { answerOf } from '../../answer-of.ts';
import { CLOSING, PEER } from '../../patience.ts';
import type { Network, NetworkContext } from '../network/network.ts';
import { openP2pStream, type P2pStream } from '../p2p-stream.ts';
import { openSession, type PeerSession, type PeerTraits } from './session.ts';
import { readToken } from './token.ts';

/** What a dialler is busy with, and how many ms it gives that. */
export type OnDialling = (phase: 'reaching the peer' | 'asking the peer to be let in', limitMs: number) => void;

/** To listen, for which there is always one; or for a service, of which the peer is not asked again what it knows. */
export type Purpose = 'listening' | 'service';

export interface Dialler {
  /** Throws a DaemonError, or what the signal was aborted with. */
  readonly open: (purpose: Purpose, signal: AbortSignal, onPhase?: OnDialling) => Promise<PeerSession>;
  /** Drops all streams. Resolves when they are gone, or soon after `now`. */
  readonly close: (now: AbortSignal) => Promise<void>;
}

export interface DiallerOptions {
  readonly network: Network;
  readonly address: PeerAddress;
  readonly context: NetworkContext;
  readonly ownUuid: string;
  readonly expectedUuid: string | undefined;
  readonly received: (bytes: number) => void;
}

/**
 * Beside the one that listens: one that is ready, an upload-pack that waits, and what a fetch, a listing and those that
 * just end need at once. A peer of ours gives one token sixteen.
 */
const MOST_STREAMS = 8;

export function createDialler(options: DiallerOptions): Dialler {
  const { network, address, context, ownUuid, expectedUuid, received } = options;
  const streams = new Set<P2pStream>();
  let dialling = 0;
  let known: PeerTraits | undefined;
  const dial = async (signal: AbortSignal): Promise<P2pStream> => {
    const duplex = await network.dial(address, context, signal);
    const stream = openP2pStream(duplex, received);
    streams.add(stream);
    void stream.closed.then(() => streams.delete(stream));
    return stream;
  };
  const reach = (signal: AbortSignal): Promise<P2pStream> =>
    answerOf(dialOrDrop(dial), signal, {
      limitMs: PEER.dialMs,
      late: () => new DaemonError('unreachable', `the peer is not reached within ${PEER.dialMs / 1_000} s`),
    });
  const open: Dialler['open'] = async (purpose, signal, onPhase) => {
    const token = readToken(address, { gitDir: context.gitDir, environment: process.env });
    onPhase?.('reaching the peer', PEER.dialMs);
    const stream = await reach(signal);
    // To be let in, and what it knows.
    onPhase?.('asking the peer to be let in', 2 * PEER.answerMs);
    const session = await openSession(stream, {
      ownUuid,
      token,
      expectedUuid: expectedUuid ?? known?.uuid,
      knownFeatures: purpose === 'service' ? known?.features : undefined,
      signal,
    });
    const { uuid, features } = session;
    known = { uuid, features };
    return session;
  };
  return {
    open: async (purpose, signal, onPhase) => {
      signal.throwIfAborted();
      if (purpose === 'service' && streams.size + dialling >= MOST_STREAMS)
        throw new DaemonError('not-now', `${MOST_STREAMS} streams to the peer are in use`);
      dialling += 1;
      try {
        return await open(purpose, signal, onPhase);
      } finally {
        dialling -= 1;
      }
    },
    close: async (now) => {
      const closed = [...streams].map((stream) => {
        stream.destroy();
        return stream.closed;
      });
      await within(Promise.all(closed), CLOSING.childMs, now);
    },
  };
}

/** A stream that comes when nobody waits for it any more is dropped. */
const dialOrDrop =
  (dial: (signal: AbortSignal) => Promise<P2pStream>) =>
  (signal: AbortSignal): Promise<P2pStream> => {
    const dialled = dial(signal);
    dialled.then(
      (stream) => {
        if (signal.aborted) stream.destroy();
      },
      () => undefined,
    );
    return unlessAborted(dialled, signal);
  };
