// Owns: what nobody asked for, as operations in the lane: git's housekeeping, emptying waiting rooms, branches that follow.
// Leaves: doing it (maintenance.ts, waiting-rooms.ts, fast-forward-run.ts), and when it is due (repository-git.ts).
import { type Forwarding, startForwarding } from './fast-forward-run.ts';
import type { Choice } from './git-lane.ts';
import type { Operation } from './lane-turn.ts';
import { startMaintenance } from './maintenance.ts';
import type { GitPlace } from './operation.ts';
import { startEmptying } from './waiting-rooms.ts';

type Log = (text: string) => void;

const MAINTENANCE = 'maintenance';

export const isMaintenance: Choice = ({ key }) => key === MAINTENANCE;

export const maintenance = (place: GitPlace, log: Log): Operation => ({
  key: MAINTENANCE,
  // It says nothing while it works, and may work for long; PAUSE, LOSTNET and STOP end it.
  patienceMs: Number.POSITIVE_INFINITY,
  start: () => startMaintenance(place),
  onStart: () => undefined,
  onDone: (outcome) => {
    if (!outcome.ok) log(`git maintenance: ${outcome.failure.detail}`);
  },
});

/** `rooms`: those that are in use. */
export const emptying = (place: GitPlace, rooms: readonly string[], log: Log): Operation => ({
  key: 'emptying waiting rooms',
  start: () => startEmptying(place, rooms),
  onStart: () => undefined,
  onDone: (outcome) => {
    if (!outcome.ok) log(`what waits for no remote is left: ${outcome.failure.detail}`);
  },
});

/** Another fetch may have moved them further before its turn comes: what one branch follows is looked up then. */
export const followUpstream = (place: GitPlace, forwarding: Forwarding, log: Log): Operation => ({
  key: `fast-forward ${forwarding.remote} ${forwarding.moved.map(({ ref }) => ref).join(' ')}`,
  remote: forwarding.remote,
  start: () => startForwarding(place, forwarding),
  onStart: () => undefined,
  onDone: (outcome) => {
    if (!outcome.ok) log(`${forwarding.remote}: branches that follow it were not moved: ${outcome.failure.detail}`);
  },
});
