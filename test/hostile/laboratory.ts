// Owns: one daemon with a good remote and the evil ones of some cases beside it: from their making to the verdict.
// Leaves: the evil ones (strangers.ts), measuring (rounds.ts), and what is a fault (figures.ts).
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AtEnd, createReleases } from '../support/at-end.ts';
import { type Daemon, runProgram, startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { setUpSshClient } from '../support/ssh-client.ts';
import { startSshPeer } from '../support/ssh-peer.ts';
import { cloneRepo, makeScratch, makeServerRepo } from '../support/temp-repo.ts';
import { type Conduct, type Figures, faultsAbout, faultsIn, inWords, type Sight } from './figures.ts';
import { type Measured, processOf, type Round, rounds } from './rounds.ts';
import { configOf, inviteStrangers, type Stranger } from './strangers.ts';

const { HOSTILE_FACTOR, HOSTILE_FIGURES, HOSTILE_SHOW } = process.env;
const FACTOR = Number(HOSTILE_FACTOR ?? 1);
/** However slow the machine is: what takes longer than that allows is a fault. */
const MOST_FACTOR = 8;
/** What the start of the program takes at most on a quiet machine. */
const QUIET_START_MS = 100;
const SECONDS = 4;
const MOST_SECONDS = 60;
const CONNECTED_MS = 10_000;
const BEGUN_MS = 15_000;
const HEALED_MS = 60_000;
const ENDED_MS = 30_000;
const LEFT_MS = 3_000;

export interface Trial {
  /** How much slower than a quiet machine this one may be. */
  readonly factor?: number;
  /** It goes on for no longer, whatever the cases say. */
  readonly mostSeconds?: number;
}

/** Tries these cases beside one daemon; what was wrong, in words: nothing, if all is well. */
export async function tryCases(names: readonly string[], trial: Trial = {}): Promise<string[]> {
  const { atEnd, releaseAll } = createReleases();
  try {
    const { factor = FACTOR, mostSeconds = MOST_SECONDS } = trial;
    return await tryWith(atEnd, names, { factor: Math.max(factor, await slowness()), mostSeconds });
  } finally {
    await releaseAll();
  }
}

/** How much slower than a quiet machine this one is now, as others work on it. */
async function slowness(): Promise<number> {
  const startedAtMs = performance.now();
  await runProgram('/', {}, '--version');
  return Math.min(MOST_FACTOR, (performance.now() - startedAtMs) / QUIET_START_MS);
}

async function tryWith(atEnd: AtEnd, names: readonly string[], trial: Required<Trial>): Promise<string[]> {
  const scratch = makeScratch(atEnd);
  const good = await makeServerRepo(scratch, 'good');
  const client = setUpSshClient(scratch.home);
  const peer = await startSshPeer(atEnd, { env: scratch.env, authorizedKeys: [client.key.publicKey] });
  client.trust(peer.knownHosts);
  const clone = await cloneRepo(scratch, good.directory, 'clone', peer.url(good.directory));
  await clone.git('remote', 'rename', 'origin', 'good');
  await clone.git('config', 'remote.good.remotedaemonNotify', 'annex-shell');
  await client.useIn(clone);
  const strangers = await inviteStrangers(atEnd, scratch, names);
  for (const { server } of strangers) if (server) client.trust(server.knownHosts);
  appendFileSync(join(clone.directory, '.git/config'), strangers.map(configOf).join(''));
  const daemon = startDaemon(atEnd, clone.directory, scratch.env);
  const measured = { daemon, clone, good, env: scratch.env };
  const { figures, conduct, sights } = await observe(measured, strangers, trial);
  const limits = Object.assign({}, ...strangers.map(({ how }) => how.limits ?? {}));
  const faults = [
    ...faultsIn(figures, conduct, limits, trial.factor),
    ...sights.flatMap((sight, index) => faultsAbout(sight, strangers[index]?.how ?? {}, figures.cpuS)),
  ];
  if (HOSTILE_SHOW) process.stderr.write(`${daemon.lines.seen.map(({ text }) => text).join('\n')}\n${daemon.stderr()}`);
  tell(names, { figures, sights, faults, factor: trial.factor });
  return faults;
}

async function observe(
  measured: Measured,
  strangers: readonly Stranger[],
  { factor, mostSeconds }: Required<Trial>,
): Promise<{ figures: Figures; conduct: Conduct; sights: Sight[] }> {
  const { daemon, clone } = measured;
  const connected = await daemon.line('CONNECTED good', CONNECTED_MS * factor).then(
    ({ atMs }) => atMs,
    () => undefined,
  );
  const begun = await Promise.all(strangers.map(({ server }) => server?.begun(BEGUN_MS * factor) ?? true));
  for (const { change } of strangers) await change?.();
  const seconds = Math.max(...strangers.map(({ how }) => how.seconds ?? SECONDS));
  const done = await rounds(measured, Math.min(seconds, mostSeconds));
  const healed = await healAll(daemon, strangers);
  const cpuS = processOf(daemon.pid)?.cpuS ?? 0;
  const worst = (of: (round: Round) => number): number => Math.max(...done.map(of));
  const isGoodKept = daemon.lines.count('DISCONNECTED good') === 0;
  const stopped = await stop(daemon);
  const refs = await clone.git('for-each-ref', '--format=%(refname)');
  return {
    figures: {
      fetchedMs: connected === undefined ? Number.POSITIVE_INFINITY : worst(({ fetchedMs }) => fetchedMs),
      statusMs: worst(({ statusMs }) => statusMs),
      heardMs: worst(({ heardMs }) => heardMs),
      memoryMb: worst(({ memoryMb }) => memoryMb),
      logKb: Math.round(daemon.stderr().length / 1_024),
      cpuS,
      stopMs: stopped.stopMs,
    },
    conduct: {
      isGoodKept,
      stdout: daemon.lines.seen.map(({ text }) => text),
      log: daemon.stderr(),
      status: done.map(({ status }) => status).join('\n'),
      exit: stopped.exit,
      left: stopped.left,
      refs: refs.split('\n').filter((ref) => ref !== ''),
    },
    sights: strangers.map(({ name, remotes }, index) => ({
      name,
      begun: begun[index] ?? false,
      warnings: daemon.lines.count((line) => remotes.some((remote) => line.startsWith(`WARNING ${remote} `))),
      fetches: daemon.lines.count((line) => remotes.some((remote) => line === `SYNCING ${remote}`)),
      ...(healed[index] !== undefined && { healed: healed[index] }),
    })),
  };
}

/** Those that are to be connected in the end. */
function healAll(daemon: Daemon, strangers: readonly Stranger[]): Promise<(boolean | undefined)[]> {
  return Promise.all(
    strangers.map(async ({ how, server, remotes }) => {
      if (!how.heals || !server) return undefined;
      server.heal();
      return daemon.line(`CONNECTED ${remotes[0]}`, HEALED_MS).then(
        () => true,
        () => false,
      );
    }),
  );
}

async function stop(daemon: Daemon): Promise<{ stopMs: number; exit: string; left: string[] }> {
  const toldAtMs = performance.now();
  daemon.send('STOP');
  const given = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ENDED_MS).unref());
  const exit = await Promise.race([daemon.exit, given]);
  const stopMs = performance.now() - toldAtMs;
  await until('nothing is left running', () => daemon.processes().length === 0, LEFT_MS).catch(() => undefined);
  const left = daemon.processes().map(({ command }) => command);
  if (exit === undefined) return { stopMs, exit: 'nothing', left };
  return { stopMs, exit: exit.signal ?? `status ${exit.status}`, left };
}

/** For a table of all of them, one line each; HOSTILE_FIGURES names a file that has them too, as JSON. */
function tell(names: readonly string[], told: Told): void {
  const { figures, faults, factor } = told;
  const verdict = faults.length === 0 ? 'OK' : `FAIL: ${faults.join('; ')}`;
  process.stderr.write(`hostile (×${factor.toFixed(1)}): ${names.join(' + ')}: ${inWords(figures)}: ${verdict}\n`);
  if (HOSTILE_FIGURES) appendFileSync(HOSTILE_FIGURES, `${JSON.stringify({ names, ...told })}\n`);
}

interface Told {
  readonly figures: Figures;
  readonly sights: readonly Sight[];
  readonly faults: readonly string[];
  readonly factor: number;
}
