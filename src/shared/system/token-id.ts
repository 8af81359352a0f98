// Owns: what a token is called where it must not stand itself: the same to whoever keeps it and to whoever is shown it.
// Leaves: making tokens (main/peers/new-token.ts), and judging them (workers/peer/server/tokens.ts).
import { createHash } from 'node:crypto';

/** The first half of its SHA-256 in hex: tells which it is, and nothing by which one could get in. */
export const idOfToken = (token: string): string => createHash('sha256').update(token).digest('hex').slice(0, 32);
