// Owns: the server side of the benchmark: private sshds, and repositories that git-annex-shell knows.
// Leaves: what a client needs to reach them (client.ts), and moving their refs (ref-mover.ts).
import { randomUUID } from 'node:crypto';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AtEnd } from '../support/at-end.ts';
import { initAnnex, type OpensshPeer, serverIdOf, startOpensshPeer } from '../support/openssh-peer.ts';
import { type KeyPair, makeKeyPair } from '../support/ssh-keys.ts';
import { makeRepo, makeScratch, openRepo, type Scratch } from '../support/temp-repo.ts';

/** One sshd lets 100 clients log in at once (its MaxStartups), and git-annex connects to all remotes at once. */
const REPOSITORIES_PER_SSHD = 50;

export interface ServerRepository {
  /** `r1`, `r2`, …: what clients call the remote, and its host. */
  readonly name: string;
  readonly directory: string;
  readonly annexUuid: string;
  readonly sshd: OpensshPeer;
}

export interface BenchServer {
  readonly scratch: Scratch;
  readonly key: KeyPair;
  readonly repositories: readonly ServerRepository[];
  /** What `main` is in all of them at first. */
  readonly tip: string;
  /** The marker (processes.ts) of all that runs there. */
  readonly processesId: string;
}

/** Starts servers for so many repositories, all alike but for their git-annex uuid. */
export async function startServer(atEnd: AtEnd, count: number): Promise<BenchServer> {
  const made = makeScratch(atEnd);
  // Times of arrival are read off the refs' own files.
  const scratch = { ...made, env: { ...made.env, GIT_DEFAULT_REF_FORMAT: 'files' } };
  const key = makeKeyPair();
  const template = await makeRepo(scratch, 'r1.git', '--bare');
  const tree = await template.git('hash-object', '-t', 'tree', '-w', '/dev/null');
  const tip = await template.git('commit-tree', '-m', 'The first', tree);
  await template.git('update-ref', 'refs/heads/main', tip);
  await initAnnex(template);
  const repositories: ServerRepository[] = [];
  let sshd: OpensshPeer | undefined;
  for (let index = 0; index < count; index += 1) {
    if (!sshd || index % REPOSITORIES_PER_SSHD === 0) sshd = await startSshd(atEnd, scratch, key);
    repositories.push(await makeRepository(scratch, template.directory, index, sshd));
  }
  return { scratch, key, repositories, tip, processesId: serverIdOf(scratch) };
}

async function startSshd(atEnd: AtEnd, scratch: Scratch, key: KeyPair): Promise<OpensshPeer> {
  const directory = join(scratch.directory, randomUUID().slice(0, 8));
  await mkdir(directory);
  return startOpensshPeer(atEnd, { ...scratch, directory }, [key.publicKey]);
}

async function makeRepository(
  scratch: Scratch,
  template: string,
  index: number,
  sshd: OpensshPeer,
): Promise<ServerRepository> {
  const name = `r${index + 1}`;
  const directory = join(scratch.directory, `${name}.git`);
  if (directory !== template) await cp(template, directory, { recursive: true });
  const annexUuid = randomUUID();
  await openRepo(directory, scratch.env).git('config', 'annex.uuid', annexUuid);
  return { name, directory, annexUuid, sshd };
}
