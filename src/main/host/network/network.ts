// Owns: noticing that this machine's network is another, or that it slept; a guess whether there is a network at all.
// Leaves: reading its addresses and routes (addresses.ts, routes.ts), who calls for a look (link-watch.ts), and what is
// done about it (supervisor).

/** Something became another: an address or a default route, or the machine has slept. */
export interface NetworkNews {
  /** There is something that was not there, or a sleep has ended. */
  readonly came: boolean;
  /** Something is there no more: what was said over it may never be answered. */
  readonly lost: boolean;
  /** For the log. */
  readonly why: string;
}

/** Of this machine, `undefined` where nobody can tell. */
export type Addresses = readonly Address[] | undefined;

/** Default routes, each by its gateway and interface; `undefined` where nobody can tell. */
export type Routes = readonly string[] | undefined;

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
  readonly routes: Routes;
  readonly at: Moment;
}

const LOOK_EVERY_MS = 5_000;
/** The same where the system tells of changes: a look takes a millisecond, and finds what was not told. */
const TOLD_LOOK_EVERY_MS = 60_000;
/** A look at the clocks alone, where nobody tells of sleep: 0.01 % of a processor. */
const CLOCKS_EVERY_MS = 2_000;
/** A look that comes so long after the last: the process was stopped, or the machine asleep where its clock goes on. */
const LATE_MS = 20_000;
/** The wall clock has gone so much further: the machine slept, or was set right, which does no harm. */
const APART_MS = 3_000;

/** What a look means; undefined: nothing. An address, or a gateway, on another interface is another. */
export function newsOf(before: Seen, now: Seen): NetworkNews | undefined {
  const slept = hasSlept(before.at, now.at);
  const addressLost = hasMore(now.addresses, before.addresses);
  const lost = slept || addressLost || hasMoreRoutes(now.routes, before.routes);
  if (hasMore(before.addresses, now.addresses)) return { came: true, lost, why: 'the network came back or changed' };
  if (hasMoreRoutes(before.routes, now.routes))
    return { came: true, lost, why: 'the network has another default route' };
  if (slept) return { came: true, lost, why: 'this machine woke from sleep' };
  if (!lost) return undefined;
  return { came: false, lost, why: addressLost ? 'a network is gone' : 'a default route is gone' };
}

/** Between two looks at the clocks, one right after the other. */
function hasSlept(before: Moment, now: Moment): boolean {
  const wallMs = now.wallMs - before.wallMs;
  const monotonicMs = now.monotonicMs - before.monotonicMs;
  return monotonicMs > LATE_MS || wallMs - monotonicMs > APART_MS;
}

function hasMoreRoutes(others: Routes, routes: Routes): boolean {
  if (others === undefined || routes === undefined) return false;
  return routes.some((route) => !others.includes(route));
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
  /** Something may be different: looks at once. */
  readonly look: () => void;
  /** Somebody who knows says that the machine slept. */
  readonly woke: () => void;
  /** Whether there is somebody who would call `woke`. */
  readonly sleepIsTold: (isTold: boolean) => void;
  /** Whether there is somebody who calls for a look when something is different. */
  readonly linksAreTold: (isTold: boolean) => void;
  readonly close: () => void;
}

export interface NetworkWatchOptions {
  readonly addresses: () => Addresses;
  readonly routes: () => Routes;
  readonly now: () => Moment;
  /** Calls it again and again; returns what ends that. */
  readonly every: (ms: number, look: () => void) => () => void;
  readonly changed: (news: NetworkNews) => void;
}

/** Of one sleep two may tell, each in its own time. */
const SAME_SLEEP_MS = 15_000;

/** Tells of what is new at each look. No traffic is made. */
export function watchNetwork({ addresses, routes, now, every, changed }: NetworkWatchOptions): NetworkWatch {
  let seen: Seen = { addresses: addresses(), routes: routes(), at: now() };
  let wokeMs = Number.NEGATIVE_INFINITY;
  const look = (): void => {
    const before = seen;
    seen = { addresses: addresses(), routes: routes(), at: now() };
    if (hasSlept(before.at, seen.at)) wokeMs = seen.at.monotonicMs;
    const news = newsOf(before, seen);
    if (news) changed(news);
  };
  const lookAtClocks = (): void => {
    const at = now();
    if (hasSlept(seen.at, at)) look();
    else seen = { ...seen, at };
  };
  let told = { sleep: false, links: false };
  const startLooks = (): (() => void)[] => [
    every(told.links ? TOLD_LOOK_EVERY_MS : LOOK_EVERY_MS, look),
    ...(told.sleep && !told.links ? [] : [every(told.sleep ? LOOK_EVERY_MS : CLOCKS_EVERY_MS, lookAtClocks)]),
  ];
  let looks = startLooks();
  const endLooks = (): void => {
    for (const end of looks) end();
  };
  const isNowTold = (now: Partial<typeof told>): void => {
    told = { ...told, ...now };
    endLooks();
    looks = startLooks();
  };
  return {
    isOnline: () => {
      const current = addresses();
      const isOnline = mayReach(current);
      // Back by the next look, it would look as if it had never been away.
      if (!isOnline) seen = { ...seen, addresses: current };
      return isOnline;
    },
    look,
    woke: () => {
      look();
      const { monotonicMs } = seen.at;
      if (monotonicMs - wokeMs < SAME_SLEEP_MS) return;
      wokeMs = monotonicMs;
      changed({ came: true, lost: true, why: 'this machine woke from sleep' });
    },
    sleepIsTold: (isTold) => isNowTold({ sleep: isTold }),
    linksAreTold: (isTold) => {
      isNowTold({ links: isTold });
      look();
    },
    close: endLooks,
  };
}
