// Owns: who of those we know is there, by git-annex's tag in their presence, and what they tell.
// Leaves: the tag (tags.ts), and what follows from what is told (main).
import { type Jid, parseJid } from '../../../../shared/p2p/jid.ts';
import type { Element } from './library.ts';
import { MOST_UUIDS, presenceWith, tagIn } from './tags.ts';

export interface Presence {
  /** A presence of somebody. */
  readonly hear: (stanza: Element) => void;
  /** Says that we are here, and asks who is: all those that are known now. */
  readonly greet: () => void;
  /** Asks one account who of it is there. */
  readonly ask: (bare: string) => void;
  /** Says that these repositories have something new. */
  readonly tell: (uuids: readonly string[]) => void;
  /** Who of an account is there, with their resources; the last who came is the first. */
  readonly of: (bare: string) => readonly Jid[];
  /** Nobody is, as far as is known. */
  readonly forget: () => void;
}

export interface PresenceOptions {
  readonly own: () => Jid;
  /** Accounts, without resources. */
  readonly isKnown: (bare: string) => boolean;
  readonly known: () => readonly string[];
  readonly send: (stanza: Element) => void;
  readonly onTold: (uuids: readonly string[], from: Jid) => void;
  readonly onCame: (jid: Jid) => void;
  /** A program of somebody is gone, as its server says. */
  readonly onLeft: (jid: Jid) => void;
  readonly nowMs: () => number;
}

/** Of one account that are kept. */
const MOST_RESOURCES = 32;
/** Who asks more often is not answered each time. */
const ANSWER_EVERY_MS = 2_000;

export function createPresence(options: PresenceOptions): Presence {
  const { own, isKnown, known, send, onTold, onCame, onLeft, nowMs } = options;
  /** By account, then by resource; `answeredMs`: when a question of it was answered last. */
  const here = new Map<string, Map<string, { answeredMs: number }>>();
  const everybody = (): readonly string[] => [...new Set([own().bare, ...known()])];
  const came = (jid: Jid, resource: string): { answeredMs: number } => {
    const resources = here.get(jid.bare) ?? new Map<string, { answeredMs: number }>();
    const before = resources.get(resource);
    const entry = before ?? { answeredMs: Number.NEGATIVE_INFINITY };
    resources.delete(resource);
    const [oldest] = resources.keys();
    if (resources.size >= MOST_RESOURCES && oldest !== undefined) resources.delete(oldest);
    here.set(jid.bare, resources.set(resource, entry));
    if (before === undefined) onCame(jid);
    return entry;
  };
  const left = (jid: Jid): void => {
    const { bare, resource = '' } = jid;
    const resources = here.get(bare);
    resources?.delete(resource);
    if (resources?.size === 0) here.delete(bare);
    onLeft(jid);
  };
  return {
    hear: (stanza) => {
      const jid = parseJid(stanza.attrs.from ?? '');
      const { bare, resource } = own();
      if (jid?.resource === undefined || (jid.bare === bare && jid.resource === resource)) return;
      if (jid.bare !== bare && !isKnown(jid.bare)) return;
      if (stanza.attrs.type === 'unavailable') return left(jid);
      // What is asked of the account's owner, such as whether he may be seen, is for his own program.
      if (stanza.attrs.type !== undefined) return;
      const tag = tagIn(stanza);
      if (tag === undefined) return;
      const entry = came(jid, jid.resource);
      if (tag.kind === 'push') onTold(tag.uuids, jid);
      if (tag.kind !== 'query' || nowMs() < entry.answeredMs + ANSWER_EVERY_MS) return;
      entry.answeredMs = nowMs();
      send(presenceWith({ kind: 'here' }, stanza.attrs.from));
    },
    greet: () => {
      send(presenceWith({ kind: 'here' }));
      for (const bare of everybody()) send(presenceWith({ kind: 'query' }, bare));
    },
    ask: (bare) => send(presenceWith({ kind: 'query' }, bare)),
    tell: (uuids) => {
      for (let start = 0; start < uuids.length; start += MOST_UUIDS) {
        const some = uuids.slice(start, start + MOST_UUIDS);
        for (const bare of everybody()) send(presenceWith({ kind: 'push', uuids: some }, bare));
      }
    },
    of: (bare) =>
      [...(here.get(bare)?.keys() ?? [])]
        .map((resource) => parseJid(`${bare}/${resource}`))
        .filter((jid) => jid !== undefined)
        .reverse(),
    forget: () => here.clear(),
  };
}
