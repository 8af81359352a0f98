// Owns: what several links of one thread share: an account, a node; opened for the first of them, closed after the last.
// Leaves: which links share one (RungKind.carrier), that they are in one thread (main/supervisor/threads), and opening it.

/** What carries links. */
export interface Carrier {
  /** Resolves when it is gone. */
  readonly close: () => Promise<void>;
}

/** One link's share. */
export interface Share<C extends Carrier> {
  readonly carrier: C;
  /** To be called once, when the link has no more use for it; the last of all closes it, and resolves when it is gone. */
  readonly release: () => Promise<void>;
}

export interface Carriers<C extends Carrier> {
  /**
   * Opens the carrier of that key, unless a link has it open or is opening it. Rejects with what opening failed by: then
   * nobody has a share, and the next to ask opens it anew.
   */
  readonly take: (key: string, open: () => Promise<C>) => Promise<Share<C>>;
}

export function createCarriers<C extends Carrier>(): Carriers<C> {
  const shared = new Map<string, { readonly opening: Promise<C>; links: number }>();
  /** Of those that close: the next of the same key is opened only when it is gone. */
  const closing = new Map<string, Promise<unknown>>();

  const openOnceGone = async (key: string, open: () => Promise<C>): Promise<C> => {
    await closing.get(key);
    return open();
  };
  const leave = async (key: string): Promise<void> => {
    const entry = shared.get(key);
    if (entry === undefined) return;
    entry.links -= 1;
    if (entry.links > 0) return;
    shared.delete(key);
    const closed = entry.opening.then((carrier) => carrier.close());
    // However it ends, there is no more of it.
    const gone = closed.catch(() => undefined);
    closing.set(key, gone);
    await gone;
    if (closing.get(key) === gone) closing.delete(key);
    await closed;
  };
  return {
    take: async (key, open) => {
      const entry = shared.get(key) ?? { opening: openOnceGone(key, open), links: 0 };
      shared.set(key, entry);
      entry.links += 1;
      try {
        const carrier = await entry.opening;
        return { carrier, release: () => leave(key) };
      } catch (error) {
        if (shared.get(key) === entry) shared.delete(key);
        throw error;
      }
    },
  };
}
