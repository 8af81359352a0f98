// Owns: the form of a result: one row per thing measured, with what each competitor took for it.
// Leaves: measuring (sections/), and showing it (table.ts).
import { median } from './statistics.ts';

/** `ours` and `annex` are the two daemons; `git` is git run by hand; `base` is ours in an easier case, which the row names. */
export type Competitor = 'ours' | 'annex' | 'git' | 'base';

export type Unit = 'ms' | 'MB' | 'MB/s' | 'bytes' | 'count';

/** What was measured, or why it could not be. */
export type Value = { readonly samples: readonly number[] } | { readonly missing: string };

export interface Row {
  readonly section: string;
  readonly what: string;
  readonly unit: Unit;
  readonly values: Readonly<Partial<Record<Competitor, Value>>>;
  /** What ours is compared with. */
  readonly against: Exclude<Competitor, 'ours'>;
  /** Most that ours may be: so many times the other's, or so many units. */
  readonly target?: { readonly times: number } | { readonly most: number };
}

export const measured = (samples: readonly number[]): Value =>
  samples.length > 0 ? { samples } : { missing: 'nothing was measured' };

export function medianOf(value: Value | undefined): number | undefined {
  return value && 'samples' in value ? median(value.samples) : undefined;
}

/** Ours over the other's; undefined where either is missing, or the other's is nothing. */
export function ratioOf({ values, against }: Row): number | undefined {
  const [ours, theirs] = [medianOf(values.ours), medianOf(values[against])];
  return ours === undefined || !theirs ? undefined : ours / theirs;
}

/** Undefined where there is no target, or nothing to hold against it. */
export function isMet(row: Row): boolean | undefined {
  const { target, values } = row;
  if (!target) return undefined;
  const [ours, most] = 'times' in target ? [ratioOf(row), target.times] : [medianOf(values.ours), target.most];
  return ours === undefined ? undefined : ours <= most;
}

/** For `--json`: the rows with what follows from them. */
export const asJson = (rows: readonly Row[]): object[] =>
  rows.map((row) => ({
    ...row,
    medians: Object.fromEntries(Object.entries(row.values).map(([name, value]) => [name, medianOf(value)])),
    ratio: ratioOf(row),
    isMet: isMet(row),
  }));
