// Owns: who holds the daemon still, and why: what one of them takes back does not undo what another wants.
// Leaves: what being held means (supervisor.ts).

/** Who may hold, such as `control`: whoever speaks the control protocol. */
export type Holder = string;
export type Hold = 'paused' | 'no-network';
export type Holds = ReadonlyMap<Holder, Hold>;

export const NO_HOLDS: Holds = new Map();

/** Each holds in one way at a time. */
export const withHold = (holds: Holds, holder: Holder, hold: Hold): Holds => new Map([...holds, [holder, hold]]);

export const withoutHold = (holds: Holds, holder: Holder): Holds =>
  new Map([...holds].filter(([other]) => other !== holder));

/** What all of them together come to: who says that there is no network wants more than who only wants it quiet. */
export function heldBy(holds: Holds): Hold | 'no' {
  const all = [...holds.values()];
  if (all.includes('no-network')) return 'no-network';
  return all.includes('paused') ? 'paused' : 'no';
}
