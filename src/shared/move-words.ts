// Owns: moved refs, and what a sync came to, in the few words that a person is told: `main 3f5a1c2..9e0ab41, new tag v2`.
// Leaves: who tells them (main/log/event-lines.ts, main/commands/render-events.ts), and gathering them (moves.ts).
import type { RefMove, SyncTold } from './events.ts';
import type { Moves } from './moves.ts';
import { printable } from './printable.ts';

/** As many names stand in one line. */
const SHOWN_MOVES = 5;
const SHOWN_CHARACTERS = 7;

/** Empty where nothing moved. */
export function moveWords({ moved, movedBesides = 0 }: Moves, remote: string): string {
  // A line with one more name is no longer than one that says `and 1 more`.
  const most = moved.length + movedBesides <= SHOWN_MOVES + 1 ? SHOWN_MOVES + 1 : SHOWN_MOVES;
  const shown = moved.slice(0, most).map((move) => wordsOf(move, remote));
  const left = moved.length - shown.length + movedBesides;
  const words = shown.join(', ');
  if (left === 0) return words;
  return words === '' ? `${left} refs` : `${words} and ${left} more`;
}

function wordsOf({ ref, how, old, new: now }: RefMove, remote: string): string {
  const name = printable(shortName(ref, remote));
  switch (how) {
    case 'new':
      return `new ${name}`;
    case 'deleted':
      return old === undefined ? `deleted ${name}` : `deleted ${name} (was ${short(old)})`;
    case 'forwarded':
      return name + span(old, now, '..');
    case 'forced':
      return `${name}${span(old, now, '...')} (forced)`;
    default:
      return how satisfies never;
  }
}

const short = (object: string): string => object.slice(0, SHOWN_CHARACTERS);

function span(old: string | undefined, now: string | undefined, dots: string): string {
  if (old !== undefined && now !== undefined) return ` ${short(old)}${dots}${short(now)}`;
  return now === undefined ? '' : ` to ${short(now)}`;
}

/** As the remote calls it, where that is what a person would say. */
function shortName(ref: string, remote: string): string {
  if (ref.startsWith('refs/tags/')) return `tag ${ref.slice('refs/tags/'.length)}`;
  const place = [`refs/remotes/${remote}/`, `refs/prefetch/remotes/${remote}/`, 'refs/heads/'].find((each) =>
    ref.startsWith(each),
  );
  return place === undefined ? ref : ref.slice(place.length);
}

/** What a sync came to: `fetched main 3f5a1c2..9e0ab41 (0.12 s)`. */
export function syncWords(sync: SyncTold, remote: string): string {
  const { operation, ok, tookMs, why } = sync;
  const done = operation === 'push' ? 'pushed' : 'fetched';
  const moves = moveWords(sync, remote);
  const took = `(${(tookMs / 1000).toFixed(2)} s)`;
  if (ok) return `${moves === '' ? `nothing to ${operation}` : `${done} ${moves}`} ${took}`;
  const failed = `${operation} failed${why === undefined ? '' : `: ${printable(why)}`} ${took}`;
  return moves === '' ? failed : `${failed}; ${done} all the same: ${moves}`;
}
