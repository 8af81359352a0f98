// Owns: what the watcher on a server says: one batch of lines for each time that refs moved.
// Leaves: the watcher itself and the channel it speaks over (workers/ssh/watch).

import { declareMessages, type Field, type MessageOf, rest } from '../control-protocol/codec.ts';
import { type ObjectName, parseObjectName, parseRefName, type RefName } from '../remote.ts';

/** A field of one word that is exactly one of these. */
function oneOf<const Word extends string>(...words: readonly Word[]): Field<Word> {
  return { takes: 'word', read: (text) => words.find((word) => word === text), write: (value) => value };
}

const objectName: Field<ObjectName> = { takes: 'word', read: parseObjectName, write: (value) => value };
const refName: Field<RefName> = { takes: 'word', read: parseRefName, write: (value) => value };

const SERVER_WATCH = {
  /** A shell is there, and reads what it is sent from now on. */
  WAITING: {},
  /** It runs the watcher. */
  HELLO: {},
  /** Whatever moves from here on is told; `by` is how the server learns of it. */
  READY: { by: oneOf('inotifywait', 'looking') },
  MOVED: { tip: objectName, ref: refName },
  GONE: { ref: refName },
  /** No more refs have moved for now. */
  DONE: {},
  /** Any refs may have moved, or none: there are too many for the server to remember what they were. */
  UNSURE: {},
  /**
   * The watcher cannot go on. `refused`: the repository is there, but not for this account. `cannot-be-told`: it could
   * only look; `nothing-tells`: and so it is with git-annex-shell.
   */
  FAILED: {
    why: oneOf('no-tools', 'no-repository', 'refused', 'cannot-be-told', 'nothing-tells', 'error'),
    text: rest,
  },
};
export const serverWatch = declareMessages(SERVER_WATCH);
export type ServerWatchMessage = MessageOf<typeof SERVER_WATCH>;
