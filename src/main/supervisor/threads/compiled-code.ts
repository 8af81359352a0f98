// Owns: what V8 made of the threads' code, kept from one daemon to the next: with it a thread starts on a quarter less time.
// Leaves: using and making it (workers/load-code.ts), and who is asked for it (worker-pool.ts).
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import v8 from 'node:v8';
import { BUNDLES, type BundleBytes, type HeldCode, type ThreadData } from '../../../shared/thread-messages.ts';

export interface CompiledCode {
  /** With what is kept, unless that was made of other code, by another Node, or not at all. */
  readonly forThreads: ThreadData;
  /** Keeps what a thread has made, if it has, for the next daemon. */
  readonly keep: (bundles: BundleBytes | undefined) => void;
}

export interface CompiledCodeOptions {
  /** Where the bundles are. */
  readonly directory: string;
  /** What is kept, if it is no longer than that. */
  readonly read: (mostBytes: number) => Uint8Array | undefined;
  /** What the threads begin with, where they are to need no files. */
  readonly held?: HeldCode;
  /** Keeps it whole. */
  readonly write: (content: Uint8Array) => void;
  readonly log: (text: string) => void;
}

/** About half a megabyte is what it takes. */
const MOST_BYTES = 16 * 1024 * 1024;
const DIGEST_BYTES = 32;
const LENGTH_BYTES = 4;

export function openCompiledCode({ directory, read, held, write, log }: CompiledCodeOptions): CompiledCode {
  const texts = BUNDLES.map((name) => fs.readFileSync(path.join(directory, name)));
  const key = keyOf(texts);
  // Where there is nothing, or something odd, the threads start without.
  const content = read(MOST_BYTES);
  const compiled = content && decodeBundles(content, key);
  const claimed = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  return {
    forThreads: { directory, sources: byName(texts), claimed, ...(held && { held }), ...(compiled && { compiled }) },
    keep: (bundles) => {
      if (bundles === undefined) return;
      try {
        write(encodeBundles(bundles, key));
      } catch (error) {
        log(`what the threads compiled is not kept: ${String(error)}`);
      }
    },
  };
}

/** V8 itself looks at no more than its version, its flags and the length of the source. */
const keyOf = (sources: readonly Uint8Array[]): Uint8Array =>
  digest([`${process.version} ${process.arch} ${v8.cachedDataVersionTag()}`, ...sources]);

/**
 * First the digest of the rest: V8 trusts what it is given, and a damaged file would end the process. It is no signature:
 * who can write into the repository's directory can run what he likes by its config as well.
 */
export function encodeBundles(bundles: BundleBytes, key: Uint8Array): Uint8Array {
  const parts = BUNDLES.flatMap((name) => {
    const code = bundles[name] ?? new Uint8Array();
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(code.length);
    return [length, code];
  });
  return Buffer.concat([digest([key, ...parts]), ...parts]);
}

/** Undefined where it is damaged, or its key is another. */
export function decodeBundles(content: Uint8Array, key: Uint8Array): BundleBytes | undefined {
  const parts: Uint8Array[] = [];
  for (let at = DIGEST_BYTES; at + LENGTH_BYTES <= content.length && parts.length < 2 * BUNDLES.length; ) {
    const code = at + LENGTH_BYTES;
    const end = code + Buffer.from(content.subarray(at, code)).readUInt32BE();
    parts.push(content.subarray(at, code), content.subarray(code, end));
    at = end;
  }
  if (parts.length !== 2 * BUNDLES.length) return undefined;
  if (!digest([key, ...parts]).equals(content.subarray(0, DIGEST_BYTES))) return undefined;
  return byName(parts.filter((_part, index) => index % 2 === 1));
}

const byName = (contents: readonly Uint8Array[]): BundleBytes =>
  Object.fromEntries(BUNDLES.map((name, index) => [name, inSharedMemory(contents[index])]));

function inSharedMemory(bytes: Uint8Array = new Uint8Array()): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

function digest(parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}\n`).update(part);
  return hash.digest();
}
