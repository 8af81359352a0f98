// Owns: whether the disk that the repository is on has room for a fetch, and looking while one runs.
// Leaves: what is done about it (repository-git.ts).
import { statfs } from 'node:fs/promises';
import { within } from '../../shared/timing/within.ts';

/** What is left for everybody else: a full disk is worse than a fetch that waits. */
const RESERVE_BYTES = 256 * 2 ** 20;
/** Of a small disk, the tenth part. */
const RESERVE_PART = 0.1;
/** No network fills a disk faster, in bytes per ms: by so much less often it is looked at. */
const FASTEST = 500_000;
const LOOK_MS = { least: 20, most: 1_000 };
/** A disk that does not even say this is git's to wait for. */
const ANSWER_MS = 1_000;

export interface DiskRoom {
  readonly isShort: () => Promise<boolean>;
  /** Calls back once, when it has become short. What it returns ends the looking. */
  readonly watch: (onShort: () => void) => () => void;
}

/** Bytes that are free, less those that are kept so; `size` as statfs(2) tells it. */
export function spareBytes(size: { readonly bsize: number; readonly blocks: number; readonly bavail: number }): number {
  const { bsize, blocks, bavail } = size;
  return bavail * bsize - Math.min(RESERVE_BYTES, blocks * bsize * RESERVE_PART);
}

/** Watches for as long as anything runs. What begins after it became short, while that is still ending, is watched anew. */
export function watchWhile(watch: DiskRoom['watch'], onShort: () => void): (more: 1 | -1) => void {
  let running = 0;
  let endLooking: (() => void) | undefined;
  return (more) => {
    running += more;
    if (running > 0) {
      endLooking ??= watch(() => {
        endLooking = undefined;
        onShort();
      });
    } else {
      endLooking?.();
      endLooking = undefined;
    }
  };
}

/** `directory`: where the objects are, which may be on another disk than anything else. */
export function createDiskRoom(directory: string): DiskRoom {
  /** undefined: it cannot be told. */
  const spare = async (): Promise<number | undefined> => {
    let bytes: number | undefined;
    const asked = statfs(directory).then(
      (size) => {
        // Some file systems (FUSE, overlays of a kind) have no sizes.
        bytes = size.blocks > 0 ? spareBytes(size) : undefined;
      },
      () => undefined,
    );
    await within(asked, ANSWER_MS);
    return bytes;
  };
  const isShort = async (): Promise<boolean> => ((await spare()) ?? 1) <= 0;
  return {
    isShort,
    watch: (onShort) => {
      let timer: NodeJS.Timeout | undefined;
      let over = false;
      const look = async (): Promise<void> => {
        const bytes = await spare();
        if (over) return;
        if (bytes !== undefined && bytes <= 0) return onShort();
        const ms = Math.max(LOOK_MS.least, Math.min(LOOK_MS.most, (bytes ?? Number.POSITIVE_INFINITY) / FASTEST));
        timer = setTimeout(() => void look(), ms).unref();
      };
      void look();
      return () => {
        over = true;
        clearTimeout(timer);
      };
    },
  };
}
