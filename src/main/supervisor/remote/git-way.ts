// Owns: by which way git reaches a remote whose link is up: through the link's relay, or by a connection of its own.
// Leaves: what goes wrong on either (git/), and the relay (workers/upload-pack/relay.ts).

/** `guilty`: how often in a row the relay failed where git's own way then worked. `sinceMs`: when that was taken. */
export type GitWay =
  | { readonly kind: 'no-relay' }
  | { readonly kind: 'relay'; readonly socket: string; readonly guilty: number }
  | { readonly kind: 'own'; readonly socket: string; readonly guilty: number; readonly sinceMs: number };

/** After so many times the relay is left alone for a while: each of them cost a fetch. */
const MOST_GUILTY = 2;
/** What was wrong with it may be over: a server was busy, or had no process to spare. */
const AGAIN_MS = 600_000;

/** `socket`: of the relay of a link that has just come up; undefined: it has none. */
export const wayOver = (socket: string | undefined): GitWay =>
  socket === undefined ? { kind: 'no-relay' } : { kind: 'relay', socket, guilty: 0 };

/** With a clean slate: somebody asks to try everything anew. */
export const wayAnew = (way: GitWay): GitWay => (way.kind === 'no-relay' ? way : wayOver(way.socket));

/**
 * Where one way fails, the other is tried. That the relay is at fault is shown only by an own way that works at once
 * after it: where both fail it is the server, or what is fetched.
 */
export function nextWay(way: GitWay, ok: boolean, nowMs: number): GitWay {
  switch (way.kind) {
    case 'no-relay':
      return way;
    case 'relay':
      return ok ? { ...way, guilty: 0 } : { ...way, kind: 'own', sinceMs: nowMs };
    case 'own': {
      const { sinceMs, ...others } = way;
      if (!ok) return { ...others, kind: 'relay' };
      if (way.guilty >= MOST_GUILTY) return nowMs - sinceMs < AGAIN_MS ? way : { ...others, kind: 'relay' };
      const guilty = way.guilty + 1;
      return guilty < MOST_GUILTY ? { ...others, kind: 'relay', guilty } : { ...way, guilty };
    }
    default:
      return way satisfies never;
  }
}
