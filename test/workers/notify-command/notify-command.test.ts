// Owns: watching a remote by a command, with a real shell: what it is given, what is made of its lines, and its end.
// Leaves: which words are ref names (hints.test.ts), and being started again (test/end-to-end/notify-command.test.ts).
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../../support/next-line.ts';
import { processesMarked } from '../../support/processes.ts';
import { makeRepo, makeScratch } from '../../support/temp-repo.ts';
import { startLoop, taskIn } from '../loop.ts';

/** Runs a command as a link does; `$HOME` is the scratch directory's. */
async function run(command: string) {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'clone');
  const loop = startLoop(onTestFinished, taskIn(scratch, repo, { kind: 'notify-command', command }));
  return {
    ...loop,
    repo,
    fileOf: (name: string) => join(scratch.home, name),
    left: () => processesMarked(scratch.id).map((found) => found.command),
  };
}

/** The command that prints whatever is written to a FIFO at `$HOME/feed`, and where to write. */
async function runFeed() {
  const feed = await run('mkfifo "$HOME/feed"; exec 3<>"$HOME/feed"; echo; exec cat <&3');
  await feed.reports.next(/^connected/);
  await feed.reports.next('unsure');
  return { ...feed, say: (...lines: string[]) => writeFileSync(feed.fileOf('feed'), `${lines.join('\n')}\n`) };
}

describe('a command', () => {
  it('is connected while it runs, also where it says nothing', async () => {
    const { reports } = await run('exec cat');
    await reports.next('connected its own command, exec cat');
  });

  it('runs in the top directory, knows its remote, and can ask nobody', async () => {
    const { reports, repo } = await run('echo "$PWD, $GIT_REMOTE_DAEMON_REMOTE, $GIT_TERMINAL_PROMPT" >&2; exec cat');
    await reports.next(`log its notify command: ${repo.directory}, origin, 0`);
  });

  it('names refs that moved, to where it does not say, and asks for a look by a line that names none', async () => {
    const { reports, say } = await runFeed();
    say('push by me: refs/heads/main and refs/tags/v1');
    await reports.next('moved refs/heads/main to unknown, refs/tags/v1 to unknown');
    say('something');
    await reports.next('unsure');
    say('refs/pull/1/head is none that is fetched', 'refs/heads/a');
    await reports.next('moved refs/heads/a to unknown');
  });

  it('is told of once for what it says at once; where a line names no ref, no names are told', async () => {
    const { reports, say } = await runFeed();
    say('refs/heads/a', 'refs/heads/b', 'refs/heads/a');
    await reports.next('moved refs/heads/a to unknown, refs/heads/b to unknown');
    say('refs/heads/a', '');
    await reports.next('moved');
  });

  it('may say what is no text, or no line: it is passed over, and what follows is heard', async () => {
    const { reports } = await run(
      `printf 'refs/heads/\\377\\n'; head -c 40000 /dev/zero | tr '\\0' x; printf '\\nrefs/heads/a\\000\\n'; exec cat`,
    );
    for (const why of ['is not UTF-8', 'is longer than 32 KiB', 'has a NUL in it'])
      await reports.next(`log a line of its notify command is passed over: it ${why}`);
    expect(reports.count(/^moved|^unsure/)).toBe(0);
  });

  it('floods nobody: main hears of it once a second, and the thread has time for other links', async () => {
    const { reports } = await run('exec yes refs/heads/main');
    const first = await reports.next('moved refs/heads/main to unknown');
    const before = performance.eventLoopUtilization();
    const second = await reports.next('moved refs/heads/main to unknown');
    expect(second.atMs - first.atMs).toBeGreaterThan(900);
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.6);
  });

  it('has of its complaints twenty lines a minute logged', async () => {
    const { reports, order } = await run('for i in $(seq 100); do echo "bad $i" >&2; done; echo; exec cat');
    await reports.next('log its notify command: bad 20');
    await reports.next('unsure');
    order('kindly');
    await reports.next(/^log \d+ more lines were not shown$/);
    expect(reports.count(/^log its notify command: bad/)).toBe(20);
  });
});

describe('the end of a command', () => {
  it.each([
    ['exit 0', 'its notify command has ended, with status 0; it is to run on'],
    ['echo one >&2; echo two >&2; exit 3', 'its notify command has ended, with status 3; it is to run on: two'],
    ['kill -9 $$', 'its notify command was ended by SIGKILL'],
    [
      'exec no-such-command-here',
      /^ended dropped: its notify command was not found \(status 127\): .*no-such-command-here/,
    ],
    ['exec "$HOME"', /^ended dropped: its notify command cannot be executed \(status 126\): ./],
  ])('is a failure: %s', async (command, told) => {
    const { reports, left } = await run(command);
    await reports.next(typeof told === 'string' ? `ended dropped: ${told}` : told);
    expect(reports.count(/^connected/)).toBe(0);
    expect(left()).toEqual([]);
  });

  it('ends the link that was connected, and what the command has left running', async () => {
    const { reports, children, left } = await run(
      'trap "" TERM; sleep 300 & echo; read line <"$HOME/.gitconfig"; exit 5',
    );
    await reports.next(/^connected/);
    await reports.next('ended dropped: its notify command has ended, with status 5; it is to run on');
    expect([...children]).toEqual([]);
    expect(left()).toEqual([]);
  });
});

describe('told to close, a command', () => {
  it('sees the end of its stdin', async () => {
    const { reports, order, fileOf, left } = await run('cat; echo over >"$HOME/over"');
    await reports.next(/^connected/);
    order('kindly');
    await reports.next('ended closed');
    expect(readFileSync(fileOf('over'), 'utf8')).toBe('over\n');
    expect(left()).toEqual([]);
  });

  it('gets a SIGTERM, and so does what it has started', async () => {
    const { reports, order, fileOf, left } = await run(
      `(trap 'echo >"$HOME/inner"; exit' TERM; echo; while :; do sleep 0.05; done) & trap 'wait; exit' TERM; wait`,
    );
    await reports.next('unsure');
    order('kindly');
    await reports.next('ended closed');
    expect(existsSync(fileOf('inner'))).toBe(true);
    expect(left()).toEqual([]);
  });

  it.each(['kindly', 'now'] as const)(
    'that hears nothing is killed with all it has started, in time: %s',
    async (how) => {
      const { reports, order, left } = await run(`trap '' TERM; sh -c 'sleep 301' & echo; while :; do sleep 302; done`);
      await reports.next('unsure');
      expect(left().length).toBeGreaterThan(2);
      const toldAtMs = performance.now();
      order(how);
      const { atMs } = await reports.next('ended closed');
      expect(atMs - toldAtMs).toBeLessThan(1_500);
      await until('nothing is left', () => left().length === 0);
    },
  );

  it('before it is connected is ended as well', async () => {
    const { reports, order, left } = await run('exec cat');
    await reports.next('started');
    order('now');
    await reports.next('ended closed');
    expect(left()).toEqual([]);
  });
});
