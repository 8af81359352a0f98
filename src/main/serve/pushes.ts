// Owns: the pushes of peers over one served network: their turns, what each is told, and their end.
// Leaves: whose turn it is (main/git/git-lane.ts), and git itself, which the worker runs (workers/peer/server).
import type { Failure } from '../../shared/failures.ts';
import type { PeerIdentity, ServeOrder, ServeReport } from '../../shared/serve-messages.ts';
import type { Outcome, RunningOperation } from '../git/operation.ts';
import type { Shown } from '../git/progress.ts';
import type { WriteRequests } from '../git/write-requests.ts';
import { SERVICE } from '../patience.ts';

export interface PushesTools extends WriteRequests {
  /** What the keys of these pushes begin with. */
  readonly keys: string;
  readonly order: (order: ServeOrder) => void;
  /** Why nobody may write here now; undefined: they may. */
  readonly whyNot: () => string | undefined;
  readonly nameOf: (peer: PeerIdentity) => string;
  readonly log: (text: string) => void;
  /** None runs any more. */
  readonly onIdle: () => void;
}

export interface Pushes {
  readonly onReport: (report: PushReport) => void;
  /** Whether somebody is in the middle of one. */
  readonly isRunning: () => boolean;
  /** The loop has ended, and with it whatever it ran. */
  readonly loopEnded: () => void;
}

export type PushReport = Extract<ServeReport, { kind: 'wants-write' | 'write-activity' | 'write-over' }>;

/** Of one token, waiting or running: who has asked for more has lost its way. */
const MOST_OF_ONE = 4;
const MOST = 32;
const TOO_MANY = 'too many pushes wait here already: try it again later';

interface Push {
  readonly key: string;
  readonly peer: PeerIdentity;
  /** Absent: it waits for its turn. */
  readonly running?: RunningPush;
}

export function createPushes({ keys, order, whyNot, nameOf, log, onIdle, ...requests }: PushesTools): Pushes {
  /** By the number of the turn. */
  const pushes = new Map<number, Push>();
  const whyNotNow = ({ tokenId, rights }: PeerIdentity): string | undefined => {
    if (rights !== 'write') return 'this repository may only be read by you';
    const ofOne = [...pushes.values()].filter(({ peer }) => peer.tokenId === tokenId).length;
    return ofOne >= MOST_OF_ONE || pushes.size >= MOST ? TOO_MANY : whyNot();
  };
  const isRunning = (): boolean => [...pushes.values()].some(({ running }) => running !== undefined);
  const deny = (turn: number, denial: string): void => order({ kind: 'write-turn', turn, denial });
  const wait = (turn: number, peer: PeerIdentity): void => {
    const push: Push = { key: `${keys} ${turn}`, peer };
    pushes.set(turn, push);
    requests.requestWrite({
      key: push.key,
      begin: () => {
        const running = runPush(() => order({ kind: 'end-write', turn }));
        pushes.set(turn, { ...push, running });
        log(`${nameOf(peer)} pushes`);
        order({ kind: 'write-turn', turn });
        return running.operation;
      },
      forgotten: () => {
        // Nobody asks for it any more, where it is over.
        if (pushes.delete(turn)) deny(turn, whyNot() ?? 'it cannot be taken just now: try it again later');
      },
      done: (outcome) => {
        pushes.delete(turn);
        log(`${nameOf(peer)} ${howItEnded(outcome)}`);
        if (!isRunning()) onIdle();
      },
    });
  };
  const over = (turn: number, outcome: Outcome): void => {
    const { running, key } = pushes.get(turn) ?? {};
    if (running) running.over(outcome);
    else if (key !== undefined && pushes.delete(turn)) requests.withdrawWrite(key);
  };
  const wants = (turn: number, peer: PeerIdentity): void => {
    const denial = whyNotNow(peer);
    if (denial === undefined) wait(turn, peer);
    else deny(turn, denial);
  };
  return {
    onReport: (report) => {
      switch (report.kind) {
        case 'wants-write':
          return wants(report.turn, report.peer);
        case 'write-activity':
          return pushes.get(report.turn)?.running?.sign({ bytes: report.bytes, works: false });
        case 'write-over':
          return over(report.turn, report.ok ? { ok: true } : failedBy(report.detail ?? 'git did not say why'));
        default:
          return report satisfies never;
      }
    },
    isRunning,
    loopEnded: () => {
      for (const turn of [...pushes.keys()]) over(turn, CUT_SHORT);
    },
  };
}

interface RunningPush {
  readonly operation: RunningOperation;
  readonly sign: (shown: Shown) => void;
  readonly over: (outcome: Outcome) => void;
}

/** `end` asks for it to end. */
function runPush(end: () => void): RunningPush {
  let sign = (_shown: Shown): void => undefined;
  let over = (_outcome: Outcome): void => undefined;
  const finished = new Promise<Outcome>((resolve) => {
    over = resolve;
  });
  return {
    operation: {
      finished,
      onSign: (listener) => {
        sign = listener;
      },
      end: async () => {
        end();
        const timer = setTimeout(() => over(NEVER_ENDED), SERVICE.writeEndedMs);
        await finished;
        clearTimeout(timer);
      },
    },
    sign: (shown) => sign(shown),
    over: (outcome) => over(outcome),
  };
}

const failedBy = (detail: string, code: Failure['code'] = 'remote-error'): Outcome => ({
  ok: false,
  failure: { code, detail },
});

const CUT_SHORT = failedBy('it was ended before it was done', 'cancelled');
const NEVER_ENDED = failedBy('it does not end, and its turn goes to others all the same', 'worker-hung');

const howItEnded = (outcome: Outcome): string =>
  outcome.ok ? 'has pushed' : `could not push: ${outcome.failure.detail}`;
