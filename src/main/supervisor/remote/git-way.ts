// Owns: by which way git reaches a remote whose link is up: through the link's relay, or by a connection of its own.
// Leaves: what goes wrong on either (git/), and the relay (workers/upload-pack/relay.ts).

/** `failures`: of the relay, in a row. */
export type GitWay =
  | { readonly kind: 'no-relay' }
  | { readonly kind: 'relay' | 'own'; readonly socket: string; readonly failures: number };

/** After so many failures in a row the relay is left alone for as long as the link lives. */
const MOST_RELAY_FAILURES = 2;

/** `socket`: of the relay of a link that has just come up; undefined: it has none. */
export const wayOver = (socket: string | undefined): GitWay =>
  socket === undefined ? { kind: 'no-relay' } : { kind: 'relay', socket, failures: 0 };

/** Where one way fails, the other is tried; what worked before it is gone back to, unless it fails time and again. */
export function nextWay(way: GitWay, ok: boolean): GitWay {
  switch (way.kind) {
    case 'no-relay':
      return way;
    case 'relay':
      return ok ? { ...way, failures: 0 } : { ...way, kind: 'own', failures: way.failures + 1 };
    case 'own':
      return ok && way.failures >= MOST_RELAY_FAILURES ? way : { ...way, kind: 'relay' };
    default:
      return way satisfies never;
  }
}
