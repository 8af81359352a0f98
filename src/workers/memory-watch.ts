// Owns: that a thread does not run out of memory by what its links take in: the one that took most ends, the others stay.
// Leaves: the bounds of each buffer (where it is filled), and the last resort, V8's own limit (main/supervisor/threads/worker-pool.ts).
import v8 from 'node:v8';
import { DaemonError } from '../shared/failures.ts';
import { collectGarbage } from '../shared/system/collect-garbage.ts';

export interface LinkMeter {
  /** Bytes came in from outside for this link. */
  readonly received: (bytes: number) => void;
  readonly release: () => void;
}

export interface MemoryUse {
  readonly heapBytes: number;
  readonly heapLimitBytes: number;
  /** Buffers, which V8's limit leaves out. */
  readonly buffersBytes: number;
}

export interface MemoryWatch {
  /** `end` is called once at most. */
  readonly meter: (end: (why: DaemonError) => void) => LinkMeter;
}

/** Memory grows by what comes in, and by nothing else that a stranger can do: nobody looks while it is quiet. */
const LOOK_EVERY_BYTES = 4 * 1024 * 1024;
/** Each link may have a few windows of 2 MiB unread, and two listings of 40 MiB while they are compared. */
const MOST_BUFFERS_BYTES = 128 * 1024 * 1024;
/** Of the heap: V8 ends the thread, with all its links, when there is no more. */
const MOST_HEAP_SHARE = 0.85;
/** What an ended link took is free once that is closed, which is given up by then (CLOSING.givenUpMs in patience.ts). */
const RELEASED_MS = 3_000;

/** `collect` is asked before anybody is blamed: what is garbage is nobody's. */
export function createMemoryWatch(
  measure: () => MemoryUse,
  collect: () => void,
  nowMs: () => number = () => performance.now(),
): MemoryWatch {
  interface Metered {
    /** What it received, the older the less it counts. */
    recentBytes: number;
    readonly end: (why: DaemonError) => void;
  }
  const links = new Set<Metered>();
  let sinceLookBytes = 0;
  /** The last that was ended, until it is released: it still has what it took, for which no other is to blame. */
  let ending: { readonly link: Metered; readonly sinceMs: number } | undefined;

  const isTight = (): boolean => {
    const { heapBytes, heapLimitBytes, buffersBytes } = measure();
    return buffersBytes > MOST_BUFFERS_BYTES || heapBytes > heapLimitBytes * MOST_HEAP_SHARE;
  };
  const look = (): void => {
    sinceLookBytes = 0;
    if (ending !== undefined && nowMs() - ending.sinceMs < RELEASED_MS) return;
    if (isTight()) collect();
    const [first] = isTight() ? [...links].sort((one, other) => other.recentBytes - one.recentBytes) : [];
    for (const link of links) link.recentBytes /= 2;
    if (first === undefined) return;
    links.delete(first);
    ending = { link: first, sinceMs: nowMs() };
    first.end(new DaemonError('too-much-noise', 'it sends more than this thread has memory for'));
  };
  return {
    meter: (end) => {
      const link: Metered = { recentBytes: 0, end };
      links.add(link);
      return {
        received: (bytes) => {
          link.recentBytes += bytes;
          sinceLookBytes += bytes;
          if (sinceLookBytes >= LOOK_EVERY_BYTES) look();
        },
        release: () => {
          links.delete(link);
          if (ending?.link === link) ending = undefined;
        },
      };
    },
  };
}

/** The one of this thread. What Node counts here is this thread's alone (measured on Node 20). */
export const threadMemory = createMemoryWatch(() => {
  const { used_heap_size, heap_size_limit, external_memory } = v8.getHeapStatistics();
  return { heapBytes: used_heap_size, heapLimitBytes: heap_size_limit, buffersBytes: external_memory };
}, collectGarbage);
