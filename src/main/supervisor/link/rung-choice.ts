// Owns: which of a remote's rungs is in use, when the better ones are tried again, and why it is not one of those.
// Leaves: what the end of a link says of its rung (rung-ending.ts), which rungs there are (config/rungs/rungs.ts), and
// what each tells of itself (shared/rungs/rung.ts).
import { dispositionOf, type Failure, type FailureCode } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import type { Remote } from '../../../shared/remote.ts';
import { type Rung, rowOf } from '../../../shared/rungs/rungs.ts';
import { shownWord } from '../../../shared/shell-word.ts';
import type { Ending } from '../../../shared/thread-messages.ts';
import type { LinkState } from '../remote/link-state.ts';
import { mayPass, type RungVerdict, stageOf, verdictOn } from './rung-ending.ts';

const MINUTE_MS = 60_000;
/** After this long the better rungs are tried again: what a host offers may change. */
const PROBE_AGAIN_MS = 24 * 60 * MINUTE_MS;
/** And so soon, one after the other, where they failed in a way that may have passed. */
const PROBE_SOON_MS: readonly number[] = [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS];
/** What was found out so long ago is not relied on when the rung in use fails: the server may be another by now. */
const FRESH_MS = 10 * MINUTE_MS;
/** A rung that ended oddly so often, without having been up, is passed by. */
const MOST_ODD_ENDS = 2;

export interface RungChoice {
  readonly index: number;
  readonly chosenAtMs: number;
  /** Why each of the better rungs failed that were tried, in their order. */
  readonly failures: readonly Failure[];
  /** Odd ends of links by this rung, since it was up last. */
  readonly oddEnds: number;
  /** The better rungs failed in a way that may pass, or in company with other trouble. */
  readonly inDoubt: boolean;
  /** How often they were tried again for that. */
  readonly probes: number;
}

export const bestRung = (nowMs: number, probes = 0): RungChoice => ({
  index: 0,
  chosenAtMs: nowMs,
  failures: [],
  oddEnds: 0,
  inDoubt: false,
  probes,
});

export interface RungJudgement {
  /** With advice for a person. */
  readonly advised: Ending;
  /** The failure is of this rung alone: the next one is tried at once. */
  readonly isPassed: boolean;
  /** Whether it is an error to whoever asks for the last one. */
  readonly isError: boolean;
  readonly choice: RungChoice;
}

/** What the end of a link means for the rung it went by. `link`: as it was when it ended. */
export function judgeEnding(
  ending: Ending,
  remote: Remote,
  choice: RungChoice,
  link: LinkState,
  nowMs: number,
): RungJudgement {
  // One that was told to close shows nothing any more.
  const isJudged = link.kind === 'opening' || link.kind === 'connected';
  if (ending.kind !== 'failed') return { advised: ending, isPassed: false, isError: false, choice };
  if (!isJudged) return { advised: ending, isPassed: false, isError: true, choice };
  const { failure } = ending;
  const stage = stageOf(link);
  const verdict = verdictOn(failure.code, stage);
  const oddEnds = choice.oddEnds + (verdict === 'odd' ? 1 : 0);
  const isTroubled = link.kind === 'opening' && link.failures > 0;
  if (verdict === 'unfit' || oddEnds >= MOST_ODD_ENDS) {
    const next = nextRung(remote, choice, failure, nowMs, isTroubled);
    const advised: Ending = { kind: 'failed', failure: tellingOfMove(remote, failure) };
    if (next) return { advised, isPassed: true, isError: isErrorThough(verdict, failure), choice: next };
  }
  const advised: Ending = { kind: 'failed', failure: tellingOfMove(remote, tellingOfPin(remote, failure, verdict)) };
  return { advised, isPassed: false, isError: true, choice: kept({ ...choice, oddEnds }, stage === 'up', nowMs) };
}

/** That a rung is not for this remote is no error: `status` says it beside the rung that is. */
const isErrorThough = (verdict: RungVerdict, { code }: Failure): boolean => verdict === 'odd' || code === 'unanswered';

/** Where there is no next rung, all of them were tried: what they failed by may be one and the same. */
function kept(choice: RungChoice, wasUp: boolean, nowMs: number): RungChoice {
  if (!isLower(choice) || wasUp) return choice;
  return choice.oddEnds >= MOST_ODD_ENDS ? bestRung(nowMs, choice.probes) : { ...choice, inDoubt: true };
}

/** The rung to fall back to when the one in use is not for this remote; undefined: there is none. */
export function nextRung(
  remote: Remote,
  choice: RungChoice,
  failure: Failure,
  nowMs: number,
  isTroubled = false,
): RungChoice | undefined {
  if (isLower(choice) && nowMs - choice.chosenAtMs > FRESH_MS) return bestRung(nowMs);
  const failures = [...choice.failures, failure];
  const failed = new Set(failures.map(({ code }) => code));
  const index = remote.rungs.findIndex((rung, at) => at > choice.index && !rowOf(rung).isRuledOut(failed));
  if (index < 0) return undefined;
  const inDoubt = choice.inDoubt || isTroubled || mayPass(failure.code);
  return { ...choice, index, chosenAtMs: nowMs, failures, oddEnds: 0, inDoubt };
}

