// Owns: what daemons note of what happens, and `events`, which shows it: over kills, restarts and moves, to many at once.
// Leaves: the journal's file as such (test/main/journal), and which refs git moves (test/main/git/moved-refs.test.ts).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { DaemonEvent } from '../../src/shared/events.ts';
import { type Daemon, PROGRAM, runProgram, startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { localScene, startConnected, untilRef } from '../support/scene.ts';
import { commit, openRepo } from '../support/temp-repo.ts';

type LocalScene = Awaited<ReturnType<typeof localScene>>;

async function setUp() {
  const scene = await localScene(onTestFinished);
  const { clone, scratch } = scene;
  const command = (...args: readonly string[]) => runProgram(clone.directory, scratch.env, ...args);
  const events = async (...args: readonly string[]): Promise<DaemonEvent[]> =>
    eventsIn((await command('events', '--json', ...args)).stdout);
  const follow = (...args: readonly string[]): Daemon =>
    startDaemon(onTestFinished, clone.directory, scratch.env, ['events', '-f', '--json', ...args]);
  return { ...scene, command, events, follow };
}

const eventsIn = (text: string): DaemonEvent[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, at) => first + at);
const ids = (events: readonly DaemonEvent[]): number[] => events.map(({ id }) => id);
const seen = ({ lines }: Daemon): DaemonEvent[] => eventsIn(lines.seen.map(({ text }) => text).join('\n'));

/** Kills it as the kernel does where memory is short. */
async function kill(daemon: Daemon): Promise<void> {
  daemon.signal('SIGKILL');
  await daemon.exit;
}

test('all that happens is told once to each follower, from before the first daemon on, over a kill and a restart', async () => {
  const scene = await setUp();
  const { server, clone, scratch, command, events, follow } = scene;
  expect(await command('events')).toEqual({
    ...{ status: 1, stdout: '', stderr: 'error: no daemon has ever run here: git remote-daemon start\n' },
  });
  const early = follow();
  const old = await clone.git('rev-parse', 'origin/main');
  const first = await startConnected(onTestFinished, scene);
  const tip = await server.pushCommit();
  await early.line(new RegExp(tip));
  await kill(first);
  const between = seen(early);
  expect(between.map(({ event }) => event).slice(0, 4)).toEqual(['STARTED', 'CONNECTED', 'SYNCING', 'DONESYNCING']);
  expect(between.at(-1)).toEqual({
    ...{ id: between.length, at: expect.any(String), event: 'DONESYNCING', remote: 'origin' },
    ...{ operation: 'fetch', ok: true, tookMs: expect.any(Number) },
    moved: [{ ref: 'refs/remotes/origin/main', old, new: tip, how: 'forwarded' }],
  });

  const late = follow(`--since=${between.length}`);
  const second = startDaemon(onTestFinished, clone.directory, scratch.env);
  await second.line('DONESYNCING origin 1');
  second.lines.forget();
  await server.git('tag', 'v1', tip);
  await untilRef(clone, 'refs/tags/v1', tip);
  // The ref is there a moment before that is told, and PAUSE lets what runs finish.
  await second.line('DONESYNCING origin 1');
  second.send('PAUSE');
  await second.line('DISCONNECTED origin');
  second.lines.forget();
  second.send('HELLO', 'CHANGED refs/heads/main', 'RESUME');
  await second.line('DONESYNCING origin 1');
  second.send('STOP');
  await second.gone();
  await Promise.all([early, late].map((follower) => follower.line(/"event":"ENDED"/)));

  const all = await events();
  expect(ids(all)).toEqual(upTo(all.length));
  expect(seen(early)).toEqual(all);
  expect(seen(late)).toEqual(all.slice(between.length));
  expect(all.map(wordOf).slice(between.length)).toEqual([
    ...['STARTED', 'CONNECTED origin', 'SYNCING origin', 'DONESYNCING origin 0'],
    ...['SYNCING origin', 'DONESYNCING origin 1'],
    ...['PAUSE', 'DISCONNECTED origin: paused', 'CHANGED refs/heads/main', 'RESUME', 'CONNECTED origin'],
    ...['SYNCING origin', 'DONESYNCING origin 0'],
    ...['STOP', 'DISCONNECTED origin: the daemon stops', 'ENDED: STOP'],
  ]);

  const shown = (await command('events')).stdout.split('\n');
  expect(shown).toHaveLength(all.length + 1);
  expect(
    shown.some((line) =>
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d origin: fetched main [0-9a-f]{7}\.\.[0-9a-f]{7} \(\d+\.\d\d s\)$/.test(line),
    ),
  ).toBe(true);
  expect(shown.some((line) => line.includes('origin: fetched new tag v1 ('))).toBe(true);
  expect(shown.at(-2)).toMatch(/ the daemon has ended: STOP$/);
  expect(await events('--since=1h')).toEqual(all);
  expect(await command('events', `--since=${all.length + 7}`)).toMatchObject({
    ...{
      status: 1,
      stdout: '',
      stderr: `error: there is no event number ${all.length + 7} here: the last one is number ${all.length}\n`,
    },
  });
  expect(await command('events', '--since=soon')).toMatchObject({
    stdout: '',
    stderr: expect.stringMatching(/^fatal: --since must be the number of an event, .*, not 'soon'\n$/),
  });
});

