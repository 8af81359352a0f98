import { type ChildProcess, execFile as execFileCallback, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Endpoint } from '../../../src/main/control/endpoint.ts';
import { openPipeEndpoint } from '../../../src/main/control/pipe-endpoint.ts';
import { makeFifo } from '../../../src/main/host/system-command.ts';
import { createLineLog, type LineLog, logLines, until } from '../../support/next-line.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const execFile = promisify(execFileCallback);

interface Opened {
  readonly endpoint: Endpoint;
  /** Orders as they are read. */
  readonly orders: LineLog;
  readonly logged: LineLog;
}

const makePaths = () => {
  const { directory } = makeScratch(onTestFinished);
  return { directory, control: `${directory}/control`, events: `${directory}/events` };
};
type Paths = ReturnType<typeof makePaths>;

async function open(paths: Paths, greeting: readonly string[] = []): Promise<Opened> {
  const logged = createLineLog('log');
  const orders = createLineLog('orders', () => logged.seen.map((line) => line.text).join('\n'));
  const listener = {
    line: (line: { kind: string; text?: string; why?: string }) => orders.push(line.text ?? `skipped ${line.why}`),
    closed: (why: string) => orders.push(`closed ${why}`),
    greeting: () => greeting,
  };
  const endpoint = await openPipeEndpoint(paths, { makeFifo, log: logged.push, isInPlace: () => true }, listener);
  onTestFinished(endpoint.close);
  return { endpoint, orders, logged };
}

