// Owns: running the local transport in this process, for tests: its reports as lines, and its end.
// Leaves: the repositories (test/support/temp-repo.ts).
import { type Failure, failureOf } from '../../../src/shared/failures.ts';
import { remoteName } from '../../../src/shared/remote.ts';
import type { LinkTask } from '../../../src/shared/thread-messages.ts';
import { watchLocalRepository } from '../../../src/workers/local/local-watch.ts';
import type { TransportReport } from '../../../src/workers/transport.ts';
import type { AtEnd } from '../../support/at-end.ts';
import { createLineLog, type LineLog } from '../../support/next-line.ts';
import { turnAtOnce } from '../loop.ts';

export interface LocalLink {
  /** `connected <how>`, or `moved` with what is known of the refs: `moved refs/heads/a 1234abcd, refs/heads/b gone`. */
  readonly reports: LineLog;
  readonly close: (how?: 'kindly' | 'now') => Promise<void>;
  /** Resolves when the transport has settled: undefined when it was told to close. */
  readonly ended: Promise<Failure | undefined>;
}

/** Opens a link to a path; it is closed at the end of the test. */
export function openLocalLink(atEnd: AtEnd, path: string, directory = '/', takeTurn = turnAtOnce): LocalLink {
  const reports = createLineLog('the link');
  const [kindly, now] = [new AbortController(), new AbortController()];
  const task: LinkTask = {
    remote: remoteName('origin'),
    url: path,
    rung: { kind: 'local-watch', path },
    refs: { refspecs: [], tags: true },
    directory,
    repositoryVariables: {},
    secrets: {},
  };
  const closing = { kindly: kindly.signal, now: now.signal };
  const ended = watchLocalRepository(task, (report) => reports.push(lineOf(report)), closing, takeTurn).then(
    () => undefined,
    (error: unknown) => failureOf(error),
  );
  void ended.then((failure) => reports.end(failure ? `the link failed: ${failure.detail}` : 'the link was closed'));
  const close = async (how: 'kindly' | 'now' = 'kindly'): Promise<void> => {
    kindly.abort();
    if (how === 'now') now.abort();
    await ended;
  };
  atEnd(() => close('now'));
  return { reports, close, ended };
}

/** Resolves once the watch is set. */
export async function connectedLink(atEnd: AtEnd, path: string): Promise<LocalLink> {
  const link = openLocalLink(atEnd, path);
  await link.reports.next(/^connected /);
  return link;
}

/** How many directories this process watches now. */
export const watchersOpen = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource.startsWith('FSEvent')).length;

function lineOf(report: TransportReport): string {
  switch (report.kind) {
    case 'connected':
      return `connected ${report.how}${report.relay ? ', relay' : ''}`;
    case 'moved': {
      const refs = report.refs?.map(({ ref, tip }) => `${ref} ${tip ?? 'gone'}`);
      return refs ? `moved ${[...refs].sort().join(', ')}` : 'moved';
    }
    default:
      return report.kind;
  }
}
