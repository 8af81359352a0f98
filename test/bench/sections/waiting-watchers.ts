// Owns: what a watched remote costs its server while nothing moves: by our watcher, and by git-annex-shell.
// Leaves: what the daemons cost (scale.ts), and the upload-pack that ours keeps ready (waiting-upload-pack.ts).
import { spawn } from 'node:child_process';
import { serverWatchCommand, serverWatchInput } from '../../../src/workers/ssh/watch/server-watch-script.ts';
import { type AtEnd, createReleases } from '../../support/at-end.ts';
import { createLineLog, logLines, until } from '../../support/next-line.ts';
import { findProgram } from '../../support/peers.ts';
import { processesMarked } from '../../support/processes.ts';
import { type BenchClient, makeClient } from '../client.ts';
import { openControlMaster } from '../plain-git.ts';
import { type Footprint, footprintOf } from '../process-tree.ts';
import { measured, type Row } from '../report.ts';
import type { BenchServer } from '../server.ts';

/** Over one connection: sshd serves up to ten at once (its MaxSessions). */
const WATCHING = 8;

/** To be called while nothing else runs on the server. */
export async function rowsOfWatching(atEnd: AtEnd, server: BenchServer): Promise<Row[]> {
  const { atEnd: afterwards, releaseAll } = createReleases();
  atEnd(releaseAll);
  const [repository] = server.repositories;
  if (!repository) throw new Error('a server without repositories');
  const client = await makeClient(afterwards, server, { name: 'watching', repositories: [repository] });
  const master = await openControlMaster(afterwards, client, 'r1');
  const measure = (command: string, input: string): Promise<Footprint> =>
    costOf(server, () => startWatcher(afterwards, { client, master, command, input }));
  const target = {
    host: 'r1',
    path: repository.directory,
    command: { kind: 'options', program: 'ssh', options: [] },
    annexShell: 'git-annex-shell',
    uploadPack: 'git-upload-pack',
  } as const;
  const by = findProgram('inotifywait') ? 'inotifywait' : 'looking';
  const ours = await measure(serverWatchCommand({}), serverWatchInput(target, { by }));
  const annex = await measure(`git-annex-shell 'notifychanges' '${repository.directory}'`, '');
  await releaseAll();
  const row = (what: string, unit: Row['unit'], figure: (cost: Footprint) => number): Row => ({
    section: 'scale: on the server',
    what: `a watched remote, of ${WATCHING}: ${what}`,
    unit,
    values: { ours: measured([figure(ours) / WATCHING]), annex: measured([figure(annex) / WATCHING]) },
    against: 'annex',
  });
  return [
    row('PSS', 'MB', ({ pssMb }) => pssMb),
    row('memory, alone on the machine', 'MB', ({ aloneMb }) => aloneMb),
    row('processes', 'count', ({ processes }) => processes),
  ];
}

/** What so many more cost than none; they are ended again. */
async function costOf(server: BenchServer, start: () => Promise<() => void>): Promise<Footprint> {
  const pids = (): number[] => processesMarked(server.processesId).map(({ pid }) => pid);
  const before = footprintOf(pids());
  const ends: (() => void)[] = [];
  for (let count = 0; count < WATCHING; count += 1) ends.push(await start());
  const after = footprintOf(pids());
  for (const end of ends) end();
  await until('the watchers have ended', () => pids().length <= before.processes);
  return {
    pssMb: after.pssMb - before.pssMb,
    aloneMb: after.aloneMb - before.aloneMb,
    processes: after.processes - before.processes,
    threads: after.threads - before.threads,
  };
}

interface Watcher {
  readonly client: BenchClient;
  readonly master: string;
  readonly command: string;
  readonly input: string;
}

/** Returns when it listens, with what ends it. */
async function startWatcher(atEnd: AtEnd, { client, master, command, input }: Watcher): Promise<() => void> {
  const child = spawn('ssh', ['-F', client.sshConfig, '-S', master, 'r1', command], {
    env: client.env,
    // git-annex-shell complains when its input ends.
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  atEnd(() => void child.kill());
  child.stdin.write(input);
  const said = createLineLog(command);
  logLines(child.stdout, said);
  await said.next(/^READY/);
  return () => void child.stdin.end();
}
