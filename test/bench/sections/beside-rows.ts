// Owns: the rows about a user's work beside the daemon; here `git` is the user without it.
// Leaves: measuring (beside.ts).
import { alike, type Complaint, complaintOf, speaksOfLocks } from '../beside/complaints.ts';
import type { WorkDone } from '../beside/work-together.ts';
import { measured, type Row } from '../report.ts';
import { median } from '../statistics.ts';

export interface WatchedFigures extends WorkDone {
  readonly tookMs: number;
  /** The daemon's lines: of the protocol, and of its log. */
  readonly said: readonly string[];
  readonly logged: readonly string[];
  /** Refs that were not here when all was quiet. */
  readonly astrayAtEnd: readonly string[];
  readonly fsck: readonly string[];
}

export function rowsOf(watched: WatchedFigures, alone: WorkDone): Row[] {
  const { said, tally, astrayAtEnd, fsck } = watched;
  const count = (sign: RegExp): number => said.filter((line) => sign.test(line)).length;
  return [
    row('fetches made beside a user at work', { ours: count(/^SYNCING /) }),
    row('moves of refs on the remotes', { ours: tally.moves }),
    row('times it was looked whether all had come', { ours: tally.checks }),
    ...(tally.cameMs.length > 0 ? rowsOfTime(tally.cameMs) : []),
    row('changes lost', { ours: tally.lost + astrayAtEnd.length }, NONE),
    row('lock errors shown', { ours: [...warnings(watched), ...watched.logged].filter(speaksOfLocks).length }, NONE),
    row('fetches that failed', { ours: count(/^DONESYNCING \S+ 0$/) }, NONE),
    row('warnings', { ours: warnings(watched).length }, NONE),
    row('complaints of git fsck', { ours: fsck.length }, NONE),
    ...rowsOfUser(watched, alone),
  ];
}

const rowsOfTime = (cameMs: readonly number[]): Row[] => [
  row('last move of a remote -> all here', { ours: median(cameMs) }, { unit: 'ms' }),
  row('the longest of these', { ours: Math.max(...cameMs) }, { unit: 'ms' }),
];

function rowsOfUser(watched: WorkDone, alone: WorkDone): Row[] {
  const both = (what: string, figure: (done: WorkDone) => number): Row =>
    row(what, { ours: figure(watched), git: figure(alone) });
  const perThousand = (kind: Complaint) => (done: WorkDone) =>
    (1000 * done.failed.filter(({ stderr }) => complaintOf(stderr) === kind).length) / Math.max(1, done.commands);
  return [
    both("the user's git commands; git: without the daemon", ({ commands }) => commands),
    both('of 1000, failed at a lock', perThousand('lock')),
    both('of 1000, lost a race for a ref', perThousand('race')),
    both('of 1000, failed otherwise', perThousand('other')),
  ];
}

export const row = (
  what: string,
  figures: { readonly ours: number; readonly git?: number },
  more: Partial<Row> = {},
): Row => ({
  section: 'beside',
  what,
  unit: 'count',
  values: Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, measured([figure])])),
  against: 'git',
  ...more,
});

/** What no count tells: which refs, and which complaints. */
export function detailsOf(watched: WatchedFigures, alone: WorkDone): string[] {
  const failures = (title: string, { failed }: WorkDone): string[] =>
    alike(failed.map(({ command, stderr }) => `git ${command.split(' ')[0]}: ${stderr.split('\n')[0]}`)).map(
      (line) => `${title}: ${line}`,
    );
  return [
    ...watched.astrayAtEnd.map((ref) => `not here at the end: ${ref}`),
    ...alike([...warnings(watched), ...watched.logged.filter(speaksOfLocks)]).map((line) => `shown: ${line}`),
    ...watched.fsck.map((line) => `git fsck: ${line}`),
    ...failures('with the daemon', watched),
    ...failures('without it', alone),
  ];
}

const warnings = ({ said }: WatchedFigures): string[] => said.filter((line) => line.startsWith('WARNING '));

const NONE: Partial<Row> = { target: { most: 0 } };
