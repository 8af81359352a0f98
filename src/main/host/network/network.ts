// Owns: noticing that this machine's network is another, or that it slept; a guess whether there is a network at all.
// Leaves: reading its addresses (addresses.ts), and what is done about it (supervisor).

/** A network that came: an address that was not there, or a sleep that ended. One that went: no more than fewer addresses. */
export interface NetworkNews {
  readonly came: boolean;
  /** For the log. */
  readonly why: string;
}

/** Of this machine, `undefined` where nobody can tell. */
export type Addresses = readonly Address[] | undefined;

export interface Address {
  readonly at: string;
  readonly interface: string;
  /** Loopback, or link-local IPv6, which is there without a network. */
  readonly isOfNoNetwork: boolean;
}

/** Both in ms. `monotonicMs` does not go on while the machine sleeps, on Linux at least. */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** What was seen at the last look. */
export interface Seen {
  readonly addresses: Addresses;
  readonly at: Moment;
}

const LOOK_EVERY_MS = 5_000;
/** A look that comes so late: the process was stopped, or the machine asleep where its clock goes on. */
const LATE_MS = 15_000;
/** The wall clock has gone so much further: the machine slept, or was set right, which does no harm. */
const APART_MS = 3_000;

/** What a look means; undefined: nothing. An address on another interface is another. */
export function newsOf(before: Seen, now: Seen): NetworkNews | undefined {
  const wallMs = now.at.wallMs - before.at.wallMs;
  const monotonicMs = now.at.monotonicMs - before.at.monotonicMs;
  if (hasMore(before.addresses, now.addresses)) return { came: true, why: 'the network came back or changed' };
  if (monotonicMs > LOOK_EVERY_MS + LATE_MS || wallMs - monotonicMs > APART_MS)
    return { came: true, why: 'this machine woke from sleep' };
  return hasMore(now.addresses, before.addresses) ? { came: false, why: 'a network is gone' } : undefined;
}

/**
 * Whether there are addresses that the others lack; of those that nobody can tell, none is another. Beside a network the
 * link-local ones do not count: each container that starts on this machine brings one, and takes it away again.
 */
function hasMore(others: Addresses, addresses: Addresses): boolean {
  if (others === undefined || addresses === undefined) return false;
  const known = new Set(others.map(nameOf));
  const isBesideNetwork = mayReach(addresses);
  return addresses.some((address) => !known.has(nameOf(address)) && !(isBesideNetwork && isLinkLocal(address)));
}

/** As Node writes it, and /proc. */
const isLinkLocal = ({ at }: Address): boolean => /^fe80/i.test(at);

const nameOf = ({ at, interface: on }: Address): string => `${at} ${on}`;

/** Whether another host may be reached; where nobody can tell it may. */
export const mayReach = (addresses: Addresses): boolean =>
  addresses === undefined || addresses.some(({ isOfNoNetwork }) => !isOfNoNetwork);

export interface NetworkWatch {
  readonly isOnline: () => boolean;
  readonly close: () => void;
}

export interface NetworkWatchOptions {
  readonly addresses: () => Addresses;
  readonly now: () => Moment;
  /** Calls it again and again; returns what ends that. */
  readonly every: (ms: number, look: () => void) => () => void;
  readonly changed: (news: NetworkNews) => void;
}

/** Tells of what is new at each look. No traffic is made. */
export function watchNetwork({ addresses, now, every, changed }: NetworkWatchOptions): NetworkWatch {
  let seen: Seen = { addresses: addresses(), at: now() };
  const close = every(LOOK_EVERY_MS, () => {
    const before = seen;
    seen = { addresses: addresses(), at: now() };
    const news = newsOf(before, seen);
    if (news) changed(news);
  });
  return {
    isOnline: () => {
      const current = addresses();
      const isOnline = mayReach(current);
      // Back by the next look, it would look as if it had never been away.
      if (!isOnline) seen = { ...seen, addresses: current };
      return isOnline;
    },
    close,
  };
}
