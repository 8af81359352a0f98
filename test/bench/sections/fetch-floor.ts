// Owns: the floor under every daemon's latency: what git takes for one commit, by each way to the server.
// Leaves: running git (plain-git.ts), and what the daemons take (latency.ts).
import type { AtEnd } from '../../support/at-end.ts';
import type { BenchClient } from '../client.ts';
import { gitOverControlMaster, plainGit, type TimedGit } from '../plain-git.ts';
import { createRefMover } from '../ref-mover.ts';

export interface FetchFloor {
  readonly sample: () => Promise<void>;
  readonly loginMs: number[];
  readonly masterMs: number[];
  readonly localMs: number[];
}

/** A fetch of one new commit by hand, begun when the ref has moved. */
export async function startFetchFloor(atEnd: AtEnd, client: BenchClient): Promise<FetchFloor> {
  const [remote] = client.remotes;
  if (!remote) throw new Error('a client without remotes');
  await client.repo.git('remote', 'add', 'local', remote.repository.directory);
  const mover = createRefMover(atEnd, remote.repository.directory, client.env);
  const login = plainGit(client);
  const master = await gitOverControlMaster(atEnd, client, remote);
  const fetch = async (git: TimedGit, from: string): Promise<number> => {
    await mover.move(await mover.prepare());
    return git('fetch', '--quiet', from);
  };
  const [loginMs, masterMs, localMs]: [number[], number[], number[]] = [[], [], []];
  const takeSample = async (): Promise<void> => {
    loginMs.push(await fetch(login, remote.name));
    masterMs.push(await fetch(master, remote.name));
    localMs.push(await fetch(login, 'local'));
  };
  return { sample: takeSample, loginMs, masterMs, localMs };
}
