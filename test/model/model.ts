// Owns: what is known of a run without asking the daemon: what it was told, how it is configured, what may go wrong.
// Leaves: doing any of it (commands), and holding the daemon to it (quiet.ts).
import {
  type FetchMode,
  freshRemote,
  isWatched,
  KINDS,
  type ModelRemote,
  NAMES,
  type Name,
  wantsPushes,
} from './model-remote.ts';
import { noOffers, type Offers, offer, release, settle, type Wish } from './offers.ts';
import type { Complaint, Excuse, Silence } from './transcript.ts';

/** What one run is like from its beginning to its end. */
export interface Manner {
  /** The third remote is there from the beginning. */
  readonly startsWithAll: boolean;
  /** A hook of the user's takes its time whenever refs move, so that more happens while git runs. */
  readonly slowRefs: boolean;
  /** Each server has so many that those that move are fetched by their names. */
  readonly manyRefs: boolean;
  /** Refs are compared every few seconds, so that nothing depends on being told. */
  readonly shortChecks: boolean;
  /** What the user offers goes to the first two remotes from the beginning. */
  readonly startsPushing: boolean;
  /** After trouble the user says RESUME rather than wait. */
  readonly impatient: boolean;
  /** All is quiet before the end. */
  readonly endsQuiet: boolean;
  readonly ending: 'STOP' | 'end of input' | 'SIGTERM';
}

export interface Model extends Manner {
  /** How many were taken. */
  steps: number;
  held: 'no' | 'paused' | 'no-network';
  /** It was quiet once. */
  surelyRuns: boolean;
  /** How often it became so; the daemon's log says it as often. */
  readonly heldCounts: { paused: number; 'no-network': number };
  readonly remotes: Readonly<Record<Name, ModelRemote>>;
  fetchMode: FetchMode;
  /** The user's own, by full name: the tips of each, oldest first. */
  readonly branches: Map<string, string[]>;
  /** By server, whatever the config says of it. */
  readonly offers: Readonly<Record<Name, Offers>>;
  /** So many of the lines of what a server was sent are known. */
  readonly received: Record<Name, number>;
  isRefusing: boolean;
  /** Links were broken since it was last quiet, and how often at all. */
  isHurt: boolean;
  hurts: number;
  readonly excuses: Excuse[];
  readonly silences: Silence[];
}

const SSH_NAMES = NAMES.filter((name) => KINDS[name] === 'ssh');

/** Each time the same link breaks early, the wait gets twice as long: who waits for it cannot break it without end. */
const MOST_HURTS = { patient: 3, impatient: 12 };
/** What was done shows long before: a config is read, and a connection that was cut is known to be. */
export const NOTICED_MS = 5_000;

export function createModel(manner: Manner): Model {
  return {
    ...manner,
    steps: 0,
    held: 'no',
    surelyRuns: false,
    heldCounts: { paused: 0, 'no-network': 0 },
    remotes: {
      a: { ...freshRemote('a', true), pushes: manner.startsPushing },
      b: { ...freshRemote('b', true), pushes: manner.startsPushing },
      c: freshRemote('c', manner.startsWithAll),
    },
    fetchMode: 'fetch',
    branches: new Map(),
    offers: { a: noOffers(), b: noOffers(), c: noOffers() },
    received: { a: 0, b: 0, c: 0 },
    isRefusing: false,
    isHurt: false,
    hurts: 0,
    excuses: [],
    silences: [],
  };
}

/** Nothing but what the user pushes may move its remote-tracking refs. */
export const isFrozen = ({ pulls }: ModelRemote, { fetchMode }: Model): boolean => !pulls || fetchMode === 'prefetch';

export const mayHurt = ({ hurts, impatient }: Model): boolean =>
  hurts < MOST_HURTS[impatient ? 'impatient' : 'patient'];

/** From here until it is quiet these remotes (or all) may complain in these ways. */
export function excuse(model: Model, remotes: readonly Name[] | undefined, ...complaints: Complaint[]): void {
  model.excuses.push({ remotes, complaints, fromMs: performance.now(), untilMs: Number.POSITIVE_INFINITY });
}

