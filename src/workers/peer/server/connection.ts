// Owns: one stream of a peer from its first line to its end: hearing it, and doing what the conversation says.
// Leaves: what is to be done (conversation.ts), who may be here (door.ts), git and git-annex (connect.ts, objects.ts).
import type { Duplex } from 'node:stream';
import { failureOf } from '../../../shared/failures.ts';
import { formatP2pLine } from '../../../shared/p2p/lines.ts';
import type { PeerIdentity } from '../../../shared/serve-messages.ts';
import { errorCode } from '../../../shared/system/error-code.ts';
import { aborted } from '../../../shared/timing/wait.ts';
import { within } from '../../../shared/timing/within.ts';
import { openP2pStream, type P2pStream, ProtocolBreach } from '../p2p-stream.ts';
import type { Doing } from './admission.ts';
import { refuseGit } from './child-talk.ts';
import {
  agreed,
  type Conversation,
  complain,
  type Effect,
  FIRST,
  hear,
  letIn,
  refused,
  type TellBy,
} from './conversation.ts';

export type Verdict =
  | { readonly kind: 'let-in'; readonly peer: PeerIdentity }
  | { readonly kind: 'refused' }
  /** It is not worth an answer. */
  | { readonly kind: 'unanswered' }
  /** In words. */
  | { readonly kind: 'no-room'; readonly why: string };

/** What the house does for whoever is at its door. */
export interface Host {
  readonly ownUuid: string;
  readonly judge: (asked: Asked<'judge'>) => Promise<Verdict>;
  readonly agree: (version: number) => Promise<number>;
  /** The next line that tells of changes. Never settles where the guest has gone. */
  readonly nextChanges: (by: TellBy) => Promise<string>;
  /** Settles when it is over; the stream has no other use then. A text: why it was not begun. */
  readonly connect: (asked: Asked<'connect'>, stream: P2pStream) => Promise<string | undefined>;
  /** As `connect`; where it was not begun the stream goes on. */
  readonly objects: (asked: Asked<'objects'>, stream: P2pStream) => Promise<string | undefined>;
  /** A text: why it was not taken. */
  readonly invite: (asked: Asked<'invite'>) => Promise<string | undefined>;
  /** It begins something, or is through with it. */
  readonly does: (doing: Doing) => void;
  /** One of our own, which ends this stream. */
  readonly fault: (text: string) => void;
}

export type Asked<K extends Effect['kind']> = Extract<Effect, { kind: K }>;

/** To take what is said to it. */
const SAY_MS = 60_000;
/** To read our last words, once all are on their way, before the stream is destroyed. */
const GOODBYE_MS = 2_000;

/** Settles when the stream is gone; never rejects. `dropped`: it is to go at once. */
export async function converse(duplex: Duplex, host: Host, dropped: AbortSignal): Promise<void> {
  const stream = openP2pStream(duplex);
  void aborted(dropped).then(stream.destroy);
  try {
    await createTalk(stream, host).untilOver();
    stream.end();
    await goodbye(stream, dropped);
  } catch (error) {
    // A stream may break at any time, and what a stranger does wrong is nobody's concern but his own.
    const isHisOwn = error instanceof ProtocolBreach || errorCode(error) !== undefined || dropped.aborted;
    if (!isHisOwn) host.fault(failureOf(error).detail);
    if (error instanceof ProtocolBreach)
      await within(stream.writeLine(formatP2pLine('ERROR', error.message)), 100).catch(() => false);
  } finally {
    stream.destroy();
    await stream.closed;
  }
}

/** What was said last may take its time over a slow network, but it has to get on. */
async function goodbye(stream: P2pStream, dropped: AbortSignal): Promise<void> {
  const gone = Promise.all([stream.closed, drain(stream)]);
  let [unsent, stuckMs] = [stream.unsent(), 0];
  while (!(await within(gone, GOODBYE_MS, dropped)) && !dropped.aborted) {
    const before = unsent;
    unsent = stream.unsent();
    stuckMs = unsent < before ? 0 : stuckMs + GOODBYE_MS;
    if (unsent === 0 || stuckMs >= SAY_MS) return;
  }
}

