// Owns: what a remote makes of it that somebody else says that it has something new.
// Leaves: who said it (main/serve), and how soon news may cost a fetch (news.ts).
import { isUp, type LinkEvent } from './link-state.ts';
import { isWaiting } from './link-wait.ts';
import type { News } from './news.ts';
import { pollMs } from './record.ts';
import type { RecordCell } from './syncing.ts';

export interface HearsayTools {
  readonly record: RecordCell;
  readonly dispatch: (event: LinkEvent) => void;
  readonly news: News;
  readonly log: (text: string) => void;
}

export const createHearsay =
  ({ record, dispatch, news, log }: HearsayTools) =>
  (): void => {
    const { link } = record.get();
    // What is down stays down: others are not to decide how often it is tried.
    if (isWaiting(link)) dispatch({ kind: 'wake' });
    if (!isUp(link)) return;
    log('somebody says that it has something new');
    // Where it tells of changes by itself, it has told of this, most likely.
    if (pollMs(record.get()) === undefined) news.unsure();
    else news.moved(undefined);
  };
