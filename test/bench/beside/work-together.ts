// Owns: letting the remotes move and the user work at the same time, until it is enough.
// Leaves: the daemon, which is there or not (beside.ts).
import type { AtEnd } from '../../support/at-end.ts';
import type { Environment, TestRepo } from '../../support/temp-repo.ts';
import { type FailedCommand, makeBusyUser } from './busy-user.ts';
import { createFetchGate } from './fetch-gate.ts';
import type { RestlessRemote } from './restless-remote.ts';
import { stir, type Tally } from './stir.ts';

export interface Together {
  readonly repo: TestRepo;
  readonly env: Environment;
  readonly remotes: readonly RestlessRemote[];
  /** Whether all that moved on a remote came. */
  readonly came: (remote: RestlessRemote) => Promise<boolean>;
  /** What `came` needs to have running; ends with the signal. */
  readonly look: (ending: AbortSignal) => Promise<void>;
  readonly isEnough: (tally: Tally) => Promise<void>;
}

export interface WorkDone {
  readonly tally: Tally;
  readonly commands: number;
  readonly failed: readonly FailedCommand[];
}

/** Returns when each remote's last change has come, or is lost, and nothing of the user's runs. */
export async function workTogether(atEnd: AtEnd, together: Together): Promise<WorkDone> {
  const { repo, env, remotes, came, look, isEnough } = together;
  const gate = createFetchGate(remotes.map(({ name }) => name));
  const user = makeBusyUser(repo, env, gate);
  const tally: Tally = { moves: 0, checks: 0, lost: 0, cameMs: [] };
  const [ending, over] = [new AbortController(), new AbortController()];
  const looking = look(over.signal);
  const stirring = remotes.map((remote) => stir({ remote, gate, came: () => came(remote), tally }, ending.signal));
  const working = Promise.all([user.work(ending.signal), ...stirring]);
  const all = Promise.all([working, looking]);
  atEnd(async () => {
    ending.abort();
    over.abort();
    await Promise.allSettled([all, working, looking]);
  });
  // Of the two, only a failure ends the work before it is enough.
  await Promise.race([isEnough(tally), all]);
  ending.abort();
  await working;
  over.abort();
  await all;
  return { tally, commands: user.commands(), failed: user.failed };
}
