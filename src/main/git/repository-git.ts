// Owns: what remotes ask of git as operations in the lane: fetches, pushes, and git's housekeeping when it is quiet.
// Leaves: taking turns (git-lane.ts), and when a remote wants something (supervisor).
import type { Environment } from '../../shared/git-environment.ts';
import type { Doubt } from '../../shared/refs/loss.ts';
import { mapPush } from '../../shared/refs/refspec.ts';
import type { Remote, RemoteName } from '../../shared/remote.ts';
import { rowOf } from '../../shared/rungs/rungs.ts';
import type { SshTarget } from '../../shared/ssh-target.ts';
import { ENDING_GIT } from '../patience.ts';
import { createDiskRoom, watchWhile } from './disk-room.ts';
import { type FetchRequest, NO_ROOM, startFetch } from './fetch.ts';
import { type Choice, createLane, REAL_TIME } from './git-lane.ts';
import type { GitRequests, GitTurn } from './git-requests.ts';
import { createHousekeeping } from './housekeeping.ts';
import type { Operation } from './lane-turn.ts';
import { removeLeftLocks } from './left-locks.ts';
import { startMaintenance } from './maintenance.ts';
import type { GitPlace, Outcome } from './operation.ts';
import { startPush } from './push.ts';
import { roomsOf, startEmptying } from './waiting-rooms.ts';

export interface RepositoryWork extends GitRequests {
  /** Forgets what waits for its turn, and ends housekeeping: nobody waits for that. */
  readonly quieten: () => void;
  /** Ends what runs, at once if it does not obey; each still reports its outcome. */
  readonly endRunning: () => Promise<void>;
  /** Forgets and ends what there is with a remote. */
  readonly endWith: (remote: RemoteName) => void;
  /** So many bytes came through a remote's relay: its operation is alive. */
  readonly sawActivity: (remote: RemoteName, bytes: number) => void;
  /** These are all remotes now, as they are now: what waits here for another is let go. */
  readonly configured: (remotes: readonly Remote[]) => void;
  /** Plans no more housekeeping. */
  readonly close: () => void;
}

export interface RepositoryWorkOptions {
  readonly place: GitPlace;
  /** Where what is fetched is written. */
  readonly objectsDirectory: string;
  /** Where loose refs are. */
  readonly refsDirectory: string;
  /** The environment in which git reaches that upload-pack through the relay at a socket; undefined: not through that. */
  readonly relayEnvironment: (socketPath: string, target: SshTarget) => Environment | undefined;
  /** Asked when a fetch begins. */
  readonly fetchMode: () => FetchRequest['mode'];
  readonly fetchTimeoutMs: () => number;
  /** What a fetch may bring; undefined: as much as it likes. Asked while one runs. */
  readonly maxFetchBytes: () => number | undefined;
  readonly held: () => boolean;
  readonly log: (text: string) => void;
}

/** Fetches of so many remotes share a turn: of twenty changes at once the last is here a fifth sooner by two than by one. */
const FETCHES_AT_ONCE = 2;
/** An operation without a sign for so long no longer holds up the others (design §4). */
const QUIET_MS = 5_000;
const MAINTENANCE = 'maintenance';
const EMPTYING = 'emptying waiting rooms';

