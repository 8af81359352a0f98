// Owns: what a remote makes of what others say of it: that it has something new, or that it is there.
// Leaves: who said it (main/serve), and how soon news may cost a fetch (news.ts).
import { isUp, type LinkEvent } from './link-state.ts';
import { isWaiting } from './link-wait.ts';
import type { News } from './news.ts';
import { pollMs } from './record.ts';
import type { RecordCell } from './syncing.ts';

export interface Hearsay {
  readonly ofNews: () => void;
  readonly ofPeer: () => void;
}

export interface HearsayTools {
  readonly record: RecordCell;
  readonly dispatch: (event: LinkEvent) => void;
  readonly news: News;
  readonly log: (text: string) => void;
}

export function createHearsay({ record, dispatch, news, log }: HearsayTools): Hearsay {
  /** What is down stays down: others are not to decide how often it is tried. */
  const ofPeer = (): void => {
    if (isWaiting(record.get().link)) dispatch({ kind: 'wake' });
  };
  return {
    ofPeer,
    ofNews: () => {
      ofPeer();
      if (!isUp(record.get().link)) return;
      log('somebody says that it has something new');
      // Where it tells of changes by itself, it has told of this, most likely.
      if (pollMs(record.get()) === undefined) news.unsure();
      else news.moved(undefined);
    },
  };
}
