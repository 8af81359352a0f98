// Owns: whether the daemon loses a change, or shows a lock error, while its user works in the same repository.
// Leaves: what happens there (beside/), and the rows (beside-rows.ts).
import { setTimeout as wait } from 'node:timers/promises';
import type { AtEnd } from '../../support/at-end.ts';
import { type Daemon, startDaemon } from '../../support/daemon.ts';
import { until } from '../../support/next-line.ts';
import { openRepo, type TestRepo } from '../../support/temp-repo.ts';
import { untilQuiet } from '../arrivals.ts';
import { racePulls } from '../beside/pull-race.ts';
import { astray, parseRefs, REF_FORMAT, type RefTable } from '../beside/ref-tables.ts';
import { createRefsHere } from '../beside/refs-here.ts';
import { makeRestless, type RestlessRemote } from '../beside/restless-remote.ts';
import { makeUserRepository, REMOTES, remotesOf, type UserRemote } from '../beside/user-repository.ts';
import { type WorkDone, workTogether } from '../beside/work-together.ts';
import type { Size } from '../options.ts';
import type { Row } from '../report.ts';
import { type BenchServer, startServer } from '../server.ts';
import { median } from '../statistics.ts';
import { detailsOf, row, rowsOf, type WatchedFigures } from './beside-rows.ts';

/** What takes longer is taken for lost. A fetch may wait 10 s for a lock, and be tried again. */
const LOST_AFTER_MS = 60_000;
/** Lost changes after which more of them tell nothing, and each takes a minute. */
const HOPELESS = 20;
const QUIET_MS = 1_500;
const RUN_LIMIT_MS = 3_600_000;
const LONGEST_CONTROL_MS = 180_000;
const NOTE_EVERY = 1_000;
/** Of a long run more pulls are made, which take a second each. */
const MANY_FETCHES = 5_000;
const [FEW_PULLS, MANY_PULLS] = [20, 100];

interface Scene {
  readonly server: BenchServer;
  readonly remotes: readonly UserRemote[];
  readonly restless: readonly RestlessRemote[];
}

export async function beside(atEnd: AtEnd, { besideFetches }: Size): Promise<Row[]> {
  const server = await startServer(atEnd, REMOTES);
  const { env } = server.scratch;
  const remotes = remotesOf(server);
  const races = await raceAll(atEnd, server, remotes, besideFetches < MANY_FETCHES ? FEW_PULLS : MANY_PULLS);
  const restless: RestlessRemote[] = [];
  for (const { name, repository, way } of remotes) {
    const tellsDeletions = way !== 'annex-shell';
    restless.push(await makeRestless(atEnd, { name, directory: repository.directory, env, tellsDeletions }));
  }
  const scene = { server, remotes, restless };
  const watched = await watch(atEnd, scene, besideFetches);
  const alone = await control(atEnd, scene, watched);
  for (const line of detailsOf(watched, alone)) process.stderr.write(`beside: ${line}\n`);
  return [...rowsOf(watched, alone), ...races];
}

/** A pull right after a push, with the daemon and without it, from a path and over ssh. */
async function raceAll(
  atEnd: AtEnd,
  server: BenchServer,
  remotes: readonly UserRemote[],
  pulls: number,
): Promise<Row[]> {
  const racing = ['path', 'watch'].flatMap((way) => remotes.find((remote) => remote.way === way) ?? []);
  const [raced, alone] = [
    await makeUserRepository(server, racing, 'raced'),
    await makeUserRepository(server, racing, 'raced-alone'),
  ];
  const daemon = startDaemon(atEnd, raced.directory, server.scratch.env);
  await Promise.all(racing.map(({ name }) => daemon.line(`CONNECTED ${name}`)));
  await untilQuiet(daemon, QUIET_MS);
  const rows: Row[] = [];
  for (const remote of racing) {
    const ours = await racePulls(server, raced, remote, pulls);
    const git = await racePulls(server, alone, remote, pulls);
    rows.push(row(`of ${pulls} pulls after a push (${remote.way}), failed`, { ours, git }));
  }
  daemon.send('STOP');
  await daemon.gone();
  return rows;
}