export function createRepositoryWork(options: RepositoryWorkOptions): RepositoryWork {
  const { place, objectsDirectory, refsDirectory, relayEnvironment, fetchMode } = options;
  const { fetchTimeoutMs, maxFetchBytes, held, log } = options;
  const lane = createLane({ most: FETCHES_AT_ONCE, quietMs: QUIET_MS, timeoutMs: fetchTimeoutMs, ...REAL_TIME });
  const housekeeping = createHousekeeping(
    () => held() || !lane.isIdle(),
    () => lane.request(maintenance(place, log)),
  );
  /** By the last look, as one text; undefined: there was none yet. */
  let roomsInUse: string | undefined;
  const room = createDiskRoom(objectsDirectory);
  const fetching = watchWhile(room.watch, () => lane.failRunning(isFetch, NO_ROOM));
  const unpruned = new Set<RemoteName>();
  const tellUnpruned = (remote: RemoteName): void => {
    if (unpruned.has(remote)) return;
    unpruned.add(remote);
    log(
      `${remote}: its refs, or those here, cannot be listed whole, as they are too many: what is gone there is not deleted here`,
    );
  };
  /** By remote: what git said last that nobody knows the meaning of. */
  const saidOf = new Map<RemoteName, string>();
  const tellSaid = (remote: RemoteName, said: readonly string[]): void => {
    if (saidOf.get(remote) === said.join('\n')) return;
    saidOf.set(remote, said.join('\n'));
    for (const line of said) log(`${remote}: git said: ${line}`);
  };
  const beganMs = Date.now();
  const clean = async (): Promise<void> => {
    for (const file of await removeLeftLocks(refsDirectory, beganMs))
      log(`removed ${file}, left by a git that was ended`);
  };
  const request = (kind: 'fetch' | 'push', turn: GitTurn, start: Operation['start']): void => {
    const onDone = (outcome: Outcome): void => {
      if (kind === 'fetch') fetching(-1);
      housekeeping.written();
      if (outcome.doubt?.looks === 1) log(`${turn.remote.name}: ${describe(outcome.doubt)}`);
      if (outcome.unpruned) tellUnpruned(turn.remote.name);
      if (!outcome.ok && outcome.failure.said) tellSaid(turn.remote.name, outcome.failure.said);
      turn.done(outcome);
      // It was ended, or has met what an earlier one left.
      if (!outcome.ok && ['timed-out', 'locked'].includes(outcome.failure.code)) void clean();
    };
    const { name } = turn.remote;
    const shares = kind === 'fetch' ? { shares: true as const, mostBytes: maxFetchBytes } : {};
    const onStart = (): void => {
      if (kind === 'fetch') fetching(1);
      turn.started();
    };
    lane.request({
      key: keyOf(kind, name),
      remote: name,
      ...shares,
      start,
      onStart,
      onPace: turn.paced,
      onForgotten: turn.forgotten,
      onDone,
    });
  };

  return {
    requestFetch: (turn) => {
      const { name, sshCommand, plan, pruning, refs, comparison } = turn.remote;
      request('fetch', turn, () => {
        const { relay, looksForGone: isDue, doubt } = turn.how();
        const target = relayTargetOf(turn.remote);
        const over = <Key extends 'relay' | 'freshRelay'>(key: Key, socket: string | undefined) => {
          const environment = socket !== undefined && target ? relayEnvironment(socket, target) : undefined;
          return environment ? { [key]: environment } : {};
        };
        return startFetch(place, {
          remote: name,
          mode: fetchMode(),
          ...over('relay', relay?.socket),
          ...over('freshRelay', relay?.freshSocket),
          refspecs: refs.refspecs,
          ...(comparison && { tags: !refs.tags ? 'none' : comparison.allTags ? 'all' : 'followed' }),
          ...(sshCommand && { sshCommand }),
          ...(plan && { plan }),
          ...(pruning && { prune: { pruning, isDue, ...(doubt && { doubt }) } }),
          isShort: room.isShort,
          onMended: (mended) => log(`${name}: broken refs were taken away, to be fetched anew: ${mended.join(', ')}`),
        });
      });
    },
    requestPush: (turn) => {
      const { name, sshCommand, push } = turn.remote;
      const destinations = mapPush(push?.refspecs ?? []);
      request('push', turn, () =>
        startPush(place, { remote: name, names: turn.refs, destinations, ...(sshCommand && { sshCommand }) }),
      );
    },
    withdraw: (kind, remote) => lane.clearWaiting(({ key }) => key === keyOf(kind, remote)),
    quieten: () => {
      lane.clearWaiting();
      void lane.endRunning(({ key }) => key === MAINTENANCE);
    },
    endRunning: async () => {
      await lane.endRunning(() => true, ENDING_GIT.hurriedGraceMs);
      await clean();
    },
    endWith: (remote) => {
      const isWithIt: Choice = (operation) => operation.remote === remote;
      lane.clearWaiting(isWithIt);
      void lane.endRunning(isWithIt).then(clean);
    },
    sawActivity: lane.activity,
    configured: (remotes) => {
      const rooms = roomsOf(remotes);
      if (held() || rooms.join() === roomsInUse) return;
      roomsInUse = rooms.join();
      lane.request({
        ...QUIETLY,
        key: EMPTYING,
        start: () => startEmptying(place, rooms),
        onDone: (outcome) => {
          if (!outcome.ok) log(`what waits for no remote is left: ${outcome.failure.detail}`);
        },
      });
    },
    close: housekeeping.close,
  };
}

const describe = ({ gone }: Doubt): string =>
  `${gone.length} of its refs are said to be gone, ${gone[0]} among them: it is asked again before they are deleted here`;
const isFetch: Choice = ({ key }) => key.startsWith('fetch ');

const keyOf = (kind: 'fetch' | 'push', remote: RemoteName): string => `${kind} ${remote}`;

/** All its rungs that have a relay lead to the same. */
const relayTargetOf = ({ rungs }: Remote): SshTarget | undefined =>
  rungs.flatMap((rung) => rowOf(rung).relay(rung) ?? [])[0];

/** Of what nobody asked for. */
const QUIETLY = { onStart: () => undefined };

function maintenance(place: GitPlace, log: (text: string) => void): Operation {
  return {
    key: MAINTENANCE,
    // It says nothing while it works, and may work for long; PAUSE, LOSTNET and STOP end it.
    patienceMs: Number.POSITIVE_INFINITY,
    start: () => startMaintenance(place),
    ...QUIETLY,
    onDone: (outcome) => {
      if (!outcome.ok) log(`git maintenance: ${outcome.failure.detail}`);
    },
  };
}
