// Owns: the threads' code, and what V8 made of it in an earlier daemon: with it a thread starts on a quarter less time.
// Leaves: using and making it (workers/load-code.ts), keeping it (main/code), and who is asked for it (worker-pool.ts).
import fs from 'node:fs';
import path from 'node:path';
import {
  BUNDLE_FUNCTION,
  BUNDLES,
  type BundleBytes,
  type HeldCode,
  type ThreadData,
} from '../../../shared/thread-messages.ts';

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
  const [before, behind] = BUNDLE_FUNCTION.map((part) => Buffer.from(part));
  const sources = byName((name) => [before, fs.readFileSync(path.join(directory, name)), behind]);
  // Where there is nothing, or something odd, the threads start without.
  const found = BUNDLES.map((name) => cache.find(name, sources[name] ?? new Uint8Array()));
  const compiled = found.includes(undefined) ? undefined : byName((_name, index) => [found[index]]);
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

type Parts = readonly (Uint8Array | undefined)[];

const byName = (partsOf: (name: string, index: number) => Parts): BundleBytes =>
  Object.fromEntries(BUNDLES.map((name, index) => [name, inSharedMemory(partsOf(name, index))]));

function inSharedMemory(parts: Parts): Uint8Array {
  const all = parts.flatMap((part) => part ?? []);
  const shared = new Uint8Array(new SharedArrayBuffer(all.reduce((sum, { length }) => sum + length, 0)));
  let at = 0;
  for (const part of all) {
    shared.set(part, at);
    at += part.length;
  }
  return shared;
}
