// Owns: the threads' code, and what V8 made of it in an earlier daemon: with it a thread starts on a quarter less time.
// Leaves: using and making it (workers/load-code.ts), keeping it (main/code), and who is asked for it (worker-pool.ts).
import fs from 'node:fs';
import path from 'node:path';
import { BUNDLES, type BundleBytes, type HeldCode, type ThreadData } from '../../../shared/thread-messages.ts';

export interface CompiledCode {
  /** With what is kept, unless that was made of other code, by another Node, or not at all. */
  readonly forThreads: ThreadData;
  /** Keeps what a thread has made, if it has, for the next daemon. */
  readonly keep: (bundles: BundleBytes | undefined) => void;
}

/** What main/code has. */
interface Cache {
  readonly find: (name: string, text: Uint8Array) => Uint8Array | undefined;
  readonly keep: (made: readonly Made[]) => string | undefined;
}

interface Made {
  readonly name: string;
  readonly text: Uint8Array;
  readonly code: () => Uint8Array;
}

export interface CompiledCodeOptions {
  /** Where the bundles are. */
  readonly directory: string;
  readonly cache: Cache;
  /** What the threads begin with, where they are to need no files. */
  readonly held?: HeldCode;
  readonly log: (text: string) => void;
}

export function openCompiledCode({ directory, cache, held, log }: CompiledCodeOptions): CompiledCode {
  const sources = byName((name) => fs.readFileSync(path.join(directory, name)));
  // Where there is nothing, or something odd, the threads start without.
  const found = BUNDLES.map((name) => cache.find(name, sources[name] ?? new Uint8Array()));
  const compiled = found.includes(undefined) ? undefined : byName((_name, index) => found[index]);
  const claimed = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  return {
    forThreads: { directory, sources, claimed, ...(held && { held }), ...(compiled && { compiled }) },
    keep: (bundles) => {
      const made = Object.entries(bundles ?? {}).flatMap(([name, code]): Made[] => {
        const text = sources[name];
        return text ? [{ name, text, code: () => code }] : [];
      });
      const why = made.length === 0 ? undefined : cache.keep(made);
      if (why !== undefined) log(`what the threads compiled is not kept: ${why}`);
    },
  };
}

const byName = (contentOf: (name: string, index: number) => Uint8Array | undefined): BundleBytes =>
  Object.fromEntries(BUNDLES.map((name, index) => [name, inSharedMemory(contentOf(name, index))]));

function inSharedMemory(bytes: Uint8Array = new Uint8Array()): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}