/** The user and the daemon in one repository. */
async function watch(atEnd: AtEnd, scene: Scene, wanted: number): Promise<WatchedFigures> {
  const repo = await makeUserRepository(scene.server, scene.remotes, 'user');
  const daemon = startDaemon(atEnd, repo.directory, scene.server.scratch.env);
  await Promise.all(scene.remotes.map(({ name }) => daemon.line(`CONNECTED ${name}`)));
  await untilQuiet(daemon, QUIET_MS);
  const startedAtMs = performance.now();
  const done = await workBeside(atEnd, scene, { repo, daemon, wanted });
  const tookMs = performance.now() - startedAtMs;
  await untilQuiet(daemon, QUIET_MS);
  const figures = { ...done, tookMs, astrayAtEnd: await allAstray(scene, repo), fsck: await fsckOf(repo) };
  daemon.send('STOP');
  await daemon.gone();
  return { ...figures, said: daemon.lines.seen.map(({ text }) => text), logged: daemon.stderr().split('\n') };
}

function workBeside(
  atEnd: AtEnd,
  scene: Scene,
  { repo, daemon, wanted }: { readonly repo: TestRepo; readonly daemon: Daemon; readonly wanted: number },
): Promise<WorkDone> {
  const fetches = countFetches(daemon, wanted);
  const here = createRefsHere(repo);
  return workTogether(atEnd, {
    repo,
    env: scene.server.scratch.env,
    remotes: scene.restless,
    came: async ({ name, refs }) => {
      let left: string[] = [];
      const isHere = (found: RefTable): boolean => {
        left = astray(trackedOf(scene, name), refs, found);
        return left.length === 0;
      };
      const came = await here.until(isHere, LOST_AFTER_MS);
      if (!came) process.stderr.write(`beside: not here within ${LOST_AFTER_MS / 1_000} s: ${left.join(', ')}\n`);
      return came;
    },
    look: here.look,
    isEnough: (tally) => until(`${wanted} fetches`, () => fetches() >= wanted || tally.lost >= HOPELESS, RUN_LIMIT_MS),
  });
}

/** The user alone, for what commands of the user's do to each other. Each remote waits as long as it mostly did. */
async function control(atEnd: AtEnd, scene: Scene, { tookMs, tally }: WatchedFigures): Promise<WorkDone> {
  const waitMs = tally.cameMs.length > 0 ? median(tally.cameMs) : LOST_AFTER_MS;
  return workTogether(atEnd, {
    repo: await makeUserRepository(scene.server, scene.remotes, 'alone'),
    env: scene.server.scratch.env,
    remotes: scene.restless,
    came: () => wait(waitMs, true),
    look: async () => undefined,
    isEnough: () => wait(Math.min(tookMs, LONGEST_CONTROL_MS)),
  });
}

function countFetches({ lines }: Daemon, wanted: number): () => number {
  let fetches = 0;
  lines.listen(({ text }) => {
    if (!text.startsWith('SYNCING ')) return;
    fetches += 1;
    if (fetches % NOTE_EVERY === 0) process.stderr.write(`beside: ${fetches} of ${wanted} fetches\n`);
  });
  return () => fetches;
}

/** As git sees both sides: what the remotes noted of their own moves is not asked. */
async function allAstray({ server, remotes }: Scene, repo: TestRepo): Promise<string[]> {
  const refsOf = async ({ git }: TestRepo): Promise<Map<string, string>> =>
    parseRefs(await git('for-each-ref', REF_FORMAT));
  const here = await refsOf(repo);
  const found = remotes.map(async (remote) =>
    astray(remote, await refsOf(openRepo(remote.repository.directory, server.scratch.env)), here),
  );
  return (await Promise.all(found)).flat();
}

/** What it complains of. */
async function fsckOf({ git }: TestRepo): Promise<string[]> {
  try {
    const said = await git('fsck', '--connectivity-only', '--no-dangling', '--no-progress');
    return said.split('\n').filter((line) => line !== '');
  } catch (failure) {
    return String(failure).split('\n');
  }
}

function trackedOf({ remotes }: Scene, name: string): UserRemote {
  const found = remotes.find((remote) => remote.name === name);
  if (!found) throw new Error(`no remote ${name}`);
  return found;
}
