// Owns: refs whose file holds no object name, as after a power loss: found, and taken away where they are a remote's.
// Leaves: when it is looked (fetch-run.ts); what they were is fetched again.
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Failure } from '../../shared/failures.ts';
import type { Environment } from '../../shared/git-environment.ts';
import { starIn } from '../../shared/refs/refspec.ts';
import { parseRefName, type RefName } from '../../shared/remote.ts';
import { shownWord } from '../../shared/shell-word.ts';
import { readRegularFileInPool } from '../../shared/system/read-regular-file.ts';
import type { Steps } from './operation.ts';

/** Of one of them git keeps no more. */
const MOST_BYTES = 1024;
/** More than these a person does not read. */
const MOST_NAMED = 3;

export interface BrokenRefs {
  /** Taken away: what git had packed of them is what they are now. */
  readonly mended: readonly RefName[];
  readonly left: readonly RefName[];
}

/** `places`: where the remote's refs are kept: names, or patterns with a `*`. */
export async function mendBrokenRefs(steps: Steps, env: Environment, places: readonly string[]): Promise<BrokenRefs> {
  const listed = await steps.git(['for-each-ref', '--format='], env);
  const common = await steps.git(['rev-parse', '--path-format=absolute', '--git-common-dir'], env);
  const told = [...listed.stderr.matchAll(/^warning: ignoring broken ref (\S+)$/gm)];
  const broken = told.flatMap(([, name = '']) => parseRefName(name) ?? []);
  const stars = places.filter((place) => OF_REMOTES.test(place)).map(starIn);
  const isOurs = (ref: RefName): boolean => stars.some((star) => star(ref) !== undefined);
  const mended: RefName[] = [];
  // Without its place nothing can be found, nor be taken for it.
  for (const ref of common.status === 0 ? broken.filter(isOurs) : []) {
    if (await takeAway(path.join(common.stdout.replace(/\n$/, ''), ref))) mended.push(ref);
  }
  return { mended, left: broken.filter((ref) => !mended.includes(ref)) };
}

/** Whose refs are the remote's: there nothing is lost that it has not. */
const OF_REMOTES = /^refs\/(?:remotes|prefetch)\//;

/** Under the lock by which git itself writes such a file. */
async function takeAway(file: string): Promise<boolean> {
  const lock = await fs.open(`${file}.lock`, 'wx').catch(() => undefined);
  if (lock === undefined) return false;
  try {
    const read = await readRegularFileInPool(file, { mostBytes: MOST_BYTES, follow: false });
    if (read.kind !== 'read' || !isBroken(Buffer.from(read.bytes).toString('latin1'))) return false;
    await fs.unlink(file);
    return true;
  } catch {
    return false;
  } finally {
    await lock.close();
    await fs.unlink(`${file}.lock`).catch(() => undefined);
  }
}

/** What a file system leaves of one that was just being written. Of anything else nobody knows whose it is. */
const isBroken = (content: string): boolean => /^[\0\s0]*$/.test(content);

/** What a person is told of those that are left, or of what git named by itself. */
export function brokenRefsFailure(left: readonly RefName[], stderr: string): Failure | undefined {
  const [, named] = /^(?:fatal|error): bad object (refs\/\S+)$/m.exec(stderr) ?? [];
  const name = named === undefined ? undefined : parseRefName(named);
  const refs = left.length > 0 ? left : name === undefined ? [] : [name];
  if (refs.length === 0) return undefined;
  const more = refs.length > MOST_NAMED ? ` and ${refs.length - MOST_NAMED} more` : '';
  const shown = refs.slice(0, MOST_NAMED);
  const what = left.length > 0 ? 'hold no object name' : 'name objects that are not here';
  const cure = shown.map((ref) =>
    left.length > 0
      ? `rm "$(git rev-parse --git-common-dir)"/${shownWord(ref)}`
      : ['git', 'update-ref', '--no-deref', '-d', ref].map(shownWord).join(' '),
  );
  // They are the user's own, and nobody else may have what they were.
  const first = shown.every((ref) => OF_REMOTES.test(ref))
    ? ''
    : 'note what their reflogs, below logs/, say they were; ';
  const detail = `refs of this repository are broken, so that git fetches nothing: ${shown.join(', ')}${more} (they ${what}, as after a power loss); ${first}to take away what is broken: ${cure.join('; ')}`;
  return { code: 'broken-here', detail };
}
