// Owns: what moved here since a peer was last told, and the line that tells it: bounded, and pure.
// Leaves: finding out what moves (ref-watch.ts), and who waits for it (connection.ts).
import { formatP2pLine, MOST_LINE_BYTES } from '../../../shared/p2p/lines.ts';
import type { RefMove } from '../../../shared/remote.ts';
import type { TellBy } from './conversation.ts';

/** A ref that moved here, or that is offered on behalf of somebody else. */
export interface OfferedMove extends RefMove {
  /** A ref had that object already, so that a peer has it, most likely, and not this move. */
  readonly isOldObject?: true;
}

/** Absent: it is not known which. */
export type Offer = readonly OfferedMove[] | undefined;

export interface PendingChanges {
  readonly add: (offer: Offer) => void;
  /** The line that tells of them; undefined: nothing is to be told. */
  readonly take: (by: TellBy) => string | undefined;
}

/** git-annex names no more at once. */
const MOST_OBJECTS = 100;
/** As a ref that is gone is told. */
const GONE = '-';

/**
 * git-annex looks for the objects that a CHANGED names, and fetches if it has none of them (RemoteDaemon/Common.hs): of
 * several one that it has would keep it from all others. So it is told one at a time, of which it needs no second once
 * the first was fetched; and of a rewind, a new ref at an old commit or a deletion none, upon which it fetches always.
 */
export function createPendingChanges(): PendingChanges {
  let named = new Map<string, string>();
  let bytes = 0;
  let objects = new Set<string>();
  let isUnnamed = false;
  let isAnyUnnamedForAnnex = false;

  const forget = (): void => {
    named = new Map();
    objects = new Set();
    bytes = 0;
    isUnnamed = false;
    isAnyUnnamedForAnnex = false;
  };
  const addMove = ({ ref, tip, isOldObject }: OfferedMove): void => {
    if (tip === undefined || tip === 'unknown' || isOldObject) isAnyUnnamedForAnnex = true;
    else objects.add(tip);
    if (objects.size > MOST_OBJECTS) isAnyUnnamedForAnnex = true;
    if (isAnyUnnamedForAnnex) objects.clear();
    if (tip === 'unknown') isUnnamed = true;
    const before = named.get(ref);
    const text = tip ?? GONE;
    bytes += before === undefined ? Buffer.byteLength(ref) + text.length + 2 : text.length - before.length;
    named.set(ref, text);
    if (bytes > MOST_LINE_BYTES - 'MOVED'.length) isUnnamed = true;
    if (isUnnamed) named.clear();
  };
  return {
    add: (offer) => {
      if (offer === undefined) {
        forget();
        isUnnamed = true;
        isAnyUnnamedForAnnex = true;
      }
      for (const move of offer ?? []) addMove(move);
    },
    take: (by) => {
      const [object] = objects;
      if (by === 'CHANGED' && !isAnyUnnamedForAnnex) {
        if (object === undefined) return undefined;
        objects.delete(object);
        if (objects.size === 0) forget();
        return formatP2pLine(by, object);
      }
      if (!isUnnamed && !isAnyUnnamedForAnnex && named.size === 0) return undefined;
      const fields = [...named].flat();
      forget();
      // Its space is git-annex's, too, where it names none.
      return by === 'CHANGED' || fields.length === 0 ? `${by} ` : formatP2pLine(by, ...fields);
    },
  };
}
