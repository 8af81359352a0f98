// Owns: how many may be on their way in at once, in all and from one place: each has made itself known, and has no stream yet.
// Leaves: asking it, and the streams (listening.ts).

export interface Arrivals {
  /** Whether one of that key, who comes from there, is not answered; else it counts until it has arrived, or given up. */
  readonly refuses: (publicKey: Uint8Array, host: string) => boolean;
  readonly arrived: (publicKey: Uint8Array) => void;
  readonly close: () => void;
}

export const MOST_ARRIVING = 100;
/** Keys cost nothing: one machine alone keeps nobody else out. */
export const MOST_ARRIVING_FROM_ONE = 20;
/** After which hyperdht gives one up. */
export const ARRIVING_MS = 10_000;

/** Anybody may come: who has no token gets no further than the door. */
export function createArrivals(): Arrivals {
  const arriving = new Map<NodeJS.Timeout, { readonly key: string; readonly host: string }>();
  const leave = (timer: NodeJS.Timeout): void => {
    clearTimeout(timer);
    arriving.delete(timer);
  };
  return {
    refuses: (publicKey, host) => {
      const fromThere = [...arriving.values()].filter((each) => each.host === host).length;
      if (arriving.size >= MOST_ARRIVING || fromThere >= MOST_ARRIVING_FROM_ONE) return true;
      const timer = setTimeout(() => leave(timer), ARRIVING_MS).unref();
      arriving.set(timer, { key: textOf(publicKey), host });
      return false;
    },
    arrived: (publicKey) => {
      const key = textOf(publicKey);
      // Of several of one peer whichever.
      const [timer] = [...arriving].find(([, each]) => each.key === key) ?? [];
      if (timer !== undefined) leave(timer);
    },
    close: () => [...arriving.keys()].forEach(leave),
  };
}

const textOf = (publicKey: Uint8Array): string => Buffer.from(publicKey).toString('hex');
