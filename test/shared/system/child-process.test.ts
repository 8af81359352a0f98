// Owns: what is told of a child process: its exit, all it said, and whether anybody of its group could be signalled.
// Leaves: starting and ending children (run-command.test.ts, run-git.test.ts).
import { spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { allSaid, collect, exitOf, signalGroup } from '../../../src/shared/system/child-process.ts';
import { until } from '../../support/next-line.ts';
import { killQuietly } from '../../support/processes.ts';

/** A shell script that leads a group of its own, ended when the test is over. */
function startScript(script: string) {
  const child = spawn('sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const pgid = child.pid ?? expect.unreachable('it has started');
  onTestFinished(() => killQuietly(-pgid));
  return { ...child, child, pgid, stdout: child.stdout, stderr: child.stderr };
}

test('the exit of a process is told though somebody it left behind holds its output', async () => {
  const { child, stdout, pgid } = startScript('echo said; sleep 600 & exit 3');
  const said = collect(stdout, 1_000);
  expect(await exitOf(child)).toEqual({ status: 3, signal: null });
  await until('what it said is here', () => said.text() === 'said\n');
  let isOver = false;
  const over = allSaid([stdout]).then(() => {
    isOver = true;
  });
  expect([isOver, signalGroup(pgid, 0)]).toEqual([false, true]);
  expect(signalGroup(pgid, 'SIGKILL')).toBe(true);
  await over;
});

test('all is said when each stream has ended, be it long ago or by its destruction', async () => {
  const streams = [new PassThrough(), new PassThrough(), new PassThrough()] as const;
  streams[0].end();
  streams[0].resume();
  await allSaid([streams[0]]);
  const all = allSaid(streams);
  streams[1].destroy();
  streams[2].resume().end('more');
  await all;
});

test('of what is said the first bytes are kept, characters whole', () => {
  const stream = new PassThrough();
  const said = collect(stream, 6);
  const text = Buffer.from('h\u00e9llo');
  for (const byte of text) stream.emit('data', Buffer.of(byte));
  expect([said.text(), said.isCut()]).toEqual(['h\u00e9llo', false]);
  stream.emit('data', Buffer.from('!'));
  expect([said.text(), said.isCut()]).toEqual(['h\u00e9llo', true]);
});

test('a group that is gone cannot be signalled', async () => {
  const { child, pgid } = startScript('exit 0');
  await exitOf(child);
  await until('it is gone', () => !signalGroup(pgid, 0));
  expect(signalGroup(pgid, 'SIGTERM')).toBe(false);
});
