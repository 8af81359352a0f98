// Owns: what a git-upload-pack that waits for its client costs the server: the daemon keeps one ready for its next fetch.
// Leaves: what the daemon itself costs (scale.ts).
import { spawn } from 'node:child_process';
import { type AtEnd, createReleases } from '../../support/at-end.ts';
import { createLineLog, logLines } from '../../support/next-line.ts';
import { processesMarked } from '../../support/processes.ts';
import { type BenchClient, makeClient } from '../client.ts';
import { openControlMaster } from '../plain-git.ts';
import { footprintOf } from '../process-tree.ts';
import { measured, type Row } from '../report.ts';
import type { BenchServer } from '../server.ts';

/** Over one connection: sshd serves up to ten at once (its MaxSessions). */
const WAITING = 8;

/** To be called while nothing else runs on the server. */
export async function rowsOfWaiting(atEnd: AtEnd, server: BenchServer): Promise<Row[]> {
  const { atEnd: afterwards, releaseAll } = createReleases();
  atEnd(releaseAll);
  const footprint = () => footprintOf(processesMarked(server.processesId).map(({ pid }) => pid));
  const client = await makeClient(afterwards, server, {
    name: 'waiting',
    repositories: server.repositories.slice(0, 1),
  });
  const master = await openControlMaster(afterwards, client, 'r1');
  const before = footprint();
  for (let count = 0; count < WAITING; count += 1) await startWaiting(afterwards, client, master);
  const after = footprint();
  await releaseAll();
  const row = (what: string, unit: Row['unit'], amount: number): Row => ({
    section: 'scale: on the server',
    what: `a git-upload-pack that waits over ssh: ${what}`,
    unit,
    values: { git: measured([amount / WAITING]) },
    against: 'git',
  });
  return [row('PSS', 'MB', after.pssMb - before.pssMb), row('processes', 'count', after.processes - before.processes)];
}

/** Returns when it has said what it can, and waits to be asked for something (gitprotocol-v2(5)). */
async function startWaiting(atEnd: AtEnd, { remotes, env, sshConfig }: BenchClient, master: string): Promise<void> {
  const directory = remotes[0]?.repository.directory ?? '';
  const command = `env GIT_PROTOCOL=version=2 git-upload-pack '${directory}'`;
  const child = spawn('ssh', ['-F', sshConfig, '-S', master, 'r1', command], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  atEnd(() => void child.kill());
  const said = createLineLog('git-upload-pack');
  logLines(child.stdout, said);
  await said.next(/version 2$/);
  await said.next(/object-format=/);
}
