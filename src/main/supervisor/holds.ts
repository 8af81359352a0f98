// Owns: who holds the daemon still, and why: what one of them takes back does not undo what another wants.
// Leaves: what being held means (supervisor.ts).

/** Who may hold, such as `control`: whoever speaks the control protocol. */
export type Holder = string;
export type Hold = 'paused' | 'no-network';
/** `why`: for a person, where nobody asked for it by a word. */
export type Holds = ReadonlyMap<Holder, { readonly hold: Hold; readonly why?: string | undefined }>;

export const NO_HOLDS: Holds = new Map();

/** Each holds in one way at a time. */
export const withHold = (holds: Holds, holder: Holder, hold: Hold, why?: string): Holds =>
  new Map([...holds, [holder, { hold, why }]]);

export const withoutHold = (holds: Holds, holder: Holder): Holds =>
  new Map([...holds].filter(([other]) => other !== holder));

/** What all of them together come to: who says that there is no network wants more than who only wants it quiet. */
export function heldBy(holds: Holds): Hold | 'no' {
  const all = [...holds.values()].map(({ hold }) => hold);
  if (all.includes('no-network')) return 'no-network';
  return all.includes('paused') ? 'paused' : 'no';
}

/** Why that is; undefined where whoever holds has said so himself. */
export const whyHeld = (holds: Holds): string | undefined => [...holds.values()].flatMap(({ why }) => why ?? [])[0];

/** For the log. */
export const HELD_LINES: Readonly<Record<Hold, string>> = {
  paused: 'paused',
  'no-network': 'told that the network is gone',
};
