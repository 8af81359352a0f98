// Owns: what the lines of a notify command mean, and making few reports of many lines.
// Leaves: reading the lines (notify-command.ts), and what is done about a report (main/supervisor/remote).
import { gatherMovedRefs, type Moved } from '../../shared/refs/moved-refs.ts';
import { parseRefName, type RefName } from '../../shared/remote.ts';
import { wait } from '../../shared/timing/wait.ts';
import type { TransportReport } from '../transport.ts';

/** Lines that come together are told together. */
const TOGETHER_MS = 20;
/** Each report may cost a fetch or a listing: of a steady stream there is one in this time. */
const AT_MOST_EVERY_MS = 1_000;

export interface Hints {
  readonly take: (line: string) => void;
  /** Resolves with the first line. */
  readonly first: Promise<void>;
  /** From here on what was taken is reported, and what will be. */
  readonly begin: () => void;
}

export interface HintsOptions {
  readonly report: (report: TransportReport) => void;
  /** Whether a fetch would look at a ref. */
  readonly isWanted: (ref: RefName) => boolean;
  /** Aborted, nothing is reported any more. */
  readonly over: AbortSignal;
}

export function createHints({ report, isWanted, over }: HintsOptions): Hints {
  const moved = gatherMovedRefs();
  /** A line named none. */
  let isVague = false;
  let isTelling = false;
  let ring = (): void => undefined;
  const first = new Promise<void>((resolve) => {
    ring = resolve;
  });
  let lastMs = Number.NEGATIVE_INFINITY;
  const tell = async (begun: Promise<void>): Promise<void> => {
    await begun;
    await wait(Math.max(TOGETHER_MS, lastMs + AT_MOST_EVERY_MS - performance.now()), over);
    if (over.aborted) return;
    const now = reportOf(moved.take(), isVague);
    isVague = false;
    isTelling = false;
    lastMs = performance.now();
    report(now);
  };
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  return {
    take: (line) => {
      ring();
      const named = refsIn(line);
      const refs = named.filter(isWanted);
      // As a pull request of a forge: no news here.
      if (named.length > 0 && refs.length === 0) return;
      isVague ||= refs.length === 0;
      for (const ref of refs) moved.add({ ref, tip: 'unknown' });
      if (isTelling) return;
      isTelling = true;
      void tell(begun);
    },
    first,
    begin,
  };
}

/** Full ref names that stand by themselves in a line. */
export const refsIn = (line: string): RefName[] => line.split(/\s+/).flatMap((word) => parseRefName(word) ?? []);

/** Without a name it is worth a look, which costs less than a fetch where nothing has moved. */
function reportOf(moved: Moved | undefined, isVague: boolean): TransportReport {
  if (moved === undefined) return { kind: 'unsure' };
  // One fetch sees to both.
  return { kind: 'moved', ...(!isVague && moved) };
}
