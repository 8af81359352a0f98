// Owns: answering whether all that the remote has is here: its refs listed, ours read, both compared.
// Leaves: listing (transports), reading (local-refs.ts), what equal means (shared/refs/all-here.ts).
import { DaemonError } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import { isAllHere } from '../../shared/refs/all-here.ts';
import type { Comparison } from '../../shared/remote.ts';
import type { LinkTask, Report } from '../../shared/thread-messages.ts';
import type { RemoteRefs } from '../transport.ts';
import { answerOf } from './answer-of.ts';
import { readTrackedRefs } from './local-refs.ts';

type Checked = Extract<Report, { kind: 'checked' | 'log' }>;

export interface RefCheck {
  /** One at a time; what is asked meanwhile is answered by one more, unless this one says that a fetch is needed. */
  readonly ask: (comparison: Comparison) => void;
  /** Reports nothing any more. Resolves when nothing of it is left; never rejects. */
  readonly close: () => Promise<void>;
}

export interface RefCheckOptions {
  readonly task: LinkTask;
  /** Of the link as it is now; undefined: it has none that could be told. */
  readonly refs: () => RemoteRefs | undefined;
  readonly report: (report: Checked) => void;
}

export function createRefCheck({ task, refs, report }: RefCheckOptions): RefCheck {
  let closed = false;
  /** To list them again would be for nothing. */
  let isTooMuch = false;
  let asked: Comparison | undefined;
  let work: Promise<void> | undefined;
  /** Of the one under way: what waits for a signal stays with it. */
  let over = new AbortController();

  const isSame = async (comparison: Comparison): Promise<boolean> => {
    over = new AbortController();
    const now = refs();
    if (now === undefined || isTooMuch) return false;
    try {
      const reading = answerOf((signal) => readTrackedRefs(task, signal), over.signal);
      const [remote, here] = await both(answerOf(now.list, over.signal), reading);
      const allHere = isAllHere(remote, here, task.refs, comparison);
      if (allHere) now.areHere(remote);
      return allHere;
    } catch (error) {
      isTooMuch = error instanceof DaemonError && error.code === 'too-many-refs';
      // The fetch that follows fails by the same, and says so to a person, or does better.
      if (!closed) report({ kind: 'log', text: `its refs were not compared: ${printable(String(error))}` });
      return false;
    }
  };
  const answerAll = async (): Promise<void> => {
    while (asked !== undefined && !closed) {
      const comparison = asked;
      asked = undefined;
      const allHere = await isSame(comparison);
      // A fetch sees also what moved since.
      if (!allHere) asked = undefined;
      if (!closed) report({ kind: 'checked', allHere });
    }
    work = undefined;
  };
  return {
    ask: (comparison) => {
      asked = comparison;
      work ??= answerAll();
    },
    close: async () => {
      closed = true;
      over.abort();
      await work;
    },
  };
}

/** Both, or the first failure, but in no case before both have settled. */
async function both<One, Other>(one: Promise<One>, other: Promise<Other>): Promise<[One, Other]> {
  await Promise.allSettled([one, other]);
  return Promise.all([one, other]);
}
