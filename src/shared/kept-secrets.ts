// Owns: the tokens that this thread has read: whatever a text says, and whoever said it, they are not shown in it.
// Leaves: all else that makes a text fit to be shown (printable.ts), and secrets that have a form (url-secrets.ts).
// Whoever was told a secret may say it again, in an answer, a complaint or a name: so this is no matter of each place that
// quotes somebody, but of the one through which all of them go.

/** Nobody says so many of its characters in a row by accident. */
const PIECE = 12;
/** What is shorter is no secret. */
const SHORTEST = 8;
/** The newest of them: a link has one, and a network that is served those of whoever came. */
const MOST = 128;

/** By their lengths: of a short secret there is one. In small letters. */
type Pieces = ReadonlyMap<number, ReadonlySet<string>>;

/** A Set tells in the order in which they were added. */
const kept = new Set<string>();
let keptPieces: Pieces = new Map();

/** From here on it is in no text that is shown. */
export function keepSecret(secret: string): void {
  const isNew = !kept.delete(secret);
  kept.add(secret);
  const [oldest] = kept;
  if (kept.size > MOST && oldest !== undefined) kept.delete(oldest);
  if (isNew) keptPieces = piecesOf(kept);
}

/** `***` for each, and for each part of one that is of use, in whatever letters, whatever stands between them. */
export const withoutKeptSecrets = (text: string): string => withoutPieces(text, keptPieces);

export const holdsSecret = (text: string, secret: string): boolean => withoutPieces(text, piecesOf([secret])) !== text;

function piecesOf(secrets: Iterable<string>): Pieces {
  const pieces = new Map<number, Set<string>>();
  for (const secret of secrets) {
    const bare = secret.toLowerCase();
    const length = Math.min(PIECE, bare.length);
    if (length < SHORTEST) continue;
    const all = pieces.get(length) ?? new Set();
    pieces.set(length, all);
    for (let at = 0; at + length <= bare.length; at += 1) all.add(bare.slice(at, at + length));
  }
  return pieces;
}

function withoutPieces(text: string, pieces: Pieces): string {
  if (pieces.size === 0) return text;
  const signs = [...text.matchAll(/[a-z0-9]/gi)];
  const bare = signs.map(([sign]) => sign.toLowerCase()).join('');
  let shown = '';
  let upTo = 0;
  for (let at = 0; at < bare.length; at += 1) {
    for (const [length, all] of pieces) {
      if (!all.has(bare.slice(at, at + length))) continue;
      const begin = signs[at]?.index ?? 0;
      if (begin >= upTo) shown += `${text.slice(upTo, begin)}***`;
      upTo = Math.max(upTo, (signs[at + length - 1]?.index ?? 0) + 1);
    }
  }
  return shown + text.slice(upTo);
}
