// Owns: what V8 made of our files, kept from one process to the next: with it a start takes a quarter less time.
// Leaves: where that is (cache-folder.ts), and who loads which file (program-code.ts, supervisor/threads/).
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import v8 from 'node:v8';
import { readOwnFile, removeOwnFile, replaceOwnFile } from '../instance/own-file.ts';
import { reasonOf } from '../user-error.ts';
import { findCacheFolder, makeCacheFolder } from './cache-folder.ts';

export interface CodeCache {
  /** What was made of this text of that file by such a Node (vm.Script's cachedData); undefined: there is none. Never throws. */
  readonly find: (name: string, text: Uint8Array) => Uint8Array | undefined;
  /** Keeps it for the next. Returns why it is not kept; never throws. */
  readonly keep: (made: readonly Made[]) => string | undefined;
}

export interface Made {
  readonly name: string;
  readonly text: Uint8Array;
  /** Takes V8 some 10 ms, and is only asked for where it is not kept yet. */
  readonly code: () => Uint8Array;
}

/** A quarter of a megabyte each is what they take. */
const MOST_BYTES = 16 * 1024 * 1024;
const DIGEST_BYTES = 32;
/** Four for each of a few versions of Node, or of this program. */
const MOST_FILES = 16;
/** Also what replaceOwnFile left behind where it was ended. */
const OURS = /-[0-9a-f]{32}(?:\.\d+\.new)?$/;
const NAME_DIGITS = 32;

export function openCodeCache(env: NodeJS.ProcessEnv): CodeCache {
  /** What was taken from there: if it is made once more, V8 has refused it. */
  const taken = new Set<string>();
  return {
    find: (name, text) => {
      const folder = findCacheFolder(env);
      if (folder === undefined) return undefined;
      const key = keyOf(text);
      const at = path.join(folder, fileOf(name, key));
      const code = readCode(at, key);
      if (code !== undefined) taken.add(at);
      return code;
    },
    keep: (made) => {
      try {
        const folder = makeCacheFolder(env);
        if (folder === undefined) return undefined;
        for (const { name, text, code } of made) {
          const key = keyOf(text);
          const at = path.join(folder, fileOf(name, key));
          // Of many that were started at once, the first has.
          if (taken.has(at) || readCode(at, key) === undefined) replaceOwnFile(at, encodeCode(code(), key));
        }
        removeOldest(folder);
        return undefined;
      } catch (error) {
        return reasonOf(error);
      }
    },
  };
}

/** V8 itself looks at no more than its version, its flags and the length of the text. */
const keyOf = (text: Uint8Array): Buffer =>
  digest([Buffer.from(`${process.version} ${process.arch} ${v8.cachedDataVersionTag()}`), text]);

const fileOf = (name: string, key: Buffer): string => `${name}-${key.toString('hex').slice(0, NAME_DIGITS)}`;

function readCode(at: string, key: Uint8Array): Uint8Array | undefined {
  const found = readOwnFile(at, MOST_BYTES);
  return found.kind === 'read' ? decodeCode(found.content, key) : undefined;
}

/**
 * First the digest of the rest: V8 trusts what it is given, and a damaged file would end the process. It is no signature:
 * who can write into that folder is this user.
 */
const encodeCode = (code: Uint8Array, key: Uint8Array): Uint8Array => Buffer.concat([digest([key, code]), code]);

/** Undefined where it is damaged, or its key is another. */
function decodeCode(content: Buffer, key: Uint8Array): Uint8Array | undefined {
  const code = content.subarray(DIGEST_BYTES);
  return digest([key, code]).equals(content.subarray(0, DIGEST_BYTES)) ? code : undefined;
}

function digest(parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}\n`).update(part);
  return hash.digest();
}

/** Those of other versions, and of other texts, are needed no more once there are many. */
function removeOldest(folder: string): void {
  const ours = fs.readdirSync(folder).filter((name) => OURS.test(name));
  const aged = ours.flatMap((name) => {
    const at = path.join(folder, name);
    const found = fs.lstatSync(at, { throwIfNoEntry: false });
    return found ? [{ at, mtimeMs: found.mtimeMs }] : [];
  });
  const oldest = aged.toSorted((one, other) => other.mtimeMs - one.mtimeMs).slice(MOST_FILES);
  for (const { at } of oldest) removeOwnFile(at);
}
