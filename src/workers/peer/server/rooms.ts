// Owns: how many processes work for peers at once, in all and for one token, and who waits for one: bounded.
// Leaves: starting and ending them (connect.ts, objects.ts).
import { unlessAborted } from '../../../shared/timing/wait.ts';

export interface RoomLimits {
  readonly most: number;
  readonly mostPerToken: number;
  /** One of whom nothing was heard for so long goes when another waits; git may keep one ready for its next question. */
  readonly idleMs: number;
}

export interface Place {
  /** It moves something. */
  readonly note: () => void;
  /** Aborted when it is to make room. */
  readonly away: AbortSignal;
  readonly leave: () => void;
}

export interface Room {
  /** Resolves when there is a place. Throws what the signal was aborted with, which gives up the wait. */
  readonly enter: (tokenId: string, signal: AbortSignal) => Promise<Place>;
}

interface Inside {
  readonly tokenId: string;
  readonly away: AbortController;
  heardMs: number;
}

interface Waiting {
  readonly tokenId: string;
  readonly come: () => void;
}

/** How often somebody who waits looks for one who is idle. */
const LOOK_MS = 250;

export function createRoom({ most, mostPerToken, idleMs }: RoomLimits): Room {
  const inside = new Set<Inside>();
  const waiting = new Set<Waiting>();
  let timer: NodeJS.Timeout | undefined;

  const ofToken = (tokenId: string): Inside[] => [...inside].filter((each) => each.tokenId === tokenId);
  const isFull = (tokenId: string): boolean => inside.size >= most || ofToken(tokenId).length >= mostPerToken;
  const makeRoom = (tokenId: string): void => {
    const nowMs = performance.now();
    const among = ofToken(tokenId).length >= mostPerToken ? ofToken(tokenId) : [...inside];
    // One that is on its way out leaves room already.
    if (among.some(({ away }) => away.signal.aborted)) return;
    const [longest] = among.sort((one, other) => one.heardMs - other.heardMs);
    if (longest && nowMs - longest.heardMs >= idleMs) longest.away.abort();
  };
  /** Whose token has fewest inside, or who of them has waited longest: one that asks for many keeps no other waiting. */
  const next = (): Waiting | undefined =>
    [...waiting]
      .filter(({ tokenId }) => !isFull(tokenId))
      .sort((one, other) => ofToken(one.tokenId).length - ofToken(other.tokenId).length)[0];
  const look = (): void => {
    for (let first = next(); first !== undefined; first = next()) first.come();
    for (const { tokenId } of waiting) makeRoom(tokenId);
    if (waiting.size === 0) {
      clearInterval(timer);
      timer = undefined;
    } else timer ??= setInterval(look, LOOK_MS);
  };
  const take = (tokenId: string): Place => {
    const place: Inside = { tokenId, away: new AbortController(), heardMs: performance.now() };
    inside.add(place);
    return {
      note: () => {
        place.heardMs = performance.now();
      },
      away: place.away.signal,
      leave: () => {
        inside.delete(place);
        look();
      },
    };
  };
  return {
    enter: async (tokenId, signal) => {
      signal.throwIfAborted();
      if (!isFull(tokenId)) return take(tokenId);
      let one: Waiting | undefined;
      try {
        return await unlessAborted(
          new Promise<Place>((resolve) => {
            one = {
              tokenId,
              come: () => {
                if (one) waiting.delete(one);
                resolve(take(tokenId));
              },
            };
            waiting.add(one);
            look();
          }),
          signal,
        );
      } finally {
        if (one) waiting.delete(one);
      }
    },
  };
}
