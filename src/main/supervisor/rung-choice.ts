// Owns: which of a remote's rungs is in use, and why not a better one.
// Leaves: when a rung has failed (remote-state.ts), and which there are (config/rungs.ts).
import type { Failure } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import type { Remote, Rung } from '../../shared/remote.ts';

/** After this long the better rungs are tried again: what a host offers may change. */
const PROBE_AGAIN_MS = 24 * 3_600_000;

export interface RungChoice {
  readonly index: number;
  readonly chosenAtMs: number;
  /** One line for a person: why each of the better rungs failed; undefined on the best rung. */
  readonly whyNotBetter: string | undefined;
}

export const bestRung = (nowMs: number): RungChoice => ({ index: 0, chosenAtMs: nowMs, whyNotBetter: undefined });

export const nextRung = (choice: RungChoice, failure: Failure, nowMs: number): RungChoice => ({
  index: choice.index + 1,
  chosenAtMs: nowMs,
  whyNotBetter: joined(choice.whyNotBetter, printable(failure.detail)),
});

/** The choice to open the next link with. */
export const rungToOpen = (choice: RungChoice, nowMs: number): RungChoice =>
  nowMs - choice.chosenAtMs > PROBE_AGAIN_MS ? bestRung(nowMs) : choice;

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
      return `git ls-remote every ${Math.round(rung.everyMs / 1_000)} s`;
    default:
      return rung satisfies never;
  }
}
