// Owns: which loops share a thread: their owners are spread evenly, and moved only to where what carries their loop is.
// Leaves: the threads (worker-pool.ts), and who is suspected of ending them (suspects.ts).
import type { Standing } from './suspects.ts';

/** Whose loop it is: a remote's link, or a service, which lives as long as the config says. */
export interface LoopOwner {
  readonly kind: 'remote' | 'service';
  readonly name: string;
}

/** A thread and those whose loops run in it; a thread that is ended is replaced by a new one. */
export interface Slot<Thread> {
  thread: Thread;
  readonly owners: ReadonlyMap<OwnerKey, LoopOwner>;
}

export interface ThreadSlots<Thread> {
  readonly all: () => readonly Slot<Thread>[];
  /**
   * The slot for an owner's next loop: where others have the same carrier, else where it lives already, else an empty
   * one, a new one or the emptiest. No other loop of the owner may be open. Suspects are kept apart from each other, as
   * far as there are threads; the guilty have threads beyond those, each one of its own while they last.
   */
  readonly of: (owner: LoopOwner, carrier?: string) => Slot<Thread>;
  /** The owner lives nowhere any more. Gives the slot that is gone with it, as nobody else lives there. */
  readonly leave: (owner: LoopOwner) => Slot<Thread> | undefined;
  readonly clear: () => void;
}

/** Threads only for the guilty: past that they share among themselves, as each thread is some MB and a core. */
const MOST_FOR_GUILTY = 4;

export type OwnerKey = `${LoopOwner['kind']} ${string}`;
export const keyOf = ({ kind, name }: LoopOwner): OwnerKey => `${kind} ${name}`;

export function createThreadSlots<Thread>(
  start: () => Thread,
  maxThreads: () => number,
  standingOf: (owner: OwnerKey) => Standing = () => 'trusted',
): ThreadSlots<Thread> {
  type Own = Slot<Thread> & { readonly owners: Map<OwnerKey, LoopOwner> };
  const slots = new Set<Own>();
  /** Of each owner's last loop. */
  const carriers = new Map<OwnerKey, string>();
  const add = (): Own => {
    const slot = { thread: start(), owners: new Map<OwnerKey, LoopOwner>() };
    slots.add(slot);
    return slot;
  };
  /** How many of those who live there, but for that one, are of a standing. */
  const count = ({ owners }: Own, standing: Standing, but: OwnerKey): number =>
    [...owners.keys()].filter((other) => other !== but && standingOf(other) === standing).length;
  const isFit = (slot: Own, key: OwnerKey): boolean => {
    const others = [...slot.owners.keys()].filter((other) => other !== key);
    const isGuilty = standingOf(key) === 'guilty';
    return others.every((other) => (standingOf(other) === 'guilty') === isGuilty);
  };
  /** Whether there is a better place for one that lives there already. */
  const isToLeave = (slot: Own, key: OwnerKey): boolean =>
    !isFit(slot, key) || (standingOf(key) === 'suspect' && count(slot, 'suspect', key) > 0);
  const isOfGuilty = ({ owners }: Own): boolean =>
    owners.size > 0 && [...owners.keys()].every((key) => standingOf(key) === 'guilty');
  const isFull = (standing: Standing): boolean => {
    const ofGuilty = [...slots].filter(isOfGuilty);
    if (standing === 'guilty') return ofGuilty.length >= MOST_FOR_GUILTY;
    // Two suspects can be told apart only by two threads.
    return slots.size - ofGuilty.length >= (standing === 'suspect' ? Math.max(2, maxThreads()) : maxThreads());
  };
  const best = (key: OwnerKey): Own => {
    const crowd = (slot: Own): number =>
      standingOf(key) === 'suspect' ? count(slot, 'suspect', key) : slot.owners.size - Number(slot.owners.has(key));
    const fit = [...slots].filter((slot) => isFit(slot, key));
    const [first] = fit.toSorted((a, b) => crowd(a) - crowd(b) || a.owners.size - b.owners.size);
    if (first === undefined) return add();
    return crowd(first) === 0 || isFull(standingOf(key)) ? first : add();
  };
  return {
    all: () => [...slots],
    of: (owner, carrier) => {
      const key = keyOf(owner);
      carriers.delete(key);
      const all = [...slots];
      const own = all.find(({ owners }) => owners.has(key));
      const sharing =
        carrier && all.find(({ owners }) => [...owners.keys()].some((other) => carriers.get(other) === carrier));
      const kept = own && !isToLeave(own, key) ? own : undefined;
      const slot = sharing || (kept ?? best(key));
      if (slot !== own) own?.owners.delete(key);
      slot.owners.set(key, owner);
      if (carrier !== undefined) carriers.set(key, carrier);
      return slot;
    },
    leave: (owner) => {
      carriers.delete(keyOf(owner));
      const left = [...slots].find(({ owners }) => owners.delete(keyOf(owner)));
      if (left === undefined || left.owners.size > 0) return undefined;
      slots.delete(left);
      return left;
    },
    clear: () => slots.clear(),
  };
}
