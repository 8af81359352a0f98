// Owns: what moved here since a peer was last told, and the line that tells it: bounded, and pure.
// Leaves: finding out what moves (ref-watch.ts), and who waits for it (connection.ts).
import { formatP2pLine, MOST_LINE_BYTES } from '../../../shared/p2p/lines.ts';
import type { ObjectName, RefMove } from '../../../shared/remote.ts';
import type { TellBy } from './conversation.ts';

/** A ref that moved here, or that is offered on behalf of somebody else. */
export interface OfferedMove extends RefMove {
  /** A ref had that object already, so that a peer has it, most likely, and not this move. */
  readonly isOldObject?: true;
}

/** Absent: it is not known which. */
export type Offer = readonly OfferedMove[] | undefined;

export interface PendingChanges {
  /** `objects`: of which it is not known by which refs they are reached. */
  readonly add: (offer: Offer, objects?: readonly ObjectName[]) => void;
  /** The line that tells of them; undefined: nothing is to be told. */
  readonly take: (by: TellBy) => string | undefined;
}

/** git-annex names no more at once. */
const MOST_OBJECTS = 100;
/** As a ref that is gone is told. */
const GONE = '-';
/** The longest name of an object, and two spaces. */
const MOST_OBJECT_BYTES = 64 + 2;

/**
 * git-annex looks for the objects that a CHANGED names, and fetches if it has none of them (RemoteDaemon/Common.hs): of
 * several one that it has would keep it from all others. So it is told one at a time, of which it needs no second once
 * the first was fetched; and of a rewind, a new ref at an old commit or a deletion none, upon which it fetches always.
 */
export function createPendingChanges(): PendingChanges {
  const byName = createNamed();
  const byObject = createObjects();
  const forget = (): void => {
    byName.forget();
    byObject.forget();
  };
  return {
    add: (offer, objects = []) => {
      if (offer === undefined) byName.addUnnamed();
      if (offer === undefined) byObject.addUnnamed();
      objects.forEach(byObject.add);
      objects.forEach(byName.addObject);
      for (const { ref, tip, isOldObject } of offer ?? []) {
        if (tip === 'unknown') byName.addUnnamed();
        else byName.add(ref, tip ?? GONE);
        if (tip === undefined || tip === 'unknown' || isOldObject) byObject.addUnnamed();
        else byObject.add(tip);
      }
    },
    take: (by) => {
      const pending = by === 'MOVED' ? byName : byObject;
      const line = pending.takeLine();
      if (pending.isEmpty()) forget();
      return line;
    },
  };
}

/** For MOVED. Objects that are offered by no name have a line of their own: who has them all has nothing to fetch. */
function createNamed() {
  let state:
    | { readonly kind: 'named'; readonly refs: Map<string, string>; readonly objects: Set<string>; bytes: number }
    | { readonly kind: 'something' };
  const forget = (): void => {
    state = { kind: 'named', refs: new Map(), objects: new Set(), bytes: 'MOVED'.length };
  };
  forget();
  const addUnnamed = (): void => {
    state = { kind: 'something' };
  };
  return {
    forget,
    addUnnamed,
    isEmpty: (): boolean => state.kind === 'named' && state.refs.size + state.objects.size === 0,
    addObject: (object: string): void => {
      if (state.kind === 'something') return;
      state.objects.add(object);
      if (state.objects.size > MOST_OBJECTS) addUnnamed();
    },
    add: (ref: string, to: string): void => {
      if (state.kind === 'something') return;
      const { refs } = state;
      if (!refs.has(ref)) state.bytes += Buffer.byteLength(ref) + MOST_OBJECT_BYTES;
      refs.set(ref, to);
      if (state.bytes > MOST_LINE_BYTES) addUnnamed();
    },
    takeLine: (): string | undefined => {
      if (state.kind === 'something') {
        forget();
        return 'MOVED';
      }
      const { refs, objects } = state;
      if (refs.size > 0) {
        state = { kind: 'named', refs: new Map(), objects, bytes: 'MOVED'.length };
        return formatP2pLine('MOVED', ...[...refs].flat());
      }
      forget();
      return objects.size === 0 ? undefined : formatP2pLine('CHANGED', ...objects);
    },
  };
}

/** For CHANGED. */
function createObjects() {
  let state: { readonly kind: 'named'; readonly objects: Set<string> } | { readonly kind: 'something' };
  const forget = (): void => {
    state = { kind: 'named', objects: new Set() };
  };
  forget();
  const addUnnamed = (): void => {
    state = { kind: 'something' };
  };
  return {
    forget,
    addUnnamed,
    isEmpty: (): boolean => state.kind === 'named' && state.objects.size === 0,
    add: (object: string): void => {
      if (state.kind === 'something') return;
      state.objects.add(object);
      if (state.objects.size > MOST_OBJECTS) addUnnamed();
    },
    takeLine: (): string | undefined => {
      if (state.kind === 'something') {
        forget();
        // With its space, as git-annex itself would say it.
        return 'CHANGED ';
      }
      const [object] = state.objects;
      if (object === undefined) return undefined;
      state.objects.delete(object);
      return formatP2pLine('CHANGED', object);
    },
  };
}
