// Owns: `npm run demo`: the program's main job, shown with the real daemon on a server that lives in this process.
// Leaves: the server, the repositories and the daemon's process to test/support.
import { type AtEnd, createReleases } from '../support/at-end.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import type { SeenLine } from '../support/next-line.ts';
import { findProgram } from '../support/peers.ts';
import { setUpSshClient } from '../support/ssh-client.ts';
import { type SshPeer, startSshPeer } from '../support/ssh-peer.ts';
import { cloneRepo, makeScratch, makeServerRepo, type ServerRepo, type TestRepo } from '../support/temp-repo.ts';
import { whenWritten } from './when-written.ts';

const PUSHES = ['main', 'main', 'main', 'topic'] as const;
const CONNECT_LIMIT_MS = 30_000;
const ARRIVAL_LIMIT_MS = 20_000;

interface Stage {
  readonly server: ServerRepo;
  readonly clone: TestRepo;
  readonly peer: SshPeer;
  readonly daemon: Daemon;
}

const say = (text = ''): void => void process.stdout.write(`${text}\n`);

/** What comes is shown with the time since the last thing that was done: the start, a push as the server has it, STOP. */
const clock = { startedAtMs: performance.now() };
const show = (atMs: number, text: string): void =>
  say(`${`+${Math.max(0, Math.round(atMs - clock.startedAtMs))} ms`.padStart(12)}  ${text}`);

async function demonstrate(atEnd: AtEnd): Promise<void> {
  const { server, clone, peer, daemon } = await setTheStage(atEnd);
  daemon.lines.listen((line: SeenLine) => show(line.atMs, line.text));
  await daemon.line('CONNECTED origin', CONNECT_LIMIT_MS);
  await daemon.line('DONESYNCING origin 1', CONNECT_LIMIT_MS);
  say();
  say('It is connected, and has fetched the commit that it had missed. Nobody asks the server from here on.');

  const delaysMs: number[] = [];
  for (const [index, branch] of PUSHES.entries()) {
    say();
    say(`Push ${index + 1} of ${PUSHES.length}: a commit on ${branch}`);
    delaysMs.push(await pushAndWait({ server, clone, daemon }, branch));
  }
  say();
  say(`From the push to origin/… in the clone: ${delaysMs.map((delay) => Math.round(delay)).join(', ')} ms,`);
  say(`over ${peer.logins() === 1 ? 'one login for all of it' : `${peer.logins()} logins`}.`);
  say();
  say('STOP is written to its stdin.');
  clock.startedAtMs = performance.now();
  daemon.send('STOP');
  const { status } = await daemon.gone();
  if (status !== 0) throw new Error(`the daemon ended with exit status ${status}. It says:\n${daemon.stderr()}`);
  show(performance.now(), 'it is gone, and nothing of it is left running');
}

async function setTheStage(atEnd: AtEnd): Promise<Stage> {
  say(
    'git-remote-daemon: a scratch repository on an ssh server in this process, a clone of it, the daemon in the clone.',
  );
  const made = makeScratch(atEnd);
  // The time of arrival is read off the ref's own file.
  const scratch = { ...made, env: { ...made.env, GIT_DEFAULT_REF_FORMAT: 'files' } };
  const server = await makeServerRepo(scratch);
  const client = setUpSshClient(scratch.home);
  const peer = await startSshPeer(atEnd, { env: scratch.env, authorizedKeys: [client.key.publicKey] });
  client.trust(peer.knownHosts);
  const clone = await cloneRepo(scratch, server.directory, 'clone', peer.url(server.directory));
  await client.useIn(clone);
  // The server itself plays git-annex-shell, for machines on which nothing else tells of changes.
  if (!findProgram('inotifywait')) await clone.git('config', 'remote.origin.remotedaemonNotify', 'annex-shell');
  const how = findProgram('ssh') ? '' : ' (there is no ssh program here, and none is needed)';
  // Whoever has missed nothing is not fetched from when it connects.
  await server.pushCommit();
  say(`The remote "origin" is ${peer.url(server.directory)}${how}`);
  say();
  say('$ git-remote-daemon --foreground');
  clock.startedAtMs = performance.now();
  return { server, clone, peer, daemon: startDaemon(atEnd, clone.directory, scratch.env) };
}

/** Pushes a commit to the server; returns how long after that the remote-tracking ref moved. Throws if it does not. */
async function pushAndWait({ server, clone, daemon }: Omit<Stage, 'peer'>, branch: string): Promise<number> {
  const onServer = whenWritten(`${server.directory}/refs/heads/${branch}`, ARRIVAL_LIMIT_MS);
  const inClone = whenWritten(`${clone.directory}/.git/refs/remotes/origin/${branch}`, ARRIVAL_LIMIT_MS);
  const done = daemon.line('DONESYNCING origin 1', ARRIVAL_LIMIT_MS);
  const pushed = onServer.then((atMs) => {
    clock.startedAtMs = atMs;
    return atMs;
  });
  const arrived = inClone.then((atMs) => {
    show(atMs, `origin/${branch} has moved in the clone`);
    return atMs;
  });
  const [tip, pushedAtMs, arrivedAtMs] = await Promise.all([server.pushCommit(branch), pushed, arrived, done]);
  const here = await clone.git('rev-parse', `refs/remotes/origin/${branch}`);
  if (here !== tip) throw new Error(`origin/${branch} is ${here} in the clone, and ${tip} on the server`);
  return arrivedAtMs - pushedAtMs;
}

const { atEnd, releaseAll } = createReleases();
let interrupted = false;
const interrupt = (): void => {
  interrupted = true;
  void releaseAll().finally(() => process.exit(1));
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupt);
// Its reader, such as `head`, has seen enough.
process.stdout.on('error', interrupt);
try {
  await demonstrate(atEnd);
} catch (failure) {
  const why = failure instanceof Error ? failure.message : String(failure);
  if (!interrupted) process.stderr.write(`\nThe demo failed: ${why}\n`);
  process.exitCode = 1;
} finally {
  await releaseAll();
}
