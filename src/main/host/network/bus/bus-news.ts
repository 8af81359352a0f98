// Owns: what NetworkManager and systemd-logind say on the system bus, and what that means. Pure.
// Leaves: the bus (system-bus.ts), and asking on it (watch-bus.ts).

export const NETWORK_MANAGER = 'org.freedesktop.NetworkManager';
export const LOGIND = 'org.freedesktop.login1';
/** Whose signals count. */
export const TELLERS = [NETWORK_MANAGER, LOGIND] as const;
export type Teller = (typeof TELLERS)[number];
/** Of NetworkManager. */
export const PROPERTIES = ['Connectivity', 'Metered'] as const;
export type Property = (typeof PROPERTIES)[number];

const BUS = 'org.freedesktop.DBus';
const OF_PROPERTIES = 'org.freedesktop.DBus.Properties';

/** What is let through to us (D-Bus specification, match rules). */
export const MATCHES: readonly string[] = [
  `type='signal',sender='${NETWORK_MANAGER}',path='/org/freedesktop/NetworkManager',interface='${OF_PROPERTIES}',member='PropertiesChanged',arg0='${NETWORK_MANAGER}'`,
  `type='signal',sender='${LOGIND}',path='/org/freedesktop/login1',interface='org.freedesktop.login1.Manager',member='PrepareForSleep'`,
  ...TELLERS.map((name) => `type='signal',sender='${BUS}',interface='${BUS}',member='NameOwnerChanged',arg0='${name}'`),
];

export interface BusState {
  /** The unique name that each has on the bus; absent: it is not there. Anybody may send a signal to anybody. */
  readonly owners: Readonly<Partial<Record<Teller, string>>>;
  readonly values: Readonly<Partial<Record<Property, number>>>;
}

export const NOBODY_THERE: BusState = { owners: {}, values: {} };

export type BusEvent =
  | {
      readonly kind: 'signal';
      readonly sender: string;
      readonly interface: string;
      readonly member: string;
      readonly body: readonly unknown[];
    }
  /** Who it is was asked; '' is nobody. */
  | { readonly kind: 'owner'; readonly name: Teller; readonly owner: string }
  /** What was asked of NetworkManager: a variant. */
  | { readonly kind: 'value'; readonly property: Property; readonly value: unknown };

export type BusTell =
  /** It was not known to reach everything, or was known not to. */
  | { readonly kind: 'full-connectivity' }
  | { readonly kind: 'woke' }
  /** One is there whose values are to be asked for. */
  | { readonly kind: 'ask-values' };

export interface BusStep {
  readonly state: BusState;
  readonly tells: readonly BusTell[];
}

export function stepBus(state: BusState, event: BusEvent): BusStep {
  switch (event.kind) {
    case 'owner':
      return withOwner(state, event.name, event.owner);
    case 'value':
      return withValue({ state, tells: [] }, event.property, event.value);
    case 'signal':
      return heard(state, event);
    default:
      return event satisfies never;
  }
}

const stay = (state: BusState): BusStep => ({ state, tells: [] });

function heard(
  state: BusState,
  { sender, interface: of, member, body }: Extract<BusEvent, { kind: 'signal' }>,
): BusStep {
  if (sender === BUS) {
    const [name, , owner] = body;
    const teller = TELLERS.find((each) => each === name);
    return member === 'NameOwnerChanged' && teller && typeof owner === 'string'
      ? withOwner(state, teller, owner)
      : stay(state);
  }
  if (sender === state.owners[LOGIND] && member === 'PrepareForSleep')
    return body[0] === false ? { state, tells: [{ kind: 'woke' }] } : stay(state);
  if (sender !== state.owners[NETWORK_MANAGER] || of !== OF_PROPERTIES || body[0] !== NETWORK_MANAGER)
    return stay(state);
  const changed = Array.isArray(body[1]) ? body[1] : [];
  return changed.reduce((step: BusStep, pair: unknown) => {
    const [name, value] = Array.isArray(pair) ? pair : [];
    const property = PROPERTIES.find((each) => each === name);
    return property ? withValue(step, property, value) : step;
  }, stay(state));
}

function withOwner({ owners, values }: BusState, name: Teller, owner: string): BusStep {
  const { [name]: _, ...others } = owners;
  const state = {
    owners: owner === '' ? others : { ...others, [name]: owner },
    // What one that is gone has said holds no more.
    values: name === NETWORK_MANAGER ? {} : values,
  };
  return { state, tells: name === NETWORK_MANAGER && owner !== '' ? [{ kind: 'ask-values' }] : [] };
}

/** NMConnectivityState: what is behind a portal, say, is less. */
const FULL = 4;

function withValue({ state, tells }: BusStep, property: Property, variant: unknown): BusStep {
  const value = numberIn(variant);
  if (value === undefined) return { state, tells };
  const before = state.values[property];
  const isNews = property === 'Connectivity' && value === FULL && before !== undefined && before !== FULL;
  return {
    state: { ...state, values: { ...state.values, [property]: value } },
    tells: isNews ? [...tells, { kind: 'full-connectivity' }] : tells,
  };
}

/** `[type, [value]]` */
function numberIn(variant: unknown): number | undefined {
  const value: unknown = Array.isArray(variant) && Array.isArray(variant[1]) ? variant[1][0] : undefined;
  return typeof value === 'number' ? value : undefined;
}

/** NMMetered: known to be, or guessed; undefined: nobody says. */
export function isMetered({ values: { Metered } }: BusState): boolean | undefined {
  if (Metered === 1 || Metered === 3) return true;
  return Metered === 2 || Metered === 4 ? false : undefined;
}

/** Whether somebody is there who tells when the machine wakes. */
export const tellsOfSleep = ({ owners }: BusState): boolean => owners[LOGIND] !== undefined;
