// Owns: JIDs, the addresses of XMPP: read, compared and told. Pure.
// Leaves: which of them may come here (network-settings.ts, workers/peer/network/xmpp).

export interface Jid {
  /** The account, `user@host`. */
  readonly bare: string;
  readonly local: string;
  readonly domain: string;
  /** One program of that account; undefined: any. */
  readonly resource?: string;
}

/** RFC 7622: no part is longer. */
const MOST_BYTES = 1_023;
const LOCAL = /^[^\s\p{Cc}"&'/:<>@]+$/u;
const DOMAIN = /^(?:\[[\da-f:.]+\]|[^\s\p{Cc}"&'/:<>@]+)$/u;
const RESOURCE = /^[^\p{Cc}]+$/u;

/** `user@host` or `user@host/resource`; undefined: it is none. Of the account case does not count. */
export function parseJid(text: string): Jid | undefined {
  const slash = text.indexOf('/');
  const account = slash === -1 ? text : text.slice(0, slash);
  const at = account.indexOf('@');
  const [local, domain] = [account.slice(0, Math.max(at, 0)).toLowerCase(), account.slice(at + 1).toLowerCase()];
  const resource = slash === -1 ? undefined : text.slice(slash + 1);
  if (!LOCAL.test(local) || !DOMAIN.test(domain) || text.length > 3 * MOST_BYTES) return undefined;
  if (resource !== undefined && !RESOURCE.test(resource)) return undefined;
  return { bare: `${local}@${domain}`, local, domain, ...(resource !== undefined && { resource }) };
}

export const formatJid = ({ bare, resource }: Jid): string => (resource === undefined ? bare : `${bare}/${resource}`);
