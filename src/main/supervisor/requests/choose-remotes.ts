// Owns: which remotes a request means. Pure.
// Leaves: what is done with them (request-desk.ts).
import { nearest } from '../../../shared/nearest.ts';
import { printable } from '../../../shared/printable.ts';
import type { RemoteName, SkippedRemote } from '../../../shared/remote.ts';

export interface Chosen {
  readonly kind: 'chosen';
  readonly watched: readonly RemoteName[];
  /** Those that were named, and are not watched. */
  readonly skipped: readonly SkippedRemote[];
}

export interface NoChoice {
  readonly kind: 'refused';
  readonly why: string;
}

/** `names`: none stands for all that are watched. */
export function chooseRemotes(
  names: readonly string[],
  watched: readonly RemoteName[],
  skipped: readonly SkippedRemote[],
): Chosen | NoChoice {
  if (names.length === 0) {
    if (watched.length > 0) return { kind: 'chosen', watched, skipped: [] };
    return { kind: 'refused', why: 'no remote is watched here' };
  }
  const asked = [...new Set(names)];
  const all = new Set<string>([...watched, ...skipped.map(({ name }) => name)]);
  const unknown = asked.find((name) => !all.has(name));
  if (unknown !== undefined) return { kind: 'refused', why: noRemote(unknown, [...all]) };
  return {
    kind: 'chosen',
    watched: watched.filter((name) => asked.includes(name)),
    skipped: skipped.filter(({ name }) => asked.includes(name)),
  };
}

function noRemote(name: string, all: readonly string[]): string {
  const meant = nearest(name, all);
  const advice = meant === undefined ? '' : `; did you mean '${printable(meant)}'?`;
  return `there is no remote '${printable(name)}' here${advice}`;
}

export const whyNotWatched = ({ why }: SkippedRemote): string => `it is not watched: ${printable(why)}`;
