// Owns: how many of a kind may run at once, over all remotes: logins to one server, processes that poll, or that compare.
// Leaves: which links have a turn (link-turns.ts), and asking for one (workers/turns.ts).
import { availableParallelism } from 'node:os';
import type { Gate } from '../../../shared/thread-messages.ts';
import { agedPlaces } from '../../../shared/timing/aged.ts';

export interface GateLimits {
  /** OpenSSH's MaxStartups begins to refuse at 10 (sshd_config(5)). */
  readonly logins: number;
  /** They mostly wait for a server, but each begins and ends with work of its own. */
  readonly polls: number;
  /** Comparisons: each has a listing in memory, which may be a big one. */
  readonly looks: number;
  /**
   * One that has its turn for so long, in ms, does not keep the others waiting (shared/timing/aged.ts). A login is the
   * business of its own server alone.
   */
  readonly agedMs: number;
  /** The same of polls: of servers that are slow, each is to be asked as often as its interval says. */
  readonly pollAgedMs: number;
}

const LIMITS: GateLimits = {
  logins: 8,
  polls: 2 * availableParallelism(),
  looks: Math.min(8, 2 * availableParallelism()),
  agedMs: 1_000,
  pollAgedMs: 1_000,
};

export interface Gates {
  /** Calls `begin` when it is this one's turn, maybe at once; the returned function gives the place up, or the wait. */
  readonly take: (gate: Gate, begin: () => void) => () => void;
}

export function createGates(limits: Partial<GateLimits> = {}): Gates {
  const { logins, polls, looks, agedMs, pollAgedMs } = { ...LIMITS, ...limits };
  const polling = createSlots(polls, pollAgedMs);
  const looking = createSlots(looks, agedMs);
  /** Of each server that is logged in to now, or waited for. */
  const servers = new Map<string, Slots>();
  const slotsOf = (server: string): Slots => {
    const slots = servers.get(server) ?? createSlots(logins, Number.POSITIVE_INFINITY);
    servers.set(server, slots);
    return slots;
  };
  return {
    take: (gate, begin) => {
      if (gate.kind !== 'login') return (gate.kind === 'poll' ? polling : looking).take(begin);
      const slots = slotsOf(gate.server);
      const giveUp = slots.take(begin);
      return () => {
        giveUp();
        if (slots.isEmpty()) servers.delete(gate.server);
      };
    },
  };
}

interface Slots {
  readonly take: (begin: () => void) => () => void;
  readonly isEmpty: () => boolean;
}

function createSlots(most: number, agedMs: number): Slots {
  const waiting = new Set<() => void>();
  /** When each began. */
  const running = new Map<() => void, number>();
  let timer: NodeJS.Timeout | undefined;
  const beginNext = (): void => {
    clearTimeout(timer);
    for (const begin of waiting) {
      const nowMs = performance.now();
      const { places, inMs } = agedPlaces(
        [...running.values()].map((sinceMs) => nowMs - sinceMs),
        agedMs,
      );
      if (running.size >= most + places) {
        if (Number.isFinite(inMs)) timer = setTimeout(beginNext, inMs).unref();
        return;
      }
      waiting.delete(begin);
      running.set(begin, nowMs);
      begin();
    }
  };
  return {
    take: (begin) => {
      // Of its own, so that the same function may wait twice.
      const turn = (): void => begin();
      waiting.add(turn);
      beginNext();
      return () => {
        if (waiting.delete(turn) || running.delete(turn)) beginNext();
      };
    },
    isEmpty: () => waiting.size === 0 && running.size === 0,
  };
}
