// Owns: what the serving of a network may tell main: lines for the log within a budget, and who is here now and then.
// Leaves: what is told (service.ts), and the port (serve-loop.ts).
import { printable } from '../../../shared/printable.ts';
import type { PeerHere, ServeReport } from '../../../shared/serve-messages.ts';
import { createLineBudget, leftOutText } from '../../../shared/timing/line-budget.ts';

export interface ServeOutbox {
  readonly report: (report: ServeReport) => void;
  /** In words that any stranger may have caused. */
  readonly log: (text: string) => void;
  /** Somebody showed a token that is none: told once a minute, however many they are. */
  readonly wrongToken: () => void;
  /** Who is here has changed: told soon, and all that changes until then with it. */
  readonly peersChanged: (now: () => readonly PeerHere[]) => void;
  readonly close: () => void;
}

const LINES = { most: 20, perMs: 20 / 60_000 };
const LEFT_OUT_MS = 30_000;
const PEERS_MS = 250;
const WRONG_MS = 60_000;

export function createServeOutbox(post: (report: ServeReport) => void, nowMs = () => performance.now()): ServeOutbox {
  const lines = createLineBudget({
    allowance: LINES,
    tell: (leftOut) => post({ kind: 'log', text: leftOutText(leftOut) }),
    tellAfterMs: LEFT_OUT_MS,
    nowMs,
  });
  const log = (text: string): void => lines.say(1, () => post({ kind: 'log', text: printable(text) }));
  const peers = pacing(PEERS_MS);
  const wrong = pacing(WRONG_MS);
  let wrongTokens = 0;
  const tellWrong = (): void => {
    if (wrongTokens > 0) log(wrongText(wrongTokens));
    wrongTokens = 0;
  };
  return {
    report: (report) => post(report.kind === 'listening' ? { ...report, how: printable(report.how) } : report),
    log,
    wrongToken: () => {
      wrongTokens += 1;
      wrong.ask(tellWrong);
    },
    peersChanged: (now) => peers.ask(() => post({ kind: 'peers', peers: now() })),
    close: () => {
      peers.close();
      wrong.close();
      tellWrong();
      lines.close();
    },
  };
}

const wrongText = (count: number): string =>
  count === 1
    ? 'somebody with a wrong token was not let in'
    : `${count} times somebody with a wrong token was not let in`;

/** Does what is asked for at once, and then not before the interval is over: what is asked last counts. */
function pacing(intervalMs: number) {
  let timer: NodeJS.Timeout | undefined;
  let next: (() => void) | undefined;
  const rest = (): void => {
    timer = undefined;
    const act = next;
    next = undefined;
    if (act) run(act);
  };
  const run = (act: () => void): void => {
    timer = setTimeout(rest, intervalMs).unref();
    act();
  };
  return {
    ask: (act: () => void): void => {
      if (timer === undefined) run(act);
      else next = act;
    },
    close: (): void => {
      clearTimeout(timer);
      // Nothing is told any more.
      timer = setTimeout(() => undefined, 0).unref();
      next = undefined;
    },
  };
}