/** What comes after the end is read, or it could cut off what was said last. */
async function drain(stream: P2pStream): Promise<void> {
  try {
    while ((await stream.readLine()) !== undefined);
  } catch {
    // It is to be closed anyway.
  }
}

function createTalk(stream: P2pStream, host: Host) {
  let state: Conversation = FIRST;
  /** The line after the one that is being dealt with, where somebody looks for it already. */
  let ahead: Promise<string | undefined> | undefined;

  const inTime = async (told: Promise<void>): Promise<void> => {
    if (!(await within(told, SAY_MS))) throw new ProtocolBreach('it takes nothing in');
  };
  const say = (line: string): Promise<void> => inTime(stream.writeLine(line));
  const nextLine = (): Promise<string | undefined> => {
    const line = ahead ?? stream.readLine();
    ahead = undefined;
    return line;
  };
  /** Whether it is still there to be told. */
  const tellChanges = async (by: TellBy): Promise<boolean> => {
    ahead = stream.readLine();
    const gone = ahead.then((line) => (line === undefined ? undefined : new Promise<never>(() => undefined)));
    const line = await Promise.race([host.nextChanges(by), gone]);
    if (line === undefined) return false;
    await say(line);
    return true;
  };
  const judge = async (asked: Asked<'judge'>): Promise<boolean> => {
    const verdict = await host.judge(asked);
    switch (verdict.kind) {
      case 'let-in':
        state = letIn(state, verdict.peer);
        return perform({ kind: 'say', line: formatP2pLine('AUTH-SUCCESS', host.ownUuid) });
      case 'refused': {
        const { next, effect } = refused(state);
        state = next;
        return perform(effect);
      }
      case 'no-room':
        return perform({ kind: 'end', line: formatP2pLine('ERROR', verdict.why) });
      case 'unanswered':
        return false;
      default:
        return verdict satisfies never;
    }
  };
  const agree = async (asked: number): Promise<boolean> => {
    const version = await host.agree(asked);
    state = agreed(state, version);
    return perform({ kind: 'say', line: formatP2pLine('VERSION', String(version)) });
  };
  const connect = async (asked: Asked<'connect'>): Promise<boolean> => {
    const why = await host.connect(asked, stream);
    return why === undefined ? false : perform({ kind: 'refuse-git', why });
  };
  const objects = async (asked: Asked<'objects'>): Promise<boolean> => {
    const why = await host.objects(asked, stream);
    return why === undefined ? false : perform({ kind: 'say', line: formatP2pLine('ERROR', why) });
  };
  const invite = async (asked: Asked<'invite'>): Promise<boolean> => {
    const why = await host.invite(asked);
    if (why === undefined) return perform({ kind: 'say', line: 'INVITATION-TAKEN' });
    const { next, effect } = complain(state, why);
    state = next;
    return perform(effect);
  };
  /** Whether the talk goes on. */
  const perform = async (effect: Effect): Promise<boolean> => {
    switch (effect.kind) {
      case 'say':
        await say(effect.line);
        return true;
      case 'end':
        if (effect.line !== undefined) await say(effect.line);
        return false;
      case 'judge':
        return judge(effect);
      case 'agree':
        return agree(effect.version);
      case 'tell-changes':
        return tellChanges(effect.by);
      case 'connect':
        return connect(effect);
      case 'refuse-git':
        await inTime(refuseGit(stream, effect.why));
        return false;
      case 'objects':
        return objects(effect);
      case 'invite':
        return invite(effect);
      default:
        return effect satisfies never;
    }
  };
  return {
    untilOver: async (): Promise<void> => {
      for (;;) {
        const line = await nextLine();
        if (line === undefined) return;
        const { next, effect } = hear(state, line);
        state = next;
        host.does(doingOf(effect));
        const goesOn = await perform(effect);
        host.does('idle');
        if (!goesOn) return;
      }
    },
  };
}

function doingOf(effect: Effect): Doing {
  // Who knows of MOVED is one of ours.
  if (effect.kind === 'tell-changes') return effect.by === 'MOVED' ? 'waiting-asking' : 'waiting';
  return effect.kind === 'connect' || effect.kind === 'objects' ? 'busy' : 'idle';
}