/** A shell, ended with the test. */
function shell(script: string, ...args: readonly string[]): ChildProcess {
  const child = spawn('sh', ['-c', script, 'sh', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Somebody who reads `events` as fast as it comes. */
function readEvents(paths: Paths): { readonly lines: LineLog; readonly leave: () => Promise<unknown> } {
  const child = spawn('cat', [paths.events], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createLineLog('events');
  logLines(child.stdout, lines);
  const gone = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    lines,
    leave: () => {
      child.kill('SIGKILL');
      return gone;
    },
  };
}

const type = (at: string): string => {
  const found = fs.lstatSync(at, { throwIfNoEntry: false });
  return found ? `${found.isFIFO() ? 'fifo' : 'other'} ${(found.mode & 0o777).toString(8)}` : 'nothing';
};

describe('the control pipe', () => {
  test('is read from one writer after the other, and from two at once', async () => {
    const paths = makePaths();
    const { orders } = await open(paths);
    execFileSync('sh', ['-c', 'echo PAUSE > "$1"; printf "RESUME\\r\\n" > "$1"', 'sh', paths.control]);
    await orders.next('PAUSE');
    await orders.next('RESUME');
    const many = 'i=0; while [ $i -lt 200 ]; do echo "$2 $i"; i=$((i+1)); done > "$1"';
    shell(many, paths.control, 'A');
    shell(many, paths.control, 'B');
    await orders.next('A 199');
    await orders.next('B 199');
    expect([orders.count(/^A \d+$/), orders.count(/^B \d+$/), orders.seen.length]).toEqual([200, 200, 402]);
  });

  test('carries many orders of one write', async () => {
    const paths = makePaths();
    const { orders } = await open(paths);
    fs.writeFileSync(paths.control, 'PAUSE\nRESUME\n\nSTOP\n');
    await orders.next('STOP');
    expect(orders.seen.map((line) => line.text)).toEqual(['PAUSE', 'RESUME', '', 'STOP']);
  });

  test('a line over 32 KiB is skipped, and the next one is read', async () => {
    const paths = makePaths();
    const { orders } = await open(paths);
    shell('head -c 200000 /dev/zero | tr "\\0" x > "$1"; printf "\\nPAUSE\\n" > "$1"', paths.control);
    await orders.next('PAUSE');
    expect(orders.seen.map((line) => line.text)).toEqual(['skipped too-long', 'PAUSE']);
  });

  test.each([
    ['half a line', 'printf PAU > "$1"'],
    ['half of an over-long line', 'head -c 40000 /dev/zero > "$1"'],
  ])('%s with no writer is dropped after a while, and said', async (_what, script) => {
    const paths = makePaths();
    const { orders, logged } = await open(paths);
    execFileSync('sh', ['-c', script, 'sh', paths.control]);
    await logged.next(/half a line/);
    fs.writeFileSync(paths.control, 'RESUME\n');
    await orders.next('RESUME');
    expect(orders.seen).toHaveLength(1);
  });

  test('half a line whose rest comes soon is a line', async () => {
    const paths = makePaths();
    const { orders } = await open(paths);
    shell('exec > "$1"; printf PAU; sleep 0.2; echo SE', paths.control);
    await orders.next('PAUSE');
  });

  test('what an echo left there is removed unread, and said', async () => {
    const paths = makePaths();
    fs.writeFileSync(paths.control, 'STOP\n');
    const { orders, logged } = await open(paths);
    await logged.next(/control, unread/);
    expect(type(paths.control)).toBe('fifo 600');
    fs.writeFileSync(paths.control, 'PAUSE\n');
    await orders.next('PAUSE');
    expect(orders.seen).toHaveLength(1);
  });

  test.runIf(process.platform === 'linux')(
    'what a killed daemon left is replaced, and whoever waits there is let go',
    async () => {
      const paths = makePaths();
      for (const left of [paths.control, paths.events]) execFileSync('mkfifo', [left]);
      const writer = shell('echo STOP > "$1"', paths.control);
      const reader = shell('exec cat "$1"', paths.events);
      const waits = (child: ChildProcess): boolean => inOpen(child.pid ?? -1);
      await until('both wait for the other end', () => waits(writer) && waits(reader));
      const gone = Promise.all([once(writer, 'exit'), once(reader, 'exit')]);
      const { orders } = await open(paths);
      await gone;
      fs.writeFileSync(paths.control, 'PAUSE\n');
      await orders.next('PAUSE');
      expect(orders.seen).toHaveLength(1);
    },
  );

  test('a link there is removed, and where it leads is left alone', async () => {
    const paths = makePaths();
    fs.writeFileSync(`${paths.directory}/precious`, 'x');
    fs.symlinkSync(`${paths.directory}/precious`, paths.control);
    await open(paths);
    expect(type(paths.control)).toBe('fifo 600');
    expect(fs.readFileSync(`${paths.directory}/precious`, 'utf8')).toBe('x');
  });

  test('a directory in its place is refused', async () => {
    const paths = makePaths();
    fs.mkdirSync(paths.events);
    await expect(open(paths)).rejects.toThrow(/events is a directory: remove it/);
  });

  test.skipIf(process.getuid?.() !== 0)("somebody else's file in its place is refused", async () => {
    const paths = makePaths();
    execFileSync('mkfifo', [paths.control]);
    fs.chownSync(paths.control, 12_345, 12_345);
    await expect(open(paths)).rejects.toThrow(/belongs to another user/);
  });

  test.each([0o000, 0o077, 0o277])('both pipes are private under umask %i, and gone at the end', async (mask) => {
    const paths = makePaths();
    const before = process.umask(mask);
    const { endpoint } = await open(paths).finally(() => process.umask(before));
    expect([type(paths.control), type(paths.events)]).toEqual(['fifo 600', 'fifo 600']);
    await endpoint.close();
    expect([type(paths.control), type(paths.events)]).toEqual(['nothing', 'nothing']);
  });
});

describe('the events pipe', () => {
  test('greets a reader who comes late, and tells him the rest', async () => {
    const paths = makePaths();
    const { endpoint } = await open(paths, ['CONNECTED a', 'CONNECTED b']);
    endpoint.send('CONNECTED a');
    const { lines } = readEvents(paths);
    await lines.next('CONNECTED b');
    endpoint.send('SYNCING a');
    await lines.next('SYNCING a');
    expect(lines.seen.map((line) => line.text)).toEqual(['CONNECTED a', 'CONNECTED b', 'SYNCING a']);
    expect(endpoint.droppedLines()).toBe(1);
  });

  test('a reader who goes is replaced by the next, who is greeted too', async () => {
    const paths = makePaths();
    const { endpoint } = await open(paths, ['CONNECTED a']);
    const first = readEvents(paths);
    await first.lines.next('CONNECTED a');
    await first.leave();
    endpoint.send('SYNCING a');
    expect(endpoint.droppedLines()).toBe(1);
    const second = readEvents(paths);
    await second.lines.next('CONNECTED a');
    endpoint.send('DONESYNCING a 1');
    await second.lines.next('DONESYNCING a 1');
    expect(second.lines.count('SYNCING a')).toBe(0);
  });

  test('each of many readers is told all of it, whether he comes after another or beside him', async () => {
    const paths = makePaths();
    const { endpoint } = await open(paths, ['CONNECTED a', 'CONNECTED b']);
    for (let round = 0; round < 12; round += 1) {
      // `head` is gone as soon as it was greeted, and nobody is told of that.
      const { stdout } = await execFile('head', ['-n', '2', paths.events]);
      expect(stdout).toBe('CONNECTED a\nCONNECTED b\n');
    }
    const first = readEvents(paths);
    await first.lines.next('CONNECTED b');
    const second = readEvents(paths);
    await second.lines.next('CONNECTED b');
    endpoint.send('SYNCING a');
    for (const { lines } of [first, second]) await lines.next('SYNCING a');
    await first.leave();
    endpoint.send('DONESYNCING a 1');
    await second.lines.next('DONESYNCING a 1');
    expect(second.lines.seen).toHaveLength(4);
    expect(endpoint.droppedLines()).toBe(0);
  });

  test('the end lets go of who waits for a reader, also where the pipes were removed, and leaves no pipe behind', async () => {
    const paths = makePaths();
    const { endpoint } = await open(paths);
    const { lines } = readEvents(paths);
    const isWaiting = (): boolean => fs.statSync(paths.events).nlink === 2;
    await until('the next reader has a pipe', isWaiting);
    for (const name of fs.readdirSync(paths.directory)) {
      if (name.startsWith('events')) fs.rmSync(`${paths.directory}/${name}`);
    }
    await endpoint.close();
    await expect(lines.next('never')).rejects.toThrow('the stream ended');
    expect(fs.readdirSync(paths.directory).filter((name) => /^(?:control|events)/.test(name))).toEqual([]);
  });

  test('a reader who is stuck loses whole lines, is not waited for, and goes on when he reads again', async () => {
    const paths = makePaths();
    const { endpoint } = await open(paths, ['greeting']);
    const child = spawn('sh', [
      '-c',
      'exec < "$1"; read -r line; echo "$line"; kill -STOP $$; exec cat',
      'sh',
      paths.events,
    ]);
    onTestFinished(() => void child.kill('SIGKILL'));
    const lines = createLineLog('stuck reader');
    logLines(child.stdout, lines);
    await lines.next('greeting');
    for (let count = 0; count < 10_000; count += 1) endpoint.send(`WARNING a ${count} ${'x'.repeat(80)}`);
    const dropped = endpoint.droppedLines();
    expect(dropped).toBeGreaterThan(5_000);
    child.kill('SIGCONT');
    await until('there is room again', () => {
      endpoint.send('last');
      return endpoint.droppedLines() === dropped || lines.count('last') > 0;
    });
    await lines.next('last');
    expect(lines.count(/^(?:greeting|last|WARNING a \d+ x{80})$/)).toBe(lines.seen.length);
  });

  test('a stuck reader who goes leaves no half line to the next', async () => {
    const paths = makePaths();
    const { endpoint } = await open(paths, ['greeting']);
    const child = spawn('sh', ['-c', 'exec < "$1"; read -r line; echo there; exec sleep 60', 'sh', paths.events]);
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    for (let count = 0; count < 5_000; count += 1) endpoint.send(`WARNING a ${'x'.repeat(99)}`);
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    const { lines } = readEvents(paths);
    await lines.next('greeting');
    endpoint.send('last');
    await lines.next('last');
    expect(lines.seen.map((line) => line.text)).toEqual(['greeting', 'last']);
  });

  test('the last lines are read to their end, and then comes the end', async () => {
    const paths = makePaths();
    const { endpoint } = await open(paths, ['greeting']);
    const { lines } = readEvents(paths);
    await lines.next('greeting');
    for (let count = 0; count < 1_000; count += 1) endpoint.send(`line ${count}`);
    const sent = 1_000 - endpoint.droppedLines();
    await endpoint.close();
    await expect(lines.next('never')).rejects.toThrow('the stream ended');
    expect(lines.count(/^line \d+$/)).toBe(sent);
    endpoint.send('too late');
    expect(endpoint.droppedLines()).toBe(1_000 - sent + 1);
  });

  test('a stuck reader does not hold up the end', async () => {
    const paths = makePaths();
    const { endpoint } = await open(paths, ['greeting']);
    const child = spawn('sh', ['-c', 'exec < "$1"; read -r line; echo there; exec sleep 600', 'sh', paths.events]);
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    for (let count = 0; count < 5_000; count += 1) endpoint.send('x'.repeat(99));
    // It is stuck for longer than a test may take: that this comes back is what is shown.
    await endpoint.close();
    expect(child.exitCode).toBeNull();
  });
});

/** Whether a process is in the open(2) of a FIFO whose other end nobody has: fs/pipe.c, wait_for_partner(). */
function inOpen(pid: number): boolean {
  return fs.readFileSync(`/proc/${pid}/wchan`, 'utf8') === 'wait_for_partner';
}
