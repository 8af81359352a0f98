// Owns: which remotes share a thread: spread evenly, and moved only to where what carries their link is.
// Leaves: the threads (worker-pool.ts).
import type { RemoteName } from '../../../shared/remote.ts';

/** A thread and the remotes whose loops run in it; a thread that is ended is replaced by a new one. */
export interface Slot<Thread> {
  thread: Thread;
  readonly remotes: ReadonlySet<RemoteName>;
}

export interface ThreadSlots<Thread> {
  readonly all: () => readonly Slot<Thread>[];
  /**
   * The slot for a remote's next link: where others have the same carrier, else where it lives already, else an empty
   * one, a new one or the emptiest. No other link of the remote may be open.
   */
  readonly of: (remote: RemoteName, carrier?: string) => Slot<Thread>;
  /** The remote lives nowhere any more. Gives the slot that is gone with it, as nobody else lives there. */
  readonly leave: (remote: RemoteName) => Slot<Thread> | undefined;
  readonly clear: () => void;
}

export function createThreadSlots<Thread>(start: () => Thread, maxThreads: () => number): ThreadSlots<Thread> {
  const slots = new Set<Slot<Thread> & { readonly remotes: Set<RemoteName> }>();
  /** Of each remote's last link. */
  const carriers = new Map<RemoteName, string>();
  const add = () => {
    const slot = { thread: start(), remotes: new Set<RemoteName>() };
    slots.add(slot);
    return slot;
  };
  const emptiest = () => {
    const [first] = [...slots].sort((a, b) => a.remotes.size - b.remotes.size);
    return first && (first.remotes.size === 0 || slots.size >= maxThreads()) ? first : add();
  };
  return {
    all: () => [...slots],
    of: (remote, carrier) => {
      carriers.delete(remote);
      const all = [...slots];
      const own = all.find((slot) => slot.remotes.has(remote));
      const sharing =
        carrier && all.find(({ remotes }) => [...remotes].some((other) => carriers.get(other) === carrier));
      const slot = sharing || (own ?? emptiest());
      if (slot !== own) own?.remotes.delete(remote);
      slot.remotes.add(remote);
      if (carrier !== undefined) carriers.set(remote, carrier);
      return slot;
    },
    leave: (remote) => {
      carriers.delete(remote);
      const left = [...slots].find((slot) => slot.remotes.delete(remote));
      if (left === undefined || left.remotes.size > 0) return undefined;
      slots.delete(left);
      return left;
    },
    clear: () => slots.clear(),
  };
}
