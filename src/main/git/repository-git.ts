// Owns: what remotes ask of git as operations in the lane: fetches, pushes, and git's housekeeping when it is quiet.
// Leaves: taking turns (git-lane.ts), and when a remote wants something (supervisor).
import path from 'node:path';
import type { RefMove } from '../../shared/events.ts';
import type { Environment } from '../../shared/git-environment.ts';
import { advised } from '../../shared/login-advice.ts';
import { mapPush } from '../../shared/refs/refspec.ts';
import type { Remote, RemoteName } from '../../shared/remote.ts';
import type { RelayedTo } from '../../shared/rungs/rung.ts';
import { ENDING_GIT } from '../patience.ts';
import { createDiskRoom, watchWhile } from './disk-room.ts';
import type { Forwarding } from './fast-forward-run.ts';
import { type FetchRequest, NO_ROOM } from './fetch.ts';
import { createFetchRequests } from './fetch-requests.ts';
import { type Choice, createLane, REAL_TIME } from './git-lane.ts';
import type { GitRequests, GitTurn } from './git-requests.ts';
import { createGoneRemotes } from './gone-remotes.ts';
import { grownMs, hitsAfter } from './grown-limit.ts';
import { createHousekeeping } from './housekeeping.ts';
import type { Operation } from './lane-turn.ts';
import { removeLeftLocks } from './left-locks.ts';
import type { GitPlace, Outcome, Work } from './operation.ts';
import { startPush } from './push.ts';
import { emptying, followUpstream, isMaintenance, maintenance } from './quiet-work.ts';
import { createTellOutcomes } from './tell-outcomes.ts';
import { roomsOf } from './waiting-rooms.ts';
import { createWriteRequests, type WriteRequests } from './write-requests.ts';

export interface RepositoryWork extends GitRequests, WriteRequests {
  /** Forgets what waits for its turn, and ends housekeeping: nobody waits for that. */
  readonly quieten: () => void;
  /** Ends what runs, at once if it does not obey; each still reports its outcome. */
  readonly endRunning: () => Promise<void>;
  /** Forgets and ends what there is with a remote that is no more, and lets go of what that has left. */
  readonly endWith: (remote: Remote) => void;
  /** Moves forward the branches of this repository whose upstream a fetch has moved. */
  readonly follow: (remote: RemoteName, moved: readonly RefMove[], forwarded: Forwarding['forwarded']) => void;
  /** So many bytes came through a remote's relay: its operation is alive. */
  readonly sawActivity: (remote: RemoteName, bytes: number) => void;
  /** These are all remotes now, as they are now: what waits here for another is let go. */
  readonly configured: (remotes: readonly Remote[]) => void;
  /** Plans nothing any more. */
  readonly close: () => void;
}

export interface RepositoryWorkOptions {
  readonly place: GitPlace;
  /** Where what is fetched is written. */
  readonly objectsDirectory: string;
  /** Where loose refs are. */
  readonly refsDirectory: string;
  /** Private, and for nothing else; made when it is needed. */
  readonly besideDirectory: string;
  /** The environment in which git reaches that upload-pack through the relay at a socket; undefined: not through that. */
  readonly relayEnvironment: (socketPath: string, target: RelayedTo) => Environment | undefined;
  /** Asked when a fetch begins. */
  readonly fetchMode: () => FetchRequest['mode'];
  readonly fetchTimeoutMs: () => number;
  /** What a fetch may bring; undefined: as much as it likes. Asked while one runs. */
  readonly maxFetchBytes: () => number | undefined;
  readonly held: () => boolean;
  readonly log: (text: string) => void;
  /** A fetch has moved refs. */
  readonly brought: (remote: RemoteName, moved: readonly RefMove[]) => void;
  /** Tells what git is asked with a remote. */
  readonly debug: (remote: RemoteName, text: () => string) => void;
}

/** Fetches of so many remotes share a turn: of twenty changes at once the last is here a fifth sooner by two than by one. */
const FETCHES_AT_ONCE = 2;
/** An operation without a sign for so long no longer holds up the others (design §4). */
const QUIET_MS = 5_000;

