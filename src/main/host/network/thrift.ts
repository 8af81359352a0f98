// Owns: how sparing the daemon is to be now, from what the config wants on a metered network and on battery. Pure.
// Leaves: whether it is one (bus/bus-news.ts, power.ts), and being sparing (supervisor, config).

/** `poll`: nothing is kept open that can be asked now and then instead. */
export type Thrift = { readonly kind: 'run' } | { readonly kind: 'poll' | 'pause'; readonly why: string };

type Wish = Thrift['kind'];

export interface ThriftInputs {
  readonly onMetered: Wish;
  readonly onBattery: Wish;
  readonly isMetered: boolean;
  readonly runsOnBattery: boolean;
}

/** Of two wishes that hold, the more sparing one. */
export function thriftFor({ onMetered, onBattery, isMetered, runsOnBattery }: ThriftInputs): Thrift {
  const wishes = [
    ...(isMetered ? [{ kind: onMetered, why: `the network is metered: remotedaemon.onMetered is ${onMetered}` }] : []),
    ...(runsOnBattery
      ? [{ kind: onBattery, why: `the machine runs on battery: remotedaemon.onBattery is ${onBattery}` }]
      : []),
  ];
  for (const kind of ['pause', 'poll'] as const) {
    const wish = wishes.find((each) => each.kind === kind);
    if (wish) return { kind, why: wish.why };
  }
  return { kind: 'run' };
}
