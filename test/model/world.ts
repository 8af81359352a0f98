// Owns: what a run is played out in: servers behind one ssh server, a clone of theirs, the daemon in it.
// Leaves: what is done there (commands), and what must be true of it (quiet.ts, aftermath.ts).
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AtEnd, createReleases } from '../support/at-end.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { setUpSshClient } from '../support/ssh-client.ts';
import { type SshPeer, startSshPeer } from '../support/ssh-peer.ts';
import { commit, makeRepo, makeScratch, openRepo, type Scratch, type TestRepo } from '../support/temp-repo.ts';
import { createJournal, type Journal } from './journal.ts';
import { KINDS, type Manner, NAMES, type Name, refspecsFor } from './model.ts';

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
  /** What is the user's own and never changes: branches, index, work tree. */
  readonly untouched: string;
  /** Makes what no other commit or tag of the run is called. */
  readonly unique: () => string;
  /** Ends the daemon if it still runs, and removes all of the run. */
  readonly leave: () => Promise<void>;
}

export interface Stage {
  readonly enter: (manner: Manner) => Promise<World>;
}

const PRELOAD = fileURLToPath(new URL('../support/end-a-worker.cjs', import.meta.url));
/** A listing at least every so often, where a run wants that. */
const SHORT_CHECK_SECONDS = '2';

/** Sets up what all runs share: the ssh server, and repositories to copy. */
export async function createStage(atEnd: AtEnd): Promise<Stage> {
  const scratch = makeScratch(atEnd);
  const client = setUpSshClient(scratch.home);
  const peer = await startSshPeer(atEnd, { env: scratch.env, authorizedKeys: [client.key.publicKey] });
  client.trust(peer.knownHosts);
  const template = join(scratch.directory, 'template');
  await mkdir(template);
  await makeTemplates(scratch, template);
  let runs = 0;
  const enter = async (manner: Manner): Promise<World> => {
    runs += 1;
    const releases = createReleases();
    const top = join(scratch.directory, `run-${runs}`);
    releases.atEnd(() => rm(top, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }));
    await cp(template, top, { recursive: true });
    const repo = (name: string): TestRepo => openRepo(join(top, name), scratch.env);
    const servers = { a: repo('a.git'), b: repo('b.git'), c: repo('c.git') };
    const clone = repo('clone');
    await client.useIn(clone);
    const urlOf = (name: Name): string =>
      KINDS[name] === 'ssh' ? peer.url(servers[name].directory) : servers[name].directory;
    await configure(clone, manner);
    for (const name of NAMES.slice(0, manner.startsWithAll ? 3 : 2)) await addRemote(clone, name, urlOf(name));
    const untouched = await ownState(clone);
    const env = { ...scratch.env, NODE_OPTIONS: `--require ${PRELOAD}` };
    const daemon = startDaemon(releases.atEnd, clone.directory, env);
    let made = 0;
    const unique = (): string => {
      made += 1;
      return `${runs}-${made}`;
    };
    const place = { clone, servers, peer, scratch, urlOf, untouched, unique };
    return { daemon, journal: createJournal(daemon), ...place, errands: [], leave: releases.releaseAll };
  };
  return { enter };
}

async function configure(clone: TestRepo, { shortChecks, slowRefs }: Manner): Promise<void> {
  if (shortChecks) await clone.git('config', 'remotedaemon.checkInterval', SHORT_CHECK_SECONDS);
  if (!slowRefs) return;
  const hooks = join(clone.directory, '.git', 'hooks');
  await mkdir(hooks, { recursive: true });
  await writeFile(join(hooks, 'reference-transaction'), '#!/bin/sh\nsleep 0.05\n', { mode: 0o755 });
}

/** The user's own things: a fetch changes none of them. */
export async function ownState(clone: TestRepo): Promise<string> {
  const [branches, index, status] = await Promise.all([
    clone.git('for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads'),
    clone.git('ls-files', '--stage'),
    clone.git('--no-optional-locks', 'status', '--porcelain'),
  ]);
  return [branches, index, status].join('\n');
}

/** As a user does it; the order is such that no half of it is wrong. */
export async function addRemote(clone: TestRepo, name: Name, url: string): Promise<void> {
  await clone.git('config', `remote.${name}.url`, url);
  for (const refspec of refspecsFor(name)[0] ?? []) await clone.git('config', '--add', `remote.${name}.fetch`, refspec);
}

/** Three equal servers with some history to go back in, and a clone with a branch of its own. */
async function makeTemplates(scratch: Scratch, template: string): Promise<void> {
  const inside = { ...scratch, directory: template };
  const clone = await makeRepo(inside, 'clone');
  for (let count = 0; count < 3; count += 1) await commit(clone);
  for (const name of NAMES) {
    const server = await makeRepo(inside, `${name}.git`, '--bare');
    await clone.git('push', '--quiet', server.directory, 'main:main', 'main~1:refs/heads/one');
  }
  await clone.git('switch', '--quiet', '--create', 'mine');
}