/** What it is, without what differs each time. */
function wordOf(event: DaemonEvent): string {
  const about = 'remote' in event ? ` ${event.remote}` : '';
  if (event.event === 'DONESYNCING') return `DONESYNCING${about} ${event.moved.length}`;
  if (event.event === 'CHANGED') return `CHANGED ${event.refs.join(' ')}`;
  return event.event + about + ('why' in event ? `: ${event.why}` : '');
}

test('daemons that are killed while they note one thing after the other leave no gap, and no number twice', async () => {
  const scene = await setUp();
  const { clone, scratch, events, follow } = scene;
  const follower = follow();
  for (let turn = 0; turn < 3; turn += 1) {
    const daemon = await startConnected(onTestFinished, scene);
    const before = follower.lines.seen.length;
    const orders = Array.from({ length: 2_000 }, (_, count) => `CHANGED refs/heads/${turn}/${count}`);
    daemon.send(...orders);
    await until('some are noted', () => follower.lines.seen.length > before + 50);
    await kill(daemon);
  }
  const last = startDaemon(onTestFinished, clone.directory, scratch.env);
  await last.line('CONNECTED origin');
  last.send('STOP');
  await last.gone();
  await follower.line(/"event":"ENDED"/);
  const all = await events();
  expect(ids(all)).toEqual(upTo(all.length));
  expect(seen(follower)).toEqual(all);
});

test('why a daemon ended is told, whatever ended it', async () => {
  const scene = await setUp();
  const { clone, scratch, events } = scene;
  const ends: [string | RegExp, (daemon: Daemon) => unknown][] = [
    ['SIGTERM', (daemon) => daemon.signal('SIGTERM')],
    ['end of file on stdin', (daemon) => daemon.closeInput()],
  ];
  for (const [why, end] of ends) {
    const daemon = await startConnected(onTestFinished, scene);
    end(daemon);
    await daemon.gone();
    expect((await events()).at(-1)).toMatchObject({ event: 'ENDED', why });
  }
  // Its git dir is not there any more, and another is made in its place.
  const daemon = await startConnected(onTestFinished, scene);
  const moved = join(scratch.directory, 'moved');
  renameSync(clone.directory, moved);
  await openRepo(scratch.directory, scratch.env).git('init', '--quiet', 'clone');
  await daemon.gone();
  const movedEvents = eventsIn((await runProgram(moved, scratch.env, 'events', '--json')).stdout);
  expect(movedEvents.at(-1)).toMatchObject({ event: 'ENDED', why: expect.stringMatching(/ was moved or removed$/) });
  expect(ids(movedEvents)).toEqual(upTo(movedEvents.length));
  expect((await runProgram(clone.directory, scratch.env, 'events')).status).toBe(1);
});

test('a push is told with the refs it moved, and a sync that failed with why', async () => {
  const scene = await setUp();
  const { server, clone, events } = scene;
  await clone.git('config', 'remote.origin.remotedaemonPush', 'true');
  const old = await clone.git('rev-parse', 'main');
  const daemon = await startConnected(onTestFinished, scene);
  const tip = await commit(clone);
  daemon.send('CHANGED refs/heads/main');
  await untilRef(server, 'refs/heads/main', tip);
  await daemon.line('DONESYNCING origin 1');
  // Somebody else was faster.
  await server.git('update-ref', 'refs/heads/main', await server.pushCommit('beside'));
  await commit(clone);
  daemon.send('CHANGED refs/heads/main');
  await daemon.line('DONESYNCING origin 0');
  daemon.send('STOP');
  await daemon.gone();
  const syncs = (await events()).filter((event) => event.event === 'DONESYNCING');
  expect(syncs).toContainEqual(
    expect.objectContaining({
      operation: 'push',
      ok: true,
      moved: [{ ref: 'refs/heads/main', old, new: tip, how: 'forwarded' }],
    }),
  );
  expect(syncs).toContainEqual(
    expect.objectContaining({ operation: 'push', ok: false, moved: [], why: expect.stringContaining('[rejected]') }),
  );
});

test.each([
  ['', 'exec "$0" "$@"'],
  [', and where another program writes to the same', 'sleep 300 & exec "$0" "$@"'],
])('a reader that has seen enough ends it quietly, also while it follows%s', async (_where, script) => {
  const scene: LocalScene = await setUp();
  const daemon = await startConnected(onTestFinished, scene);
  const { clone, scratch, server } = scene;
  const follower = spawn('sh', ['-c', script, process.execPath, PROGRAM, 'events', '-f', '--json'], {
    ...{ cwd: clone.directory, env: scratch.env, stdio: ['ignore', 'pipe', 'pipe'] },
  });
  let said = '';
  follower.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const exit = once(follower, 'exit');
  await once(follower.stdout, 'data');
  follower.stdout.destroy();
  // Where a cat(1) stands between, that alone is told by the first line.
  await until('it has noticed', async () => {
    await server.pushCommit();
    return follower.exitCode !== null || follower.signalCode !== null;
  });
  expect(await exit).toEqual([0, null]);
  expect(said).toBe('');
  daemon.send('STOP');
  await daemon.gone();
  expect(readFileSync(join(clone.directory, '.git/remote-daemon/events.jsonl'), 'utf8')).toMatch(
    /"event":"ENDED".*\n$/,
  );
});
