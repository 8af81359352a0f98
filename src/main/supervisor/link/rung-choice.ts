// Owns: which of a remote's rungs is in use, and why not a better one.
// Leaves: when a rung has failed (remote/link-state.ts), and which there are (config/rungs/rungs.ts).
import { dispositionOf, type Failure, type FailureCode } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import type { Remote, Rung } from '../../../shared/remote.ts';
import type { Ending } from '../../../shared/thread-messages.ts';

/** After this long the better rungs are tried again: what a host offers may change. */
const PROBE_AGAIN_MS = 24 * 3_600_000;
/** What was found out so long ago is not relied on when the rung in use fails: the server may be another by now. */
const FRESH_MS = 600_000;

export interface RungChoice {
  readonly index: number;
  readonly chosenAtMs: number;
  /** Why each of the better rungs failed that were tried, in their order. */
  readonly failures: readonly Failure[];
}

export const bestRung = (nowMs: number): RungChoice => ({ index: 0, chosenAtMs: nowMs, failures: [] });

/** The rung to fall back to when the one in use is not for this remote; undefined: there is none. */
export function nextRung(remote: Remote, choice: RungChoice, failure: Failure, nowMs: number): RungChoice | undefined {
  if (isLower(choice) && nowMs - choice.chosenAtMs > FRESH_MS) return bestRung(nowMs);
  const failures = [...choice.failures, failure];
  const index = remote.rungs.findIndex((rung, at) => at > choice.index && !isRuledOut(rung, failures));
  return index < 0 ? undefined : { index, chosenAtMs: nowMs, failures };
}

/** What the end of a link means: `hasNextRung`, the failure is of this rung alone; `told`, with advice for a person. */
export function judgeEnding(
  ending: Ending,
  remote: Remote,
  choice: RungChoice,
  nowMs: number,
): { readonly told: Ending; readonly hasNextRung: boolean } {
  if (ending.kind !== 'failed') return { told: ending, hasNextRung: false };
  const { failure } = ending;
  const hasNextRung = nextRung(remote, choice, failure, nowMs) !== undefined;
  return { told: hasNextRung ? ending : { kind: 'failed', failure: tellingOfPin(remote, failure) }, hasNextRung };
}

/** Whether the failures of better rungs tell that this one would fail too, so that it need not be asked for. */
function isRuledOut(rung: Rung, failures: readonly Failure[]): boolean {
  const has = (code: FailureCode): boolean => failures.some((failure) => failure.code === code);
  switch (rung.kind) {
    case 'annex-shell':
      return has('nothing-tells');
    case 'server-watch':
      // Below another it is for where that one had all but somebody to tell it.
      return !has('nothing-tells') && !has('cannot-be-told');
    case 'local-watch':
    case 'poll':
      return false;
    default:
      return rung satisfies never;
  }
}

/** The choice to open the next link with. `failure`: why the last one ended, unless it was told to. */
export function rungToOpen(choice: RungChoice, nowMs: number, failure?: Failure): RungChoice {
  const hasFailed = failure && dispositionOf(failure.code) === 'retry' && !OF_THE_NETWORK.has(failure.code);
  const isStale = hasFailed === true && isLower(choice) && nowMs - choice.chosenAtMs > FRESH_MS;
  return isStale || shouldProbe(choice, nowMs) ? bestRung(nowMs) : choice;
}

/** Whether it is so long since the better rungs were tried that a link which works is given up for it. */
export const shouldProbe = (choice: RungChoice, nowMs: number): boolean =>
  isLower(choice) && nowMs - choice.chosenAtMs > PROBE_AGAIN_MS;

const isLower = ({ index }: RungChoice): boolean => index > 0;

/** These tell nothing of what the server offers. */
const OF_THE_NETWORK: ReadonlySet<FailureCode> = new Set(['unreachable', 'timed-out', 'dropped', 'cancelled']);

export const rungOf = (remote: Remote, choice: RungChoice): Rung => remote.rungs[choice.index] ?? remote.rungs[0];

/** Why the remote is watched no better, for `status`; undefined on the best rung there is. */
export function whyNotBetter(remote: Remote, choice: RungChoice): string | undefined {
  const [best] = remote.rungs;
  const rung = rungOf(remote, choice);
  const byConfig = best.kind === 'server-watch' ? (best.why ?? pinOf(remote, best)) : pinOf(remote, best);
  const failed = choice.failures.map(({ detail }) => printable(detail));
  return joined(byConfig, ...failed) ?? (rung.kind === 'poll' ? rung.why : undefined);
}

/** Who may have forgotten that the config asks for this way. A path is watched so without being asked; polls say it themselves. */
function pinOf({ pin }: Remote, { kind }: Rung): string | undefined {
  const isTold = kind === 'annex-shell' || kind === 'server-watch';
  return pin && isTold ? `${pin.key} is ${pin.value}` : undefined;
}

/** In the order of the rungs. A host that is asked twice may give one reason for both. */
function joined(...reasons: readonly (string | undefined)[]): string | undefined {
  const known = new Set(reasons.filter((reason) => reason !== undefined));
  return known.size > 0 ? [...known].join('; ') : undefined;
}

/** What a person is told of the failure of the only way that the config allows; else the failure as it is. */
function tellingOfPin({ pin }: Remote, failure: Failure): Failure {
  if (pin === undefined || dispositionOf(failure.code) !== 'fall-back') return failure;
  const advice = `${pin.key} asks for this way: unset it to let the daemon choose`;
  return { ...failure, detail: `${failure.detail}; ${advice}` };
}

/** For `status`, before the link itself has said it more exactly. */
export function describeRung(rung: Rung): string {
  switch (rung.kind) {
    case 'annex-shell':
      return 'git-annex-shell notifychanges over ssh';
    case 'server-watch':
      return 'a watcher on the server, over ssh';
    case 'local-watch':
      return `a file system watch of ${rung.path}`;
    case 'poll':
      return `${rung.target ? 'listing its refs over ssh' : 'git ls-remote'} every ${Math.round(rung.everyMs / 1_000)} s`;
    default:
      return rung satisfies never;
  }
}

/** Whether a person need hear that a rung was given up; for the others the next one is right, and `status` says why. */
export const isWorthTelling = ({ code }: Failure): boolean => !AS_EXPECTED.has(code);

const AS_EXPECTED: ReadonlySet<FailureCode> = new Set([
  'shell-missing',
  'no-shell',
  'cannot-be-told',
  'nothing-tells',
  'deaf-file-system',
]);
