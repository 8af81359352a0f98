// Owns: that no remote fills the log: each has a share, so that what the others said, and what it said itself, is kept.
// Leaves: writing lines (log.ts).
import type { LogLevel } from '../../shared/log-line.ts';
import { createLineBudget, type LineBudget, leftOutText } from '../../shared/timing/line-budget.ts';
import type { Allowance } from '../../shared/timing/token-bucket.ts';

/** In bytes, of the 2 MiB there are: 64 KiB at once, and 4 KiB a minute, which is a line for each second or two. */
const SHARE: Allowance = { most: 64 * 1024, perMs: (4 * 1024) / 60_000 };
/** What is told of all that is done is more, and only where somebody wanted it; it takes nothing from the other lines. */
const DEBUG_SHARE: Allowance = { most: 128 * 1024, perMs: (32 * 1024) / 60_000 };
/** Of a share, in bytes: what is only for information leaves it to what is wrong. */
const FOR_WARNINGS = SHARE.most / 4;
const LEFT_OUT_MS = 60_000;

export interface LogShares {
  /** Writes a line of a remote, of so many bytes, if its share has room for that; else it is counted. */
  readonly write: (
    remote: string,
    line: { readonly bytes: number; readonly level: LogLevel },
    write: () => void,
  ) => void;
  /** Says of each remote how many lines were left out. */
  readonly close: () => void;
}

/** `tell` is called for what was left out; a remote's name is no text of a stranger, and there are as many as there are remotes. */
export function createLogShares(
  tell: (remote: string, text: string) => void,
  nowMs = (): number => performance.now(),
): LogShares {
  const [shares, debugShares] = [new Map<string, LineBudget>(), new Map<string, LineBudget>()];
  const shareOf = (remote: string, isDebug: boolean): LineBudget => {
    const among = isDebug ? debugShares : shares;
    const known = among.get(remote);
    if (known) return known;
    const told = (leftOut: number): void => tell(remote, leftOutText(leftOut));
    const allowance = isDebug ? DEBUG_SHARE : SHARE;
    const share = createLineBudget({ allowance, tell: told, tellAfterMs: LEFT_OUT_MS, nowMs });
    among.set(remote, share);
    return share;
  };
  return {
    write: (remote, { bytes, level }, write) =>
      shareOf(remote, level === 'debug').say(bytes, write, level === 'info' ? FOR_WARNINGS : 0),
    close: () => {
      for (const share of [...shares.values(), ...debugShares.values()]) share.close();
    },
  };
}
