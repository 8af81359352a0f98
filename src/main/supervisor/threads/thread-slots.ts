// Owns: which loops share a thread: their owners are spread evenly, and moved only to where what carries their loop is.
// Leaves: the threads (worker-pool.ts).

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
   * one, a new one or the emptiest. No other loop of the owner may be open.
   */
  readonly of: (owner: LoopOwner, carrier?: string) => Slot<Thread>;
  /** The owner lives nowhere any more. Gives the slot that is gone with it, as nobody else lives there. */
  readonly leave: (owner: LoopOwner) => Slot<Thread> | undefined;
  readonly clear: () => void;
}

type OwnerKey = `${LoopOwner['kind']} ${string}`;
const keyOf = ({ kind, name }: LoopOwner): OwnerKey => `${kind} ${name}`;

export function createThreadSlots<Thread>(start: () => Thread, maxThreads: () => number): ThreadSlots<Thread> {
  const slots = new Set<Slot<Thread> & { readonly owners: Map<OwnerKey, LoopOwner> }>();
  /** Of each owner's last loop. */
  const carriers = new Map<OwnerKey, string>();
  const add = () => {
    const slot = { thread: start(), owners: new Map<OwnerKey, LoopOwner>() };
    slots.add(slot);
    return slot;
  };
  const emptiest = () => {
    const [first] = [...slots].sort((a, b) => a.owners.size - b.owners.size);
    return first && (first.owners.size === 0 || slots.size >= maxThreads()) ? first : add();
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
      const slot = sharing || (own ?? emptiest());
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
