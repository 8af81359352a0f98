// Owns: the main job by a command of the user's own: what it tells arrives, its end is mended, and nothing of it stays.
// Leaves: what its lines may be (test/workers/notify-command).
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Daemon, runProgram, startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { localScene, untilQuiet, untilRef, untilStatus } from '../support/scene.ts';

const ORIGIN_MAIN = 'refs/remotes/origin/main';
const KEY = 'remote.origin.remotedaemonNotifyCommand';
/** Prints the lines that it is sent, until one says `die`. */
const SCRIPT = `while read -r line; do
  case $line in die) echo 'as it was told' >&2; exit 7 ;; esac
  echo "$line"
done <>"$HOME/feed"
`;

async function commandScene() {
  const scene = await localScene(onTestFinished);
  const feed = join(scene.scratch.home, 'feed');
  execFileSync('mkfifo', [feed]);
  writeFileSync(join(scene.scratch.home, 'tell'), SCRIPT);
  await scene.clone.git('config', KEY, 'exec sh "$HOME/tell"');
  return { ...scene, say: (line: string) => writeFileSync(feed, `${line}\n`) };
}

test('what the command tells is fetched, and nothing is where nothing has moved', async () => {
  const scene = await commandScene();
  const { server, clone, say } = scene;
  const daemon = startDaemon(onTestFinished, clone.directory, scene.scratch.env);
  await daemon.line('CONNECTED origin');
  await untilStatus(scene, 'watched by its own command, exec sh "$HOME/tell"');
  const named = await server.pushCommit();
  say('moved: refs/heads/main');
  await daemon.line('SYNCING origin');
  await untilRef(clone, ORIGIN_MAIN, named);
  const unnamed = await server.pushCommit();
  say('something');
  await daemon.line('SYNCING origin');
  await daemon.line('DONESYNCING origin 1');
  await untilRef(clone, ORIGIN_MAIN, unnamed);
  await untilQuiet(daemon);
  const fetches = daemon.lines.count('SYNCING origin');
  say('refs/pull/1/head');
  say('nothing');
  await untilStatus(scene, /compared/);
  await untilQuiet(daemon);
  expect(daemon.lines.count('SYNCING origin')).toBe(fetches);
  expect(daemon.lines.count(/^DISCONNECTED|^WARNING/)).toBe(0);
});

test('a command that ends is started again, and what moved meanwhile is fetched', async () => {
  const scene = await commandScene();
  const { server, clone, say } = scene;
  const daemon = startDaemon(onTestFinished, clone.directory, scene.scratch.env);
  await daemon.line('CONNECTED origin');
  const missed = await server.pushCommit();
  say('die');
  const lost = await daemon.line('DISCONNECTED origin');
  const back = await daemon.line('CONNECTED origin');
  // Half a second at least: the first wait is one, jittered to half of it.
  expect(back.atMs - lost.atMs).toBeGreaterThan(450);
  await untilRef(clone, ORIGIN_MAIN, missed);
  const status = await runProgram(clone.directory, scene.scratch.env, 'status', '--json');
  expect(status.stdout).toContain('its notify command has ended, with status 7; it is to run on: as it was told');
});

test('a command that is not there is told in words, and used once it is', async () => {
  const scene = await commandScene();
  await scene.clone.git('config', KEY, 'no-such-command-here');
  const daemon = startDaemon(onTestFinished, scene.clone.directory, scene.scratch.env);
  await daemon.line(/^WARNING origin its notify command was not found \(status 127\): .*no-such-command-here/);
  await scene.clone.git('config', KEY, 'exec sh "$HOME/tell"');
  await daemon.line('CONNECTED origin');
});

test('STOP leaves nothing of it, and comes soon, whatever the command does about it', async () => {
  const scene = await commandScene();
  await scene.clone.git('config', KEY, `trap '' TERM; echo; sleep 300 & while :; do sleep 301; done`);
  const daemon = startDaemon(onTestFinished, scene.clone.directory, scene.scratch.env);
  await daemon.line('CONNECTED origin');
  await until('the command and its child run', () => sleepers(daemon).length === 2);
  const toldAtMs = performance.now();
  daemon.send('STOP');
  expect(await daemon.gone()).toMatchObject({ status: 0 });
  expect(performance.now() - toldAtMs).toBeLessThan(2_000);
});

const sleepers = (daemon: Daemon) => daemon.processes().filter(({ command }) => /^sleep 30[01]$/.test(command));