/** The choice to open the next link with. `failure`: why the last one ended, unless it was told to. */
export function rungToOpen(choice: RungChoice, nowMs: number, failure?: Failure): RungChoice {
  const hasFailed = failure && dispositionOf(failure.code) === 'retry' && !OF_THE_NETWORK.has(failure.code);
  const ageMs = nowMs - choice.chosenAtMs;
  if (!isLower(choice)) return choice;
  if (nowMs >= probeAtMs(choice)) return probing(choice, nowMs);
  // A link that is made anew anyway costs nobody the one that he has.
  if (choice.inDoubt && ageMs >= MINUTE_MS) return probing(choice, nowMs);
  return hasFailed && ageMs > FRESH_MS ? bestRung(nowMs) : choice;
}

/** When a link that works is given up to try the better rungs; never: there are none. */
export function probeAtMs({ index, chosenAtMs, inDoubt, probes }: RungChoice): number {
  if (index === 0) return Number.POSITIVE_INFINITY;
  return chosenAtMs + ((inDoubt ? PROBE_SOON_MS[probes] : undefined) ?? PROBE_AGAIN_MS);
}

/** The better rungs are tried again. */
export const probing = ({ probes, inDoubt }: RungChoice, nowMs: number): RungChoice =>
  bestRung(nowMs, inDoubt ? probes + 1 : probes);

/** Its link is up. */
export const proven = (choice: RungChoice): RungChoice => ({
  ...choice,
  oddEnds: 0,
  ...(isLower(choice) ? {} : { probes: 0 }),
});

const isLower = ({ index }: RungChoice): boolean => index > 0;

/** These tell nothing of what the server offers. */
const OF_THE_NETWORK: ReadonlySet<FailureCode> = new Set(['unreachable', 'timed-out', 'dropped', 'cancelled']);

export const rungOf = (remote: Remote, choice: RungChoice): Rung => remote.rungs[choice.index] ?? remote.rungs[0];

/** Why the remote is watched no better, for `status`; undefined on the best rung there is. */
export function whyNotBetter(remote: Remote, choice: RungChoice): string | undefined {
  const { rungs, pin } = remote;
  const { failures } = choice;
  const [best] = rungs;
  const byConfig = rowOf(best).whyNoBetter(best, pin && `${pin.key} is ${pin.value}`);
  const codes = failures.map(({ code }) => code);
  const isForge = codes.includes('no-shell') && codes.every((code) => NO_SHELL.has(code));
  if (isForge && rungOf(remote, choice).kind === 'poll') return joined(byConfig, OFFERS_NO_SHELL);
  return joined(byConfig, ...failures.map(({ detail }) => printable(detail)));
}

/** Each forge refuses each command in words of its own: that it serves git alone is all there is to know. */
const OFFERS_NO_SHELL = 'the server offers no shell';
const NO_SHELL: ReadonlySet<FailureCode> = new Set(['no-shell', 'shell-missing']);

/** Whether a better rung failed in a way that may be mended, or may pass. */
export const couldBeBetter = ({ failures }: RungChoice): boolean => failures.some(({ code }) => !AS_EXPECTED.has(code));

/** In the order of the rungs. A host that is asked twice may give one reason for both. */
function joined(...reasons: readonly (string | undefined)[]): string | undefined {
  const known = new Set(reasons.filter((reason) => reason !== undefined));
  return known.size > 0 ? [...known].join('; ') : undefined;
}

/** What a person is told of the failure of the only way that the config allows; else the failure as it is. */
function tellingOfPin({ pin }: Remote, failure: Failure, verdict: RungVerdict): Failure {
  if (pin === undefined || verdict !== 'unfit') return failure;
  const advice = `${pin.key} asks for this way: unset it to let the daemon choose`;
  return { ...failure, detail: `${failure.detail}; ${advice}` };
}

/** There is something, and no repository: mostly it was moved, or its URL never led there. */
function tellingOfMove({ name }: Remote, failure: Failure): Failure {
  if (failure.code !== 'no-repository') return failure;
  const advice = `if it has moved: 'git remote set-url ${shownWord(printable(name))} URL'`;
  return { ...failure, detail: `${failure.detail}; ${advice}` };
}

/**
 * Whether a person need hear that a rung was given up; for the others the next one is right, and `status` says why. What
 * was odd was told the first time.
 */
export const isWorthTelling = ({ code }: Failure): boolean =>
  code === 'unanswered' || (dispositionOf(code) === 'fall-back' && !AS_EXPECTED.has(code));

const AS_EXPECTED: ReadonlySet<FailureCode> = new Set([
  'shell-missing',
  'no-shell',
  'cannot-be-told',
  'nothing-tells',
  'deaf-file-system',
]);
