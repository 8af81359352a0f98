// Owns: which of a remote's rungs is in use, and why not a better one.
// Leaves: when a rung has failed (remote/link-step.ts), which there are (config/rungs/rungs.ts), and what each tells of
// itself (shared/rungs/rung.ts).
import { dispositionOf, type Failure, type FailureCode } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import type { Remote } from '../../../shared/remote.ts';
import { type Rung, rowOf } from '../../../shared/rungs/rungs.ts';
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
  const failed = new Set(failures.map(({ code }) => code));
  const index = remote.rungs.findIndex((rung, at) => at > choice.index && !rowOf(rung).isRuledOut(failed));
  return index < 0 ? undefined : { index, chosenAtMs: nowMs, failures };
}

/** What the end of a link means: `hasNextRung`, the failure is of this rung alone; `advised`, with advice for a person. */
export function judgeEnding(
  ending: Ending,
  remote: Remote,
  choice: RungChoice,
  nowMs: number,
): { readonly advised: Ending; readonly hasNextRung: boolean } {
  if (ending.kind !== 'failed') return { advised: ending, hasNextRung: false };
  const { failure } = ending;
  const hasNextRung = nextRung(remote, choice, failure, nowMs) !== undefined;
  return { advised: hasNextRung ? ending : { kind: 'failed', failure: tellingOfPin(remote, failure) }, hasNextRung };
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
export function whyNotBetter({ rungs, pin }: Remote, { failures }: RungChoice): string | undefined {
  const [best] = rungs;
  const byConfig = rowOf(best).whyNoBetter(best, pin && `${pin.key} is ${pin.value}`);
  return joined(byConfig, ...failures.map(({ detail }) => printable(detail)));
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

/** Whether a person need hear that a rung was given up; for the others the next one is right, and `status` says why. */
export const isWorthTelling = ({ code }: Failure): boolean => !AS_EXPECTED.has(code);

const AS_EXPECTED: ReadonlySet<FailureCode> = new Set([
  'shell-missing',
  'no-shell',
  'cannot-be-told',
  'nothing-tells',
  'deaf-file-system',
]);
