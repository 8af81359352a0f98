// Owns: what git says of a fetch, read under LC_ALL=C: whether a ref moved, which it would not move, and why it did nothing. Pure.
// Leaves: what is so (fetch-run.ts), and every other failure (shared/git-failures.ts).
import type { LeftOut } from '../../shared/refs/left-out.ts';

/** ` * [new branch] …`, `   1234..5678 …`, ` + forced`, ` t tag`, ` - [deleted] …` (git-fetch(1), OUTPUT); not ` ! ` and ` = `. */
const MOVED = /^ [ *+t-] .* -> /m;

/** A server may make it say so: that is no more than moving a ref and moving it back, which nobody can forbid it. */
export const tellsOfMoves = (stderr: string): boolean => MOVED.test(stderr);

/** ` ! [rejected]  v1 -> v1  (would clobber existing tag)`. */
const NOT_MOVED = /^ ! (?:\[([^\]]*)\]|\S+) +(\S+) +-> (\S+) +\(([^()]*)\)/;
/** A ref and a directory of refs cannot have one name: git up to 2.50, from 2.51 on, for a tag before 2.30, and in one batch. */
const NAME_TAKEN = [
  /^error: (?:cannot lock ref '[^']*': )?'(?<by>[^']+)' exists; cannot create '(?<ref>[^']+)'/,
  /^error: fetching ref (?<ref>\S+) failed: refname conflict/,
  /^error: cannot process '(?<by>[^']+)' and '(?<ref>[^']+)' at the same time/,
];
/** Says that some were in the way of others; from 2.51 on in place of the first line that says which. */
const SUMS_UP = /^error: some local refs could not be updated/;

export interface Refusals {
  /** What git would not move, by words that leave no doubt about the reason. */
  readonly leftOut: readonly LeftOut[];
  /** Only a look at the refs can tell more. */
  readonly isUnclear: boolean;
}

/** Which refs a fetch left as they are while it did all else; undefined: it complains of something else as well. */
export function refusals(stderr: string): Refusals | undefined {
  const lines = stderr.split('\n');
  const taken = lines.flatMap(nameTaken);
  const isSummedUp = lines.some((line) => SUMS_UP.test(line));
  const others = lines.filter((line) => COMPLAINT.test(line) && !SUMS_UP.test(line) && nameTaken(line).length === 0);
  if (others.length > 0) return undefined;
  const rows = lines.flatMap((line) => {
    const [, summary = '', theirs = '', ours = '', why = ''] = NOT_MOVED.exec(line) ?? [];
    if (why === '') return [];
    const row = rowOf(summary, theirs, ours, why, isSummedUp && taken.length === 0);
    // What an error says of it in full.
    return taken.some(({ ref }) => ref === ours || ref.endsWith(`/${ours}`)) ? [] : [row];
  });
  const leftOut = [...taken, ...rows.flatMap((row) => row ?? [])];
  return { leftOut, isUnclear: rows.includes(undefined) || leftOut.length === 0 };
}

const COMPLAINT = /^(?:fatal|error): /;

function nameTaken(line: string): LeftOut[] {
  for (const sign of NAME_TAKEN) {
    const { ref, by } = sign.exec(line)?.groups ?? {};
    if (ref !== undefined) return [{ ref, refspec: undefined, why: { kind: 'name-taken', by } }];
  }
  return [];
}

/** undefined: the reason is not in these words. */
function rowOf(summary: string, theirs: string, ours: string, why: string, isTaken: boolean): LeftOut | undefined {
  const isTag = /tag/.test(summary) || why === 'would clobber existing tag';
  const { ref, source } = isTag ? tag(ours) : branch(theirs, ours);
  switch (why) {
    case 'would clobber existing tag':
    case 'non-fast-forward':
      return { ref, refspec: `${source}:${ref}` };
    case "can't fetch into checked-out branch":
    case "can't fetch in current branch":
      return { ref, refspec: undefined, why: { kind: 'checked-out' } };
    default:
      return isTaken ? { ref, refspec: undefined, why: { kind: 'name-taken', by: undefined } } : undefined;
  }
}

/** git leaves out refs/tags/ where it shows a name. */
function tag(shown: string): { readonly ref: string; readonly source: string } {
  const ref = shown.startsWith('refs/') ? shown : `refs/tags/${shown}`;
  return { ref, source: ref };
}

/** By a refspec without `+`. git leaves out refs/heads/ and refs/remotes/ where it shows a name; a mirror has the same. */
function branch(theirs: string, ours: string): { readonly ref: string; readonly source: string } {
  const place = theirs === ours ? 'refs/heads/' : 'refs/remotes/';
  return {
    ref: ours.startsWith('refs/') ? ours : place + ours,
    source: theirs.startsWith('refs/') ? theirs : `refs/heads/${theirs}`,
  };
}

/** Why git fetched nothing at all, where it fetches the rest if that is left out. */
const STOPPED_BY = {
  notThere: /^fatal: couldn't find remote ref (\S+)$/im,
  samePlace: /^fatal: Cannot fetch both (\S+) and (\S+) to (\S+)$/im,
};

export interface Narrowed {
  readonly refspecs: readonly string[];
  readonly leftOut: LeftOut;
}

/** The same refspecs without what stopped git, of which none may ask for anything; undefined: something else stopped it. */
export function withoutWhatStops(stderr: string, refspecs: readonly string[]): Narrowed | undefined {
  const [, gone] = STOPPED_BY.notThere.exec(stderr) ?? [];
  if (gone !== undefined) {
    const left = refspecs.filter((text) => text.replace(/^\+/, '').split(':')[0] !== gone);
    const leftOut: LeftOut = { ref: gone, refspec: undefined, why: { kind: 'not-there' } };
    return left.length < refspecs.length ? { refspecs: left, leftOut } : undefined;
  }
  const [, , second, place] = STOPPED_BY.samePlace.exec(stderr) ?? [];
  if (second === undefined || place === undefined || refspecs.includes(`^${second}`)) return undefined;
  const leftOut: LeftOut = { ref: second, refspec: undefined, why: { kind: 'same-place', place } };
  return { refspecs: [...refspecs, `^${second}`], leftOut };
}
