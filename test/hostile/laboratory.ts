// Owns: one daemon with a good remote and the evil ones of some cases beside it: from their making to the verdict.
// Leaves: the cases (cases.ts), measuring (rounds.ts), and what is a fault (figures.ts).
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AtEnd, createReleases } from '../support/at-end.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { setUpSshClient } from '../support/ssh-client.ts';
import { startSshPeer } from '../support/ssh-peer.ts';
import { cloneRepo, makeScratch, makeServerRepo, type Scratch } from '../support/temp-repo.ts';
import { caseOf, type HostileCase } from './cases.ts';
import { type EvilProcess, startEvil } from './evil-process.ts';
import { type Conduct, type Figures, faultsAbout, faultsIn, inWords, type Sight } from './figures.ts';
import { type Measured, processOf, type Round, rounds } from './rounds.ts';

const { HOSTILE_FACTOR, HOSTILE_FIGURES } = process.env;
/** How much slower than a quiet machine this one may be. */
const FACTOR = Number(HOSTILE_FACTOR ?? 1);
const SECONDS = 4;
const CONNECTED_MS = 10_000;
const BEGUN_MS = 15_000;
const HEALED_MS = 60_000;
const ENDED_MS = 12_000;
const LEFT_MS = 3_000;

/** One case, with the remotes that it has here. */
interface Stranger {
  readonly name: string;
  readonly remotes: readonly string[];
  readonly how: HostileCase['how'];
  /** Of each of its remotes. */
  readonly config: Readonly<Record<string, string>>;
  readonly process?: EvilProcess;
  /** What is done to a place once it is watched. */
  readonly change?: () => void | Promise<void>;
}

/** Tries these cases beside one daemon; what was wrong, in words: nothing, if all is well. */
export async function tryCases(names: readonly string[], factor = FACTOR): Promise<string[]> {
  const { atEnd, releaseAll } = createReleases();
  try {
    return await tryWith(atEnd, names, factor);
  } finally {
    await releaseAll();
  }
}

async function tryWith(atEnd: AtEnd, names: readonly string[], factor: number): Promise<string[]> {
  const scratch = makeScratch(atEnd);
  const good = await makeServerRepo(scratch, 'good');
  const client = setUpSshClient(scratch.home);
  const peer = await startSshPeer(atEnd, { env: scratch.env, authorizedKeys: [client.key.publicKey] });
  client.trust(peer.knownHosts);
  const clone = await cloneRepo(scratch, good.directory, 'clone', peer.url(good.directory));
  await clone.git('remote', 'rename', 'origin', 'good');
  await clone.git('config', 'remote.good.remotedaemonNotify', 'annex-shell');
  await client.useIn(clone);
  const nameOf = (index: number): string => (names.length === 1 ? 'evil' : `evil-${index + 1}`);
  const invited = names.map((name, index) => inviteStranger(atEnd, scratch, name, nameOf(index)));
  const strangers = await Promise.all(invited);
  for (const { process } of strangers) if (process) client.trust(process.knownHosts);
  appendFileSync(join(clone.directory, '.git/config'), strangers.map(configOf).join(''));
  const daemon = startDaemon(atEnd, clone.directory, scratch.env);
  const measured = { daemon, clone, good, env: scratch.env };
  const { figures, conduct, sights } = await observe(measured, strangers, factor);
  const limits = Object.assign({}, ...strangers.map(({ how }) => how.limits ?? {}));
  const faults = [
    ...faultsIn(figures, conduct, limits, factor),
    ...sights.flatMap((sight, index) => faultsAbout(sight, strangers[index]?.how ?? {}, figures.cpuS)),
  ];
  tell(names, figures, sights, faults);
  return faults;
}

async function inviteStranger(atEnd: AtEnd, scratch: Scratch, name: string, first: string): Promise<Stranger> {
  const { kind, how } = caseOf(name);
  const { directory } = await makeServerRepo(scratch, first);
  const more = Array.from({ length: (how.remotes ?? 1) - 1 }, (_none, index) => `${first}-no-${index + 2}`);
  const stranger = { name, remotes: [first, ...more], how };
  if (kind === 'command') return { ...stranger, config: { url: directory, remotedaemonNotifyCommand: how.command } };
  if (kind === 'place') {
    await how.before?.(directory, atEnd);
    const url = how.watched?.(directory) ?? directory;
    return { ...stranger, config: { url }, change: () => how.after?.(directory, atEnd) };
  }
  const process = await startEvil(atEnd, name, scratch.env);
  const url = `${how.scheme ?? 'ssh'}://127.0.0.1:${process.port}${directory}`;
  return { ...stranger, config: { url, ...how.config }, process };
}

/** Its sections of a git config. */
function configOf({ remotes, config }: Stranger): string {
  return remotes
    .map((remote) => {
      const all = { ...config, fetch: `+refs/heads/*:refs/remotes/${remote}/*` };
      const lines = Object.entries(all).map(([key, value]) => `${key} = "${value.replace(/["\\]/g, '\\$&')}"\n`);
      return `[remote "${remote}"]\n${lines.join('')}`;
    })
    .join('');
}

async function observe(
  measured: Measured,
  strangers: readonly Stranger[],
  factor: number,
): Promise<{ figures: Figures; conduct: Conduct; sights: Sight[] }> {
  const { daemon, clone } = measured;
  const connected = await daemon.line('CONNECTED good', CONNECTED_MS * factor).then(
    ({ atMs }) => atMs,
    () => undefined,
  );
  const begun = await Promise.all(strangers.map(({ process }) => process?.begun(BEGUN_MS * factor) ?? true));
  for (const { change } of strangers) await change?.();
  const done = await rounds(measured, Math.max(...strangers.map(({ how }) => how.seconds ?? SECONDS)));
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
    strangers.map(async ({ how, process, remotes }) => {
      if (!how.heals || !process) return undefined;
      process.heal();
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
function tell(names: readonly string[], figures: Figures, sights: readonly Sight[], faults: readonly string[]): void {
  const verdict = faults.length === 0 ? 'OK' : `FAIL: ${faults.join('; ')}`;
  process.stderr.write(`hostile: ${names.join(' + ')}: ${inWords(figures)}: ${verdict}\n`);
  if (HOSTILE_FIGURES) appendFileSync(HOSTILE_FIGURES, `${JSON.stringify({ names, figures, sights, faults })}\n`);
}
