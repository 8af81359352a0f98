// Owns: a user at work in a repository: commits, branches, tags, fetches and housekeeping, each in a loop of its own.
// Leaves: which remotes may be fetched just now (fetch-gate.ts), and what is made of what failed (beside-rows.ts).
import { execFile } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Environment, TestRepo } from '../../support/temp-repo.ts';
import type { FetchGate } from './fetch-gate.ts';

const run = promisify(execFile);

export interface BusyUser {
  /** Commands that ended so far. */
  readonly commands: () => number;
  readonly failed: readonly FailedCommand[];
  /** Works until the signal; then each loop ends after the command that it runs. */
  readonly work: (ending: AbortSignal) => Promise<void>;
}

export interface FailedCommand {
  readonly command: string;
  readonly stderr: string;
}

type Git = (...args: readonly string[]) => Promise<void>;

/** One for each loop. */
const PAUSES_MS = { fetch: 150, write: 100, tidy: 400 };
/** Of so many fetches, one is of all remotes. */
const ALL_EVERY = 12;
const NAMES = 20;

export function makeBusyUser({ directory }: TestRepo, env: Environment, gate: FetchGate): BusyUser {
  const failed: FailedCommand[] = [];
  let commands = 0;
  const git: Git = async (...args) => {
    try {
      await run('git', args, { cwd: directory, env });
    } catch (failure) {
      const stderr = failure instanceof Error && 'stderr' in failure ? String(failure.stderr) : String(failure);
      failed.push({ command: args.join(' '), stderr });
    }
    commands += 1;
  };
  return {
    commands: () => commands,
    failed,
    work: async (ending) => {
      const loop = async (pauseMs: number, step: (turn: number) => Promise<void>): Promise<void> => {
        for (let turn = 1; !ending.aborted; turn += 1) {
          await step(turn);
          await wait(pauseMs);
        }
      };
      await Promise.all([
        loop(PAUSES_MS.fetch, (turn) => fetchSome(git, gate, turn)),
        loop(PAUSES_MS.write, (turn) => git(...inTurn(WRITING, turn)(turn))),
        loop(PAUSES_MS.tidy, (turn) => git(...inTurn(TIDYING, turn))),
      ]);
    },
  };
}

/** From all, from several, or from one. */
async function fetchSome(git: Git, gate: FetchGate, turn: number): Promise<void> {
  if (turn % ALL_EVERY === 0) return gate.beginWithAll(() => git('fetch', '--quiet', '--all'));
  const [first, ...others] = gate.open;
  if (first === undefined) return;
  await (turn % 2 === 0 ? git('fetch', '--quiet', '--multiple', first, ...others) : git('fetch', '--quiet', first));
}

const WRITING: readonly ((turn: number) => readonly string[])[] = [
  (turn) => ['commit', '--quiet', '--allow-empty', '-m', `Mine ${turn}`],
  (turn) => ['branch', '--quiet', '--force', `topic-${turn % NAMES}`],
  (turn) => ['tag', '--force', `mine-${turn % NAMES}`],
  (turn) => ['branch', '--quiet', '-D', `topic-${(turn - 2) % NAMES}`],
  // Which also writes to the config, as it follows that branch from then on.
  () => ['checkout', '--quiet', '-B', 'work', 'refs/remotes/r1/main'],
];

// As gc does, and not `-a`: that drops at once what no ref names, also what a fetch just found here and is to name.
const TIDYING: readonly (readonly string[])[] = [
  ['pack-refs', '--all'],
  ['repack', '--quiet', '-d'],
  ['gc', '--quiet'],
  ['pack-refs', '--all'],
  ['repack', '--quiet', '-A', '-d'],
];

function inTurn<Item>(items: readonly Item[], turn: number): Item {
  const item = items[(turn - 1) % items.length];
  if (item === undefined) throw new Error('nothing to take in turn');
  return item;
}
