// Owns: that a stream to the peer is ready when one is needed: let in, waiting, and alive as far as it says.
// Leaves: dialling (dial.ts), and what is done with the stream (upload-pack-there.ts).
import { type DaemonError, dispositionOf } from '../../../shared/failures.ts';
import { FEATURES_QUESTION } from '../../../shared/p2p/lines.ts';
import { wait } from '../../../shared/timing/wait.ts';
import { within } from '../../../shared/timing/within.ts';
import { failureBehind, type PeerSession } from './session.ts';

export interface ReadyStream {
  readonly session: PeerSession;
  /** What the peer says next: it has to be asked first. */
  readonly nextLine: Promise<string | undefined>;
}

export interface ReadyStreams {
  /** The one that is ready, or is being opened; another takes its place. undefined: there is none now. */
  readonly take: () => Promise<ReadyStream | undefined>;
  /** Whether the one that is ready answers, within so many ms; where it does not, another takes its place. */
  readonly isAnswered: (limitMs: number) => Promise<boolean>;
  /** The one that is ready may be dead: it is dropped, and another takes its place. */
  readonly renew: () => void;
  /** Settles once none is ready, nor being opened: soon after the signal is aborted. */
  readonly over: Promise<void>;
}

export interface ReadyStreamsOptions {
  readonly open: (signal: AbortSignal) => Promise<PeerSession>;
  /** The peer does not let us in any more, or is another one now: none is opened from then on. */
  readonly onGiveUp: (why: DaemonError) => void;
  readonly signal: AbortSignal;
}

/** After one that could not be opened, or that ended soon: doubled each time, up to the longest. */
const AGAIN_MS = 1_000;
const LONGEST_MS = 600_000;
/** While one is in use, mostly by a fetch, the next is left for later: so long at most. */
const IN_USE_MS = 1_000;
/** One that was ready for so long has not failed. */
const LIVED_MS = 60_000;

type Taker = (stream: ReadyStream | undefined) => void;
/** The place of the one that is ready. */
type Place =
  | { readonly kind: 'empty' }
  /** `taker` waits for it. */
  | { readonly kind: 'opening'; readonly taker?: Taker }
  | { readonly kind: 'ready'; readonly stream: ReadyStream; readonly left: (how: Left) => void }
  /** Whether it is alive: not to be taken before it has answered. */
  | { readonly kind: 'asked'; readonly stream: ReadyStream; readonly left: (how: Left) => void };
/** `gone`: by itself. `closed` resolves when whoever took it has done with it. */
type Left = { readonly kind: 'taken'; readonly closed: Promise<void> } | { readonly kind: 'gone' };
const GONE: Left = { kind: 'gone' };
const taken = ({ session }: ReadyStream): Left => ({ kind: 'taken', closed: session.stream.closed });

export function createReadyStreams({ open, onGiveUp, signal }: ReadyStreamsOptions): ReadyStreams {
  let place: Place = { kind: 'empty' };
  const empty = (): Place => {
    const before = place;
    place = { kind: 'empty' };
    return before;
  };
  /** Keeps it until it is taken, or is none to be used any more: nothing was asked of it, so nothing is to come. */
  const keep = (session: PeerSession): Promise<Left> =>
    new Promise((left) => {
      hold(session, left);
      if (signal.aborted) drop(GONE);
    });
  const hold = (session: PeerSession, left: (how: Left) => void): void => {
    const stream = readyOn(session);
    const kept: Place = { kind: 'ready', stream, left };
    place = kept;
    const gone = (): void => {
      if (place === kept) drop(GONE);
    };
    stream.nextLine.then(gone, gone);
  };
  /** By the one question that both git-annex and ours answer without anything coming of it. */
  const isAnswered = async (limitMs: number): Promise<boolean> => {
    if (place.kind !== 'ready') return false;
    const { stream, left } = place;
    const asked: Place = { kind: 'asked', stream, left };
    place = asked;
    const isHeard = await isAnswering(stream, limitMs, signal);
    if (place !== asked) return isHeard;
    if (isHeard) hold(stream.session, left);
    else drop(GONE);
    return isHeard;
  };
  const drop = (how?: Left): void => {
    if (place.kind !== 'ready' && place.kind !== 'asked') return;
    const { stream, left } = place;
    empty();
    stream.session.stream.destroy();
    left(how ?? taken(stream));
  };
  const openOne = async (): Promise<Left> => {
    place = { kind: 'opening' };
    try {
      const session = await open(signal);
      const before = empty();
      if (before.kind !== 'opening' || before.taker === undefined) return keep(session);
      const stream = readyOn(session);
      before.taker(stream);
      return taken(stream);
    } catch (error) {
      const before = empty();
      if (before.kind === 'opening') before.taker?.(undefined);
      throw error;
    }
  };
  const keepOneReady = async (): Promise<void> => {
    for (let againMs = AGAIN_MS; !signal.aborted; ) {
      const startedAtMs = performance.now();
      const how = await openOne().catch(failureBehind);
      if (signal.aborted) return;
      if ('code' in how && dispositionOf(how.code) === 'give-up') return onGiveUp(how);
      const isTaken = 'kind' in how && how.kind === 'taken';
      if (isTaken) await within(how.closed, IN_USE_MS, signal);
      if (isTaken || performance.now() - startedAtMs > LIVED_MS) {
        againMs = AGAIN_MS;
        continue;
      }
      await wait(againMs, signal);
      againMs = Math.min(2 * againMs, LONGEST_MS);
    }
  };
  signal.addEventListener('abort', () => drop(GONE), { once: true });
  return {
    take: async () => {
      const before = place;
      if (before.kind === 'opening' && before.taker === undefined) {
        return new Promise((taker) => {
          place = { kind: 'opening', taker };
        });
      }
      if (before.kind !== 'ready') return undefined;
      empty();
      before.left(taken(before.stream));
      return before.stream;
    },
    isAnswered,
    renew: () => drop(),
    over: keepOneReady(),
  };
}

async function isAnswering({ session, nextLine }: ReadyStream, limitMs: number, signal: AbortSignal): Promise<boolean> {
  let isHeard = false;
  const heard = session.stream.writeLine(FEATURES_QUESTION).then(async () => {
    isHeard = (await nextLine) !== undefined;
  });
  await within(heard, limitMs, signal).catch(() => undefined);
  return isHeard;
}

function readyOn(session: PeerSession): ReadyStream {
  const nextLine = session.stream.readLine();
  // Whoever takes it may have come no further than to its question when it fails.
  nextLine.catch(() => undefined);
  return { session, nextLine };
}
