// Owns: which of a remote's rungs is in use, and why not a better one.
// Leaves: when a rung has failed (remote-state.ts), and which there are (config/rungs.ts).
import { dispositionOf, type Failure, type FailureCode } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import type { Remote, Rung } from '../../shared/remote.ts';

/** After this long the better rungs are tried again: what a host offers may change. */
const PROBE_AGAIN_MS = 24 * 3_600_000;
/** What was found out so long ago is not relied on when the rung in use fails: the server may be another by now. */
const FRESH_MS = 600_000;

export interface RungChoice {
  readonly index: number;
  readonly chosenAtMs: number;
  /** One line for a person: why each of the better rungs failed; undefined on the best rung. */
  readonly whyNotBetter: string | undefined;
}

export const bestRung = (nowMs: number): RungChoice => ({ index: 0, chosenAtMs: nowMs, whyNotBetter: undefined });

/** The rung to fall back to when the one in use is not for this remote; undefined: there is none. */
export function nextRung(remote: Remote, choice: RungChoice, failure: Failure, nowMs: number): RungChoice | undefined {
  if (isLower(choice) && nowMs - choice.chosenAtMs > FRESH_MS) return bestRung(nowMs);
  if (choice.index + 1 >= remote.rungs.length) return undefined;
  const why = joined(choice.whyNotBetter, printable(failure.detail));
  return { index: choice.index + 1, chosenAtMs: nowMs, whyNotBetter: why };
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
  const byConfig = best.kind === 'server-watch' ? best.why : undefined;
  return joined(byConfig, choice.whyNotBetter) ?? (rung.kind === 'poll' ? rung.why : undefined);
}

/** In the order of the rungs. A host that is asked twice may give one reason for both. */
function joined(...reasons: readonly (string | undefined)[]): string | undefined {
  const known = new Set(reasons.filter((reason) => reason !== undefined));
  return known.size > 0 ? [...known].join('; ') : undefined;
}

/** For `status`, before the link itself has said it more exactly. */
export function describeRung(rung: Rung): string {
  switch (rung.kind) {
    case 'annex-shell':
      return 'git-annex-shell notifychanges over ssh';
    case 'server-watch':
      return 'a watcher on the server, over ssh';
    case 'local-watch':
      return `file system watch of ${rung.path}`;
    case 'poll':
      return `${rung.target ? 'listing its refs over ssh' : 'git ls-remote'} every ${Math.round(rung.everyMs / 1_000)} s`;
    default:
      return rung satisfies never;
  }
}

/** Whether a person need hear that a rung was given up; for the others the next one is right, and `status` says why. */
export const isWorthTelling = ({ code }: Failure): boolean => !AS_EXPECTED.has(code);

const AS_EXPECTED: ReadonlySet<FailureCode> = new Set(['shell-missing', 'no-shell', 'deaf-file-system']);
