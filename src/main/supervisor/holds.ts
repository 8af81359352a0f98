// Owns: who holds the daemon, or single remotes, still, and why: what one of them takes back does not undo what another wants.
// Leaves: what being held means (supervisor.ts).

import type { RemoteName } from '../../shared/remote.ts';

/** Who may hold, such as `control`: whoever speaks the control protocol. */
export type Holder = string;
export type Hold = 'paused' | 'no-network';
/** `why`: for a person, where nobody asked for it by a word. */
export interface HeldHow {
  readonly hold: Hold;
  readonly why?: string | undefined;
}

export interface Holds {
  /** Of all remotes. */
  readonly all: ReadonlyMap<Holder, HeldHow>;
  /** Paused one by one, by a person. */
  readonly named: ReadonlySet<RemoteName>;
}

export const NO_HOLDS: Holds = { all: new Map(), named: new Set() };

/** Each holds in one way at a time. */
export const withHold = ({ all, named }: Holds, holder: Holder, hold: Hold, why?: string): Holds => ({
  all: new Map([...all, [holder, { hold, why }]]),
  named,
});

export const withoutHold = ({ all, named }: Holds, holder: Holder): Holds => ({
  all: new Map([...all].filter(([other]) => other !== holder)),
  named,
});

export const withNamed = ({ all, named }: Holds, names: readonly RemoteName[]): Holds => ({
  all,
  named: new Set([...named, ...names]),
});

export const withoutNamed = ({ all, named }: Holds, names: readonly RemoteName[]): Holds => ({
  all,
  named: new Set([...named].filter((name) => !names.includes(name))),
});

/** What all of them together come to: who says that there is no network wants more than who only wants it quiet. */
export function heldBy({ all }: Holds): Hold | 'no' {
  const holds = [...all.values()].map(({ hold }) => hold);
  if (holds.includes('no-network')) return 'no-network';
  return holds.includes('paused') ? 'paused' : 'no';
}

/** Why all of them are held, where that is over by itself; undefined where somebody has said so who has to take it back. */
export function whyHeld(holds: Holds): string | undefined {
  const held = heldBy(holds);
  const holding = [...holds.all.values()].filter(({ hold }) => hold === held);
  return holding.every(({ why }) => why !== undefined) ? holding[0]?.why : undefined;
}

/** What they come to for one remote. */
export function remoteHeldBy(holds: Holds, name: RemoteName): Hold | 'no' {
  const held = heldBy(holds);
  return held === 'no' && holds.named.has(name) ? 'paused' : held;
}

/** The same of why it is held. */
export const whyRemoteHeld = (holds: Holds, name: RemoteName): string | undefined =>
  holds.named.has(name) ? undefined : whyHeld(holds);
