// Owns: the rows about a user's work beside the daemon; here `git` is the user without it.
// Leaves: measuring (beside.ts).
import { alike, type Complaint, complaintOf, speaksOfLocks } from '../beside/complaints.ts';
import type { WorkDone } from '../beside/work-together.ts';
import { measured, type Row } from '../report.ts';

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
  const ofDaemon = (what: string, ours: number, more: Partial<Row> = {}): Row => ({
    section: 'beside',
    what,
    unit: 'count',
    values: { ours: measured([ours]) },
    against: 'git',
    ...more,
  });
  const ofUser = (what: string, figure: (done: WorkDone) => number): Row =>
    ofDaemon(what, figure(watched), { values: { ours: measured([figure(watched)]), git: measured([figure(alone)]) } });
  const perThousand = (kind: Complaint) => (done: WorkDone) =>
    (1000 * done.failed.filter(({ stderr }) => complaintOf(stderr) === kind).length) / Math.max(1, done.commands);
  return [
    ofDaemon('fetches made beside a user at work', count(/^SYNCING /)),
    ofDaemon('moves of refs on the remotes', tally.moves),
    ofDaemon('times it was looked whether all had come', tally.checks),
    ofDaemon('changes lost', tally.lost + astrayAtEnd.length, NONE),
    ofDaemon('lock errors shown', shown(watched).length, NONE),
    ofDaemon('fetches that failed', count(/^DONESYNCING \S+ 0$/), NONE),
    ofDaemon('warnings', count(/^WARNING /), NONE),
    ofDaemon('complaints of git fsck', fsck.length, NONE),
    ofUser("the user's git commands; git: without the daemon", ({ commands }) => commands),
    ofUser('of 1000, failed at a lock', perThousand('lock')),
    ofUser('of 1000, lost a race for a ref', perThousand('race')),
    ofUser('of 1000, failed otherwise', perThousand('other')),
  ];
}

/** What no count tells: which refs, and which complaints. */
export function detailsOf(watched: WatchedFigures, alone: WorkDone): string[] {
  const failures = (title: string, { failed }: WorkDone): string[] =>
    alike(failed.map(({ command, stderr }) => `git ${command.split(' ')[0]}: ${stderr.split('\n')[0]}`)).map(
      (line) => `${title}: ${line}`,
    );
  return [
    ...watched.astrayAtEnd.map((ref) => `not here at the end: ${ref}`),
    ...alike(shown(watched)).map((line) => `shown: ${line}`),
    ...watched.fsck.map((line) => `git fsck: ${line}`),
    ...failures('with the daemon', watched),
    ...failures('without it', alone),
  ];
}

const shown = ({ said, logged }: WatchedFigures): string[] =>
  [...said.filter((line) => line.startsWith('WARNING ')), ...logged].filter(speaksOfLocks);

const NONE: Partial<Row> = { target: { most: 0 } };
