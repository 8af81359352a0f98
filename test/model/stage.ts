// Owns: making what each run is played out in, cheaply: one ssh server for all, repositories that are copied.
// Leaves: what is in it for whoever plays there (world.ts).
import { execFileSync } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AtEnd, createReleases } from '../support/at-end.ts';
import { startDaemon } from '../support/daemon.ts';
import { setUpSshClient } from '../support/ssh-client.ts';
import { startSshPeer } from '../support/ssh-peer.ts';
import { commit, makeRepo, makeScratch, openRepo, type Scratch, type TestRepo } from '../support/temp-repo.ts';
import { createJournal } from './journal.ts';
import type { Manner } from './model.ts';
import { KINDS, NAMES, type Name } from './model-remote.ts';
import { addHooks } from './server-hooks.ts';
import { addRemote, ownState, type World } from './world.ts';

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
  await makeTemplates(scratch);
  let runs = 0;
  const enter = async (manner: Manner): Promise<World> => {
    runs += 1;
    const { atEnd: afterRun, releaseAll: leave } = createReleases();
    const { clone, servers } = await copyTemplates(afterRun, scratch, `run-${runs}`, manner);
    const urlOf = (name: Name): string =>
      KINDS[name] === 'ssh' ? peer.url(servers[name].directory) : servers[name].directory;
    await client.useIn(clone);
    await configure(clone, manner);
    for (const name of NAMES.slice(0, manner.startsWithAll ? 3 : 2)) await addRemote(clone, name, urlOf(name));
    const mine = { ref: MINE, tip: await clone.git('rev-parse', MINE) };
    const place = { scratch, peer, clone, servers, urlOf, mine, untouched: await ownState(clone), unique: counter() };
    const daemon = startDaemon(afterRun, clone.directory, { ...scratch.env, NODE_OPTIONS: `--require ${PRELOAD}` });
    return { ...place, daemon, journal: createJournal(daemon), errands: [], leave };
  };
  return { enter };
}

const TEMPLATE = 'template';
const MANY_TEMPLATE = 'template-many';
/** From a thousand on, refs that move are fetched by their names. */
const MANY_REFS = 1_050;
const MINE = 'refs/heads/mine';

/** Three equal servers with some history to go back in, and a clone with a branch and a file of its own. */
async function makeTemplates(scratch: Scratch): Promise<void> {
  const directory = join(scratch.directory, TEMPLATE);
  await mkdir(directory);
  const inside = { ...scratch, directory };
  const clone = await makeRepo(inside, 'clone');
  for (let count = 0; count < 3; count += 1) await commit(clone);
  for (const name of NAMES) {
    const server = await makeRepo(inside, `${name}.git`, '--bare');
    await clone.git('push', '--quiet', server.directory, 'main:main', 'main~1:refs/heads/one');
    await addHooks(server.directory);
  }
  await clone.git('switch', '--quiet', '--create', 'mine');
  await writeFile(join(clone.directory, 'file'), 'mine\n');
  await clone.git('add', 'file');
  await commit(clone);
  await makeManyRefs(scratch);
}

/** The same, each server with many refs, which are here. */
async function makeManyRefs(scratch: Scratch): Promise<void> {
  const directory = join(scratch.directory, MANY_TEMPLATE);
  await cp(join(scratch.directory, TEMPLATE), directory, { recursive: true });
  const add = async (repo: TestRepo, place: string): Promise<void> => {
    const tip = await repo.git('rev-parse', 'main');
    const names = Array.from({ length: MANY_REFS }, (_, at) => `${place}/many/${String(at).padStart(4, '0')}`);
    const input = names.map((ref) => `create ${ref} ${tip}\n`).join('');
    const args = ['-c', 'core.hooksPath=/dev/null', 'update-ref', '--stdin'];
    execFileSync('git', args, { cwd: repo.directory, env: scratch.env, input });
    await repo.git('-c', 'core.hooksPath=/dev/null', 'pack-refs', '--all');
  };
  const clone = openRepo(join(directory, 'clone'), scratch.env);
  for (const name of NAMES) {
    await add(openRepo(join(directory, `${name}.git`), scratch.env), 'refs/heads');
    await add(clone, `refs/remotes/${name}`);
  }
}

async function copyTemplates(
  atEnd: AtEnd,
  scratch: Scratch,
  name: string,
  { manyRefs }: Manner,
): Promise<Pick<World, 'clone' | 'servers'>> {
  const directory = join(scratch.directory, name);
  atEnd(() => rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }));
  await cp(join(scratch.directory, manyRefs ? MANY_TEMPLATE : TEMPLATE), directory, { recursive: true });
  const repo = (each: string): TestRepo => openRepo(join(directory, each), scratch.env);
  return { clone: repo('clone'), servers: { a: repo('a.git'), b: repo('b.git'), c: repo('c.git') } };
}

async function configure(clone: TestRepo, { shortChecks, slowRefs, startsPushing }: Manner): Promise<void> {
  for (const name of startsPushing ? NAMES.slice(0, 2) : []) {
    await clone.git('config', `remote.${name}.remotedaemonPush`, 'true');
  }
  if (shortChecks) await clone.git('config', 'remotedaemon.checkInterval', SHORT_CHECK_SECONDS);
  if (!slowRefs) return;
  const hooks = join(clone.directory, '.git', 'hooks');
  await mkdir(hooks, { recursive: true });
  await writeFile(join(hooks, 'reference-transaction'), '#!/bin/sh\nsleep 0.05\n', { mode: 0o755 });
}

function counter(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return String(count);
  };
}
