// Owns: which remotes share a thread: they are spread evenly, and never moved.
// Leaves: the threads (worker-pool.ts).
import type { RemoteName } from '../../../shared/remote.ts';

/** A thread and the remotes whose loops run in it; a thread that is ended is replaced by a new one. */
export interface Slot<Thread> {
  thread: Thread;
  readonly remotes: ReadonlySet<RemoteName>;
}

export interface ThreadSlots<Thread> {
  readonly all: () => readonly Slot<Thread>[];
  /** The slot a remote lives in already, else a new one, else the emptiest. */
  readonly of: (remote: RemoteName) => Slot<Thread>;
  /** The remote lives nowhere any more. Gives the slot that is gone with it, as nobody else lives there. */
  readonly leave: (remote: RemoteName) => Slot<Thread> | undefined;
  readonly clear: () => void;
}

export function createThreadSlots<Thread>(start: () => Thread, maxThreads: () => number): ThreadSlots<Thread> {
  const slots = new Set<Slot<Thread> & { readonly remotes: Set<RemoteName> }>();
  const add = () => {
    const slot = { thread: start(), remotes: new Set<RemoteName>() };
    slots.add(slot);
    return slot;
  };
  return {
    all: () => [...slots],
    of: (remote) => {
      const all = [...slots].sort((a, b) => a.remotes.size - b.remotes.size);
      const own = all.find((slot) => slot.remotes.has(remote));
      if (own) return own;
      const slot = (slots.size >= maxThreads() ? all[0] : undefined) ?? add();
      slot.remotes.add(remote);
      return slot;
    },
    leave: (remote) => {
      const left = [...slots].find((slot) => slot.remotes.delete(remote));
      if (left === undefined || left.remotes.size > 0) return undefined;
      slots.delete(left);
      return left;
    },
    clear: () => slots.clear(),
  };
}
