// Owns: all that was done and said in a run, in its order: for waiting on news, and for whoever reads of a failure.
// Leaves: what it means (transcript.ts).
import type { Daemon } from '../support/daemon.ts';

export interface Journal {
  /** Notes something that is about to be done. */
  readonly note: (text: string) => void;
  /** Grows with everything the daemon says, to its log too. */
  readonly news: () => number;
  /** Resolves once there is more news than that, or after the time; says which. */
  readonly newsAfter: (known: number, limitMs: number) => Promise<'news' | 'nothing'>;
  readonly all: () => string;
}

export function createJournal(daemon: Daemon): Journal {
  const startedAtMs = performance.now();
  const entries: string[] = [];
  let news = 0;
  let wake: (() => void)[] = [];
  const write = (text: string): void => {
    entries.push(`${String(Math.round(performance.now() - startedAtMs)).padStart(6)} ms  ${text}`);
  };
  const hear = (): void => {
    news += 1;
    const woken = wake;
    wake = [];
    for (const each of woken) each();
  };
  daemon.lines.listen(({ text }) => {
    write(`          ${text}`);
    hear();
  });
  daemon.onLog(hear);
  daemon.exit.then(hear, hear);
  return {
    note: write,
    news: () => news,
    newsAfter: (known, limitMs) => {
      if (news > known) return Promise.resolve('news');
      return new Promise((resolve) => {
        const timer = setTimeout(() => resolve('nothing'), limitMs);
        wake.push(() => {
          clearTimeout(timer);
          resolve('news');
        });
      });
    },
    all: () =>
      `What was done, and what the daemon said:\n${entries.join('\n')}\nIts log:\n${withoutRecords(daemon.stderr())}`,
  };
}

/** What it tells at SIGUSR1, again and again, hides all else. */
const withoutRecords = (log: string): string =>
  log.replace(/^\S+ info {2}\w+: (?:config|linked|link|rung|sync|push|history|shapes) [[{].*\n/gm, '');
