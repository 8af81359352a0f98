// Owns: git-annex's tag in presences: what we say by it, and what others do.
// Leaves: to whom, and who is heard (presence.ts).
// git-annex: Assistant/XMPP.hs, of 5.20140411 to 6.20161210. A tag has no more than one attribute.
import { type Element, xml } from './library.ts';

export type Tag =
  /** I am one of us, and here. */
  | { readonly kind: 'here' }
  /** Who is there? */
  | { readonly kind: 'query' }
  /** These repositories, by their uuids, have something new. */
  | { readonly kind: 'push'; readonly uuids: readonly string[] };

const TAG = 'git-annex';
/** In one presence; more are said in several. */
export const MOST_UUIDS = 50;
const UUID = /^[\w.:-]{1,128}$/;

/** `to` absent: all who may see that this account is there. */
export function presenceWith(tag: Tag, to?: string): Element {
  return xml(
    'presence',
    { ...(to !== undefined && { to }) },
    xml('show', {}, 'xa'),
    // Messages to the account are for its owner's own program.
    xml('priority', {}, '-1'),
    xml(TAG, { xmlns: TAG, ...attributesOf(tag) }),
  );
}

function attributesOf(tag: Tag): Readonly<Record<string, string>> {
  if (tag.kind === 'query') return { query: '' };
  return tag.kind === 'push' ? { push: tag.uuids.slice(0, MOST_UUIDS).join(',') } : {};
}

/** undefined: it has none, or one that nobody here understands. */
export function tagIn(presence: Element): Tag | undefined {
  const found = presence.getChild(TAG, TAG);
  if (found === undefined) return undefined;
  const { xmlns: _, ...attributes } = found.attrs;
  const [[name, value = ''] = [], ...others] = Object.entries(attributes);
  if (others.length > 0) return undefined;
  if (name === undefined) return { kind: 'here' };
  if (name === 'query') return { kind: 'query' };
  if (name !== 'push') return undefined;
  const uuids = value.split(',').filter((uuid) => UUID.test(uuid));
  return { kind: 'push', uuids: [...new Set(uuids)].slice(0, MOST_UUIDS) };
}
