// Owns: why a link that works is closed, and what is said of links that come and go. Pure.
// Leaves: how links break (link-broken.ts), and when they are closed (remote.ts).
import type { Told } from '../../../shared/control-protocol/control.ts';
import type { Held } from '../../../shared/status.ts';
import type { CloseHow } from '../../../shared/thread-messages.ts';
import { isUp, type LinkEffect } from './link-state.ts';
import type { RemoteRecord } from './record.ts';

export const OTHER_CONFIG = 'its config has changed';
export const BETTER = 'a better way to watch it is tried';

/** `why`: where nobody said so by a word. */
export const heldWhy = (how: CloseHow, why?: string): string =>
  (how === 'kindly' ? 'paused' : 'told that the network is gone') + (why === undefined ? '' : `: ${why}`);
export const removedWhy = (held: Held): string =>
  held === 'stopping' ? 'the daemon stops' : 'it is not watched any more';

type Said = Extract<LinkEffect, { kind: 'say' }>;

export function tellingOf(said: Said, { link, linked: remote }: RemoteRecord): Told {
  if (said.message === 'CONNECTED') return { kind: said.message, remote, ...(isUp(link) && { how: link.how }) };
  return { kind: said.message, remote, ...(said.why !== undefined && { why: said.why }) };
}
