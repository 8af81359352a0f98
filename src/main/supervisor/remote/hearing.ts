// Owns: what each report of a link is to its remote: an event of the link, of the git work, or something to be told.
// Leaves: what follows from the events (link-step.ts, sync-step.ts), and how a link ends (remote.ts).
import type { Account } from '../../../shared/account.ts';
import type { Ending } from '../../../shared/thread-messages.ts';
import { LINK } from '../../patience.ts';
import type { RemoteReport } from '../link/link.ts';
import type { HeldLink } from './held-link.ts';
import type { Happening } from './history.ts';
import type { LinkEvent } from './link-state.ts';
import type { News } from './news.ts';
import { canCompare } from './record.ts';
import type { RecordCell, Syncing } from './syncing.ts';
import { tagsCompared } from './tags-here.ts';
import type { Telling } from './telling.ts';

export interface HearingTools {
  readonly record: RecordCell;
  readonly dispatch: (event: LinkEvent) => void;
  readonly sync: Syncing['sync'];
  readonly news: News;
  readonly note: (happened: Happening) => void;
  readonly telling: Telling;
  /** Of the link that is open. */
  readonly link: Pick<HeldLink, 'relaySocket'>;
  /** A comparison, by its number, has been answered. */
  readonly compared: (asked: number, allHere: boolean) => void;
  readonly ended: (ending: Ending, refusedBy?: Account) => void;
}

export function createHearing(tools: HearingTools): (report: RemoteReport) => void {
  const { record, dispatch, sync, news, note, telling, link, compared, ended } = tools;
  const checked = ({ allHere, asked, listed, hasAllTags }: Extract<RemoteReport, { kind: 'checked' }>): void => {
    const tags = tagsCompared(record.get().tags, asked, hasAllTags === true);
    record.set({ tags, ...(listed !== undefined && { listed }) });
    if (allHere) {
      note({ kind: 'all-here' });
      telling.isWell();
    }
    sync({ kind: 'answered', allHere });
    compared(asked, allHere);
  };
  return (report) => {
    switch (report.kind) {
      case 'phase': {
        const { limitMs, ...phase } = report;
        return dispatch({ ...phase, ...(limitMs !== undefined && { limitMs: limitMs + LINK.slackMs }) });
      }
      case 'connected':
        return dispatch({ ...report, relaySocket: report.relay ? link.relaySocket() : undefined });
      case 'polled':
        dispatch({ kind: 'polled' });
        // A fetch is under way else, or will be tried again.
        if (report.unproven && record.get().sync.kind === 'still' && canCompare(record.get())) sync({ kind: 'check' });
        return;
      case 'moved':
        return news.moved(report.refs);
      case 'unsure':
        return news.unsure();
      case 'checked':
        return checked(report);
      case 'request-shapes':
        return record.set({ shapes: report.shapes });
      case 'ended':
        return ended(report.ending, report.refusedBy);
      default:
        return report satisfies never;
    }
  };
}
