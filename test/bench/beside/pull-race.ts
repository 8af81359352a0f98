// Owns: the user's own pull a moment after a push by somebody else, when the daemon is about to fetch the same.
// Leaves: the repository and its remotes (user-repository.ts), and the daemon in it (sections/beside.ts).
import { setTimeout as wait } from 'node:timers/promises';
import { openRepo, type TestRepo } from '../../support/temp-repo.ts';
import type { BenchServer } from '../server.ts';
import type { UserRemote } from './user-repository.ts';

/** The delays between push and pull are spread evenly up to here. */
const LONGEST_DELAY_MS = 200;
/** Whoever fetched is done by then, so that the next push begins anew. */
const PAUSE_MS = 400;

/** How many of the pulls failed. */
export async function racePulls(
  { scratch }: BenchServer,
  repo: TestRepo,
  { name, repository }: UserRemote,
  pulls: number,
): Promise<number> {
  const server = openRepo(repository.directory, scratch.env);
  const pull = (): Promise<string> => repo.git('pull', '--quiet', '--ff-only', name, 'main');
  await repo.git('checkout', '--quiet', '-B', `race-${name}`, `refs/remotes/${name}/main`);
  let failed = 0;
  for (let at = 0; at < pulls; at += 1) {
    const next = await server.git(
      'commit-tree',
      '-p',
      'refs/heads/main',
      '-m',
      `${name} ${at}`,
      'refs/heads/main^{tree}',
    );
    await server.git('update-ref', 'refs/heads/main', next);
    await wait((LONGEST_DELAY_MS * at) / pulls);
    try {
      await pull();
    } catch {
      failed += 1;
      await pull();
    }
    await wait(PAUSE_MS);
  }
  return failed;
}
