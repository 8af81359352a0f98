// Owns: the repository that the user and the daemon share, with remotes of every kind that is told of changes at once.
// Leaves: what happens in it (busy-user.ts), and on the remotes (restless-remote.ts).
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setUpSshClient } from '../../support/ssh-client.ts';
import { commit, makeRepo, type TestRepo } from '../../support/temp-repo.ts';
import type { BenchServer, ServerRepository } from '../server.ts';
import type { Tracked } from './ref-tables.ts';

export interface UserRemote extends Tracked {
  readonly repository: ServerRepository;
  /** What `remotedaemonNotify` says; `path` is a path of this machine. */
  readonly way: 'path' | 'watch' | 'annex-shell';
}

const WAYS = ['path', 'path', 'path', 'path', 'watch', 'annex-shell', 'path', 'path', 'watch', 'annex-shell'] as const;
export const REMOTES = WAYS.length;

/** Half of them are pruned. */
export const remotesOf = ({ repositories }: BenchServer): UserRemote[] =>
  WAYS.flatMap((way, index) => {
    const repository = repositories[index];
    return repository ? [{ name: repository.name, isPruned: index % 2 === 0, repository, way }] : [];
  });

/** Makes one that has fetched all there is. */
export async function makeUserRepository(
  { scratch, key }: BenchServer,
  remotes: readonly UserRemote[],
  name: string,
): Promise<TestRepo> {
  const repo = await makeRepo(scratch, name);
  const ssh = setUpSshClient(join(scratch.directory, `${name}-home`), key);
  for (const knownHosts of new Set(remotes.map(({ repository }) => repository.sshd.knownHosts))) ssh.trust(knownHosts);
  await ssh.useIn(repo);
  // The safety check would hide, in the end, that a change was lost.
  const sections = ['[remotedaemon]\n\tcheckInterval = 1000000\n', ...remotes.map(configLines)];
  appendFileSync(join(repo.directory, '.git/config'), sections.join(''));
  await commit(repo);
  await repo.git('fetch', '--quiet', '--all');
  return repo;
}

const configLines = ({ name, isPruned, repository, way }: UserRemote): string => `[remote "${name}"]
	url = ${way === 'path' ? repository.directory : repository.sshd.url(repository.directory)}
	fetch = +refs/heads/*:refs/remotes/${name}/*
	prune = ${isPruned}
	remotedaemonNotify = ${way === 'path' ? 'auto' : way}
`;