/** Links are about to be broken. */
export function hurt(model: Model, whose: 'ssh' | 'any'): void {
  model.hurts += 1;
  model.isHurt = true;
  excuse(model, whose === 'ssh' ? SSH_NAMES : undefined, 'WARNING', 'FAILED');
}

/** A remote's config is about to be another in what its pushes and fetches depend on. */
export function edited(model: Model, name: Name, change: Partial<ModelRemote>): void {
  const remote = model.remotes[name];
  const before = wantsPushes(remote);
  Object.assign(remote, change);
  remote.edits = { kind: remote.edits.kind === 'known' ? 'one' : 'several', atMs: performance.now() };
  remote.frozen = undefined;
  if (before && !wantsPushes(remote)) release(model.offers[name]);
  for (const each of model.silences) if (each.remote === name && each.what === 'syncs') endSilence(each);
}

/** Takes a line that the daemon is about to be sent. */
export function order(model: Model, line: string): void {
  if (line === 'RESUME') {
    model.held = 'no';
    for (const each of model.silences) if (each.remote === undefined) endSilence(each);
  }
  const [word, ...words] = line.split(' ');
  if (word === 'CHANGED')
    for (const name of NAMES) offer(model.offers[name], model.branches, words, wishOf(model, name));
  if (line === 'LOSTNET') excuse(model, undefined, 'FAILED');
  const held = line === 'PAUSE' ? 'paused' : line === 'LOSTNET' ? 'no-network' : undefined;
  if (held === undefined || model.held === held) return;
  model.held = held;
  model.heldCounts[held] += 1;
}

function wishOf({ remotes, surelyRuns }: Model, name: Name): Wish {
  const remote = remotes[name];
  const isKnown = remote.edits.kind === 'known';
  if (wantsPushes(remote)) return isKnown && !remote.refusesPushes ? 'surely' : 'maybe';
  // What is said before that is read only after the config, which may be another then.
  return isKnown && surelyRuns ? 'no' : 'maybe';
}

/** The remote is watched no more. */
export function silenced(model: Model, name: Name): void {
  const fromMs = performance.now() + NOTICED_MS;
  model.silences.push({ ...silence('all', 'it is not to be watched'), remote: name, fromMs });
}

/** The remote is about to be watched again. */
export function unsilenced(model: Model, name: Name): void {
  for (const each of model.silences) if (each.remote === name) endSilence(each);
}

/** All was seen to be quiet. While it is held, trouble of before is not over: it shows when that ends. */
export function becameQuiet(model: Model): void {
  const nowMs = performance.now();
  model.surelyRuns = true;
  if (model.held !== 'no') {
    model.silences.push(silence('all', 'it is held'));
    return;
  }
  // It may be quiet for a moment before what was done is noticed.
  for (const each of model.excuses) each.untilMs = Math.min(each.untilMs, Math.max(nowMs, each.fromMs + NOTICED_MS));
  for (const name of NAMES) remoteBecameQuiet(model, name);
  model.isHurt = false;
}

function remoteBecameQuiet(model: Model, name: Name): void {
  const remote = model.remotes[name];
  remote.mayMiss = remote.notify === 'annex-shell';
  if (wantsPushes(remote)) settle(model.offers[name], model.isHurt);
  if (remote.refusesPushes) excuse(model, [name], 'FAILED', 'WARNING');
  if (isWatched(remote) && remote.command === 'ends') excuse(model, [name], 'WARNING');
  const isStill = !remote.pulls && !remote.pushes && remote.edits.kind === 'known';
  if (isStill && isWatched(remote)) {
    model.silences.push({ ...silence('syncs', 'it is neither to fetch nor to push'), remote: name });
  }
}

const silence = (what: Silence['what'], why: string): Silence => ({
  remote: undefined,
  what,
  why,
  fromMs: performance.now(),
  untilMs: Number.POSITIVE_INFINITY,
});

function endSilence(over: Silence): void {
  over.untilMs = Math.min(over.untilMs, performance.now());
}
