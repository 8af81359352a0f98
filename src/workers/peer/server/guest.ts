// Owns: what somebody who is here can be told by: that it is to go, and that it has gone.
// Leaves: who is here (door.ts).

/** A stream of a peer, and all that works for it. */
export interface Guest {
  /** It is to go at once, with whatever works for it. */
  readonly dropped: AbortSignal;
  readonly drop: () => void;
}

/**
 * For a wait on behalf of a guest, which ends when he is dropped, has gone, or after a while; `release` when it is over.
 * Not by AbortSignal.any: what it makes stays with a signal that lives longer (Node 20).
 */
export function waitFor({ dropped }: Guest, gone: Promise<unknown> | undefined, limitMs: number) {
  const cut = new AbortController();
  const end = (): void => cut.abort();
  const timer = setTimeout(end, limitMs);
  dropped.addEventListener('abort', end, { once: true });
  if (dropped.aborted) end();
  void gone?.then(end, end);
  const release = (): void => {
    clearTimeout(timer);
    dropped.removeEventListener('abort', end);
  };
  return { signal: cut.signal, release };
}