export function createRepositoryWork(options: RepositoryWorkOptions): RepositoryWork {
  const { place, objectsDirectory, refsDirectory, besideDirectory, relayEnvironment, fetchMode } = options;
  const { fetchTimeoutMs, maxFetchBytes, held, log, debug } = options;
  const placeFor = (remote: RemoteName): GitPlace => ({ ...place, debug: (text) => debug(remote, text) });
  const lane = createLane({ most: FETCHES_AT_ONCE, quietMs: QUIET_MS, timeoutMs: fetchTimeoutMs, ...REAL_TIME });
  const housekeeping = createHousekeeping(
    () => held() || !lane.isIdle(),
    () => lane.request(maintenance(place, log)),
  );
  /** By the last look, as one text; undefined: there was none yet. */
  let roomsInUse: string | undefined;
  const room = createDiskRoom(objectsDirectory);
  const fetching = watchWhile(room.watch, () => lane.failRunning(isFetch, NO_ROOM));
  const tell = createTellOutcomes(log);
  /** By key of an operation; absent: its time was enough. */
  const hitsOf = new Map<string, number>();
  const gone = createGoneRemotes({ place, commonDir: path.dirname(refsDirectory), lane, log });
  const fetches = createFetchRequests({
    commonDir: path.dirname(refsDirectory),
    besideDirectory,
    placeFor,
    fetchMode,
    relayEnvironment,
    isShort: room.isShort,
    mended: tell.mended,
  });
  const beganMs = Date.now();
  const clean = async (): Promise<void> => {
    for (const file of await removeLeftLocks(refsDirectory, beganMs))
      log(`removed ${file}, left by a git that was ended`);
  };
  const request = (kind: 'fetch' | 'push', turn: GitTurn, how: Pick<Operation, 'start' | 'isQuick'>): void => {
    const { name } = turn.remote;
    const key = keyOf(kind, name);
    let ended = (): void => undefined;
    const onDone = (told: Outcome, work: Work): void => {
      const outcome = told.ok ? told : { ...told, failure: advised(told.failure, name) };
      if (kind === 'fetch') fetching(-1);
      if (kind === 'fetch') fetches.done(turn.remote, outcome, work);
      ended();
      housekeeping.written();
      const hits = hitsAfter(hitsOf.get(key) ?? 0, outcome);
      if (hits > 0) hitsOf.set(key, hits);
      else hitsOf.delete(key);
      tell.outcome(name, outcome);
      turn.done(outcome, work);
      if (kind === 'fetch' && work.moved.length > 0) options.brought(name, work.moved);
      if (leavesLocks(outcome)) void clean();
    };
    const shares = { shares: kind, ...(kind === 'fetch' && { mostBytes: maxFetchBytes }) };
    const onStart = (): void => {
      if (kind === 'fetch') {
        fetching(1);
        ended = gone.fetching(name);
      }
      turn.started();
    };
    lane.request({
      key,
      remote: name,
      ...shares,
      grownMs: (usualMs) => grownMs(usualMs, hitsOf.get(key) ?? 0),
      ...how,
      onStart,
      onPace: turn.paced,
      onForgotten: turn.forgotten,
      onDone,
    });
  };

  return {
    ...createWriteRequests(lane, (outcome) => {
      housekeeping.written();
      if (leavesLocks(outcome)) void clean();
    }),
    requestFetch: (turn) => request('fetch', turn, fetches.of(turn)),
    requestPush: (turn) => {
      const { name, sshCommand, push } = turn.remote;
      const destinations = mapPush(push?.refspecs ?? []);
      const asked = { remote: name, names: turn.refs, destinations, ...(sshCommand && { sshCommand }) };
      request('push', turn, { start: () => startPush(placeFor(name), asked) });
    },
    withdraw: (kind, remote) => lane.clearWaiting(({ key }) => key === keyOf(kind, remote)),
    quieten: () => {
      lane.clearWaiting();
      void lane.endRunning(isMaintenance);
    },
    endRunning: async () => {
      await lane.endRunning(() => true, ENDING_GIT.hurriedGraceMs);
      await clean();
    },
    endWith: (remote) => {
      const isWithIt: Choice = (operation) => operation.remote === remote.name;
      lane.clearWaiting(isWithIt);
      void lane
        .endRunning(isWithIt)
        .then(clean)
        .then(() => gone.left(remote));
    },
    follow: (remote, moved, forwarded) => {
      const commonDir = path.dirname(refsDirectory);
      lane.request(followUpstream(placeFor(remote), { remote, moved, commonDir, forwarded }, log));
    },
    sawActivity: lane.activity,
    configured: (remotes) => {
      fetches.configChanged();
      const rooms = roomsOf(remotes);
      if (held() || rooms.join() === roomsInUse) return;
      roomsInUse = rooms.join();
      lane.request(emptying(place, rooms, log));
    },
    close: () => {
      housekeeping.close();
      gone.close();
    },
  };
}

/** It was ended, or has met what an earlier one left. */
const leavesLocks = (outcome: Outcome): boolean => !outcome.ok && ['silent', 'locked'].includes(outcome.failure.code);

const isFetch: Choice = ({ key }) => key.startsWith('fetch ');

const keyOf = (kind: 'fetch' | 'push', remote: RemoteName): string => `${kind} ${remote}`;
