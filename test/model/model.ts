// Owns: what is known of a run without asking the daemon: what it was told, how it is configured, what may go wrong.
// Leaves: doing any of it (commands), and holding the daemon to it (quiet.ts).
import type { Complaint, Excuse, Silence } from './transcript.ts';

export const NAMES = ['a', 'b', 'c'] as const;
export type Name = (typeof NAMES)[number];

/** By ssh, or in the same file system. */
export const KINDS: Readonly<Record<Name, 'ssh' | 'local'>> = { a: 'ssh', b: 'local', c: 'ssh' };
const SSH_NAMES = NAMES.filter((name) => KINDS[name] === 'ssh');

export type TagOpt = 'default' | '--tags' | '--no-tags';
export type Notify = 'auto' | 'watch' | 'annex-shell' | 'poll';

export interface ModelRemote {
  isThere: boolean;
  isOn: boolean;
  refspecs: readonly string[];
  prunes: boolean;
  tagOpt: TagOpt;
  notify: Notify;
  /** By a watcher that says nothing of deletions, now or since it was last quiet. */
  mayMiss: boolean;
  /** Some was missed: what is left over comes with the next change. */
  hasMissed: boolean;
}

/** What one run is like from its beginning to its end. */
export interface Manner {
  /** The third remote is there from the beginning. */
  readonly startsWithAll: boolean;
  /** A hook of the user's takes its time whenever refs move, so that more happens while git runs. */
  readonly slowRefs: boolean;
  /** Refs are compared every few seconds, so that nothing depends on being told. */
  readonly shortChecks: boolean;
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
  /** How often it became so; the daemon's log says it as often. */
  readonly heldCounts: { paused: number; 'no-network': number };
  readonly remotes: Readonly<Record<Name, ModelRemote>>;
  isRefusing: boolean;
  /** Links were broken since it was last quiet, and how often at all. */
  isHurt: boolean;
  hurts: number;
  readonly excuses: Excuse[];
  readonly silences: Silence[];
}

/** Each time the same link breaks early, the wait gets twice as long: who waits for it cannot break it without end. */
const MOST_HURTS = { patient: 3, impatient: 12 };
/** What was done shows long before: a config is read, and a connection that was cut is known to be. */
const NOTICED_MS = 5_000;

export const refspecsFor = (name: Name): readonly (readonly string[])[] => [
  [`+refs/heads/*:refs/remotes/${name}/*`],
  [`+refs/heads/*:refs/remotes/${name}-else/*`],
  [`+refs/heads/main:refs/remotes/${name}/main`],
  [`+refs/heads/*:refs/remotes/${name}/*`, '^refs/heads/two/*'],
  [`+refs/heads/t*:refs/remotes/${name}/t*`],
];

export function createModel(manner: Manner): Model {
  return {
    ...manner,
    steps: 0,
    held: 'no',
    heldCounts: { paused: 0, 'no-network': 0 },
    remotes: { a: freshRemote('a', true), b: freshRemote('b', true), c: freshRemote('c', manner.startsWithAll) },
    isRefusing: false,
    isHurt: false,
    hurts: 0,
    excuses: [],
    silences: [],
  };
}

export function freshRemote(name: Name, isThere: boolean): ModelRemote {
  const [refspecs = []] = refspecsFor(name);
  const plain = { prunes: false, tagOpt: 'default', notify: 'auto', mayMiss: false, hasMissed: false } as const;
  return { isThere, isOn: true, refspecs, ...plain };
}

export const isWatched = ({ isThere, isOn }: ModelRemote): boolean => isThere && isOn;

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

/** Takes a line that the daemon is about to be sent. */
export function order(model: Model, line: string): void {
  if (line === 'RESUME') {
    model.held = 'no';
    for (const silence of model.silences) if (silence.remote === undefined) endSilence(silence);
  }
  if (line === 'LOSTNET') excuse(model, undefined, 'FAILED');
  const held = line === 'PAUSE' ? 'paused' : line === 'LOSTNET' ? 'no-network' : undefined;
  if (held === undefined || model.held === held) return;
  model.held = held;
  model.heldCounts[held] += 1;
}

/** The remote is watched no more. */
export function silenced(model: Model, name: Name): void {
  const fromMs = performance.now() + NOTICED_MS;
  model.silences.push({ remote: name, why: 'it is not to be watched', fromMs, untilMs: Number.POSITIVE_INFINITY });
}

/** The remote is about to be watched again. */
export function unsilenced(model: Model, name: Name): void {
  for (const silence of model.silences) if (silence.remote === name) endSilence(silence);
}

/** All was seen to be quiet. While it is held, trouble of before is not over: it shows when that ends. */
export function becameQuiet(model: Model): void {
  const nowMs = performance.now();
  if (model.held !== 'no') {
    model.silences.push({ remote: undefined, why: 'it is held', fromMs: nowMs, untilMs: Number.POSITIVE_INFINITY });
    return;
  }
  // It may be quiet for a moment before what was done is noticed.
  for (const each of model.excuses) each.untilMs = Math.min(each.untilMs, Math.max(nowMs, each.fromMs + NOTICED_MS));
  model.isHurt = false;
  for (const remote of Object.values(model.remotes)) remote.mayMiss = remote.notify === 'annex-shell';
}

function endSilence(silence: Silence): void {
  silence.untilMs = Math.min(silence.untilMs, performance.now());
}
