// Owns: what a run is played out in, as everybody in it knows it: servers, a clone of theirs, the daemon in that.
// Leaves: making it (stage.ts), what is done there (*-steps.ts), what must be true of it (quiet.ts, aftermath.ts).
import type { Daemon } from '../support/daemon.ts';
import type { SshPeer } from '../support/ssh-peer.ts';
import type { Scratch, TestRepo } from '../support/temp-repo.ts';
import type { Journal } from './journal.ts';
import { type Name, refspecsFor } from './model-remote.ts';

export interface World {
  readonly daemon: Daemon;
  readonly journal: Journal;
  readonly clone: TestRepo;
  readonly servers: Readonly<Record<Name, TestRepo>>;
  readonly peer: SshPeer;
  readonly scratch: Scratch;
  readonly urlOf: (name: Name) => string;
  /** What the user has running; all of it is over before it is quiet. */
  readonly errands: Promise<void>[];
  /** What is checked out: a branch of the user's own. */
  readonly mine: { readonly ref: string; readonly tip: string };
  /** What is the user's own and never changes: branches that are not below OWN, index, work tree. */
  readonly untouched: string;
  /** Makes what no other commit or tag of the run is called. */
  readonly unique: () => string;
  /** Ends the daemon if it still runs, and removes all of the run. */
  readonly leave: () => Promise<void>;
}

/** Where the user makes commits. */
export const OWN = 'refs/heads/own/';

/** The user's own things: a fetch changes none of them. */
export async function ownState(clone: TestRepo): Promise<string> {
  const [branches, index, status] = await Promise.all([
    clone.git('for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads'),
    clone.git('ls-files', '--stage'),
    clone.git('--no-optional-locks', 'status', '--porcelain'),
  ]);
  const others = branches.split('\n').filter((line) => !line.startsWith(OWN));
  return [...others, index, status].join('\n');
}

/** As a user does it; the order is such that no half of it is wrong. */
export async function addRemote(clone: TestRepo, name: Name, url: string): Promise<void> {
  await clone.git('config', `remote.${name}.url`, url);
  for (const refspec of refspecsFor(name)[0] ?? []) await clone.git('config', '--add', `remote.${name}.fetch`, refspec);
}
