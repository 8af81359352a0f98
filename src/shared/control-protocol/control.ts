// Owns: the control protocol's messages, both directions, and how a remote is spelled in them.
// Leaves: how lines travel (main/control), and what a message makes happen (main/control/line-handler.ts).
import type { SyncTold } from '../events.ts';
import type { RemoteIdentity } from '../remote.ts';
import { declareMessages, flag, type MessageOf, rest, word, words } from './codec.ts';

/** What the daemon says. `remote` is already as the reader wants it: a name or a URI, without white space. */
const EMITTED = {
  CONNECTED: { remote: word },
  DISCONNECTED: { remote: word },
  SYNCING: { remote: word },
  DONESYNCING: { remote: word, ok: flag },
  WARNING: { remote: word, text: rest },
};
export const emitted = declareMessages(EMITTED);
export type Emitted = MessageOf<typeof EMITTED>;

type About<Message, Remote> = Message extends Emitted ? Omit<Message, 'remote'> & { readonly remote: Remote } : never;
/** Something to say, of a remote that is not spelled yet. */
export type Announcement = About<Emitted, RemoteIdentity>;

/** An announcement with what its line does not say. */
export type Told =
  | Exclude<Announcement, { kind: 'CONNECTED' | 'DISCONNECTED' | 'DONESYNCING' }>
  /** By which way it is watched. */
  | (Extract<Announcement, { kind: 'CONNECTED' }> & { readonly how?: string })
  | (Extract<Announcement, { kind: 'DISCONNECTED' }> & { readonly why?: string })
  | (Extract<Announcement, { kind: 'DONESYNCING' }> & { readonly sync: SyncTold });

/** What the daemon obeys. Each is idempotent. */
const CONSUMED = {
  PAUSE: {},
  LOSTNET: {},
  RESUME: {},
  CHANGED: { refs: words },
  RELOAD: {},
  STOP: {},
};
export const consumed = declareMessages(CONSUMED);
export type Consumed = MessageOf<typeof CONSUMED>;

/** A remote's name as one word of a line: white space, control characters and `%` are percent-encoded (UTF-8). */
export function encodeRemoteName(name: string): string {
  return name.replace(/[\s\p{Cc}%]/gu, (character) => percentEncode(character));
}

/** Every byte of a text's UTF-8 as `%XX`. */
export function percentEncode(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return Array.from(bytes, (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
