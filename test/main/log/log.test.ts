import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { followLog, readLog } from '../../../src/main/commands/show-log.ts';
import { createLog, type Log } from '../../../src/main/log/log.ts';
import { until } from '../../support/next-line.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const AT = new Date('2025-03-04T12:00:00Z');
const STAMP = '2025-03-04T12:00:00.000Z';

const makePath = (): string => `${makeScratch(onTestFinished).directory}/daemon.log`;

function open(path: string, mostBytes = 1_000): Log {
  const log = createLog({ kind: 'file', path, mostBytes }, () => AT);
  onTestFinished(log.close);
  return log;
}

const read = (at: string): string => fs.readFileSync(at, 'utf8');

describe('the log file', () => {
  test('has one line for each event, whatever is in it, and no secret', () => {
    const path = makePath();
    const log = open(path);
    log.info('origin', 'connected');
    log.warn('ori\ngin', 'two\nlines\u001b[31m');
    log.error('git', 'https://me:secret@host/ is gone');
    expect(read(path).split('\n')).toEqual([
      `${STAMP} info  origin: connected`,
      `${STAMP} warn  ori gin: two lines [31m`,
      `${STAMP} error git: https://***@host/ is gone`,
      '',
    ]);
  });

  test('goes on where an earlier daemon ended, and is private', () => {
    const path = makePath();
    fs.writeFileSync(path, 'before\n', { mode: 0o644 });
    open(path).info('a', 'b');
    expect(read(path)).toMatch(/^before\n.*a: b\n$/);
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
  });

  test('is rotated by size, with one predecessor, and no line is lost on the way', () => {
    const path = makePath();
    const log = open(path);
    for (let count = 0; count < 30; count += 1) log.info('count', String(count));
    expect(fs.statSync(path).size).toBeLessThanOrEqual(1_000);
    expect(fs.statSync(`${path}.1`).size).toBeLessThanOrEqual(1_000);
    expect(fs.statSync(`${path}.1`).mode & 0o777).toBe(0o600);
    const kept = [...(readLog(path) ?? '').matchAll(/count: (\d+)/g)].map(([, count]) => Number(count));
    expect(kept.length).toBeGreaterThan(20);
    expect(kept).toEqual(Array.from(kept, (_, index) => 30 - kept.length + index));
    expect(fs.readdirSync(dirname(path)).filter((name) => name.startsWith('daemon.log'))).toHaveLength(2);
  });

  test('still has what the process itself writes after a rotation', async () => {
    const path = makePath();
    const log = open(path);
    const own = fs.openSync(path, 'a');
    onTestFinished(() => fs.closeSync(own));
    for (let count = 0; count < 30; count += 1) log.info('count', String(count));
    const child = spawn('sh', ['-c', 'echo a crash >&2'], { stdio: ['ignore', own, own] });
    await once(child, 'exit');
    log.info('after', 'it');
    expect(read(path)).toMatch(/\na crash\n.*after: it\n$/);
  });

  test('that cannot be written to does no harm', async () => {
    const path = makePath();
    fs.symlinkSync('/dev/full', path);
    expect(() => open(path)).toThrow(`${path} is a symbolic link: remove it`);
    const log = open(`${path}.other`, 10);
    fs.mkdirSync(`${path}.other.1`);
    fs.writeFileSync(`${path}.other.1/in-the-way`, '');
    log.info('a', 'b');
    await log.close();
    log.info('after', 'the end');
  });
});

describe('the log on stderr', () => {
  /** A process that logs so many lines to its stderr and then tells on stdout that it goes on. */
  function logLoud(stderr: 'pipe' | 'ignore', count: number): ChildProcess {
    const script = `
      import { createLog } from ${JSON.stringify(new URL('../../../dist/for-tests/src/main/log/log.js', import.meta.url).href)};
      const log = createLog({ kind: 'stderr' });
      for (let count = 0; count < ${count}; count += 1) log.info('loud', count + 'x'.repeat(400));
      setImmediate(() => { log.info('after', 'EPIPE'); process.stdout.write('alive'); void log.close().then(() => process.exit(0)); });`;
    const args = ['--input-type=module', '--eval', script];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', stderr] });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  }

  test('that nobody reads neither blocks nor grows', async () => {
    const child = logLoud('pipe', 10_000);
    const [said] = await once(child.stdout ?? child, 'data');
    expect(String(said)).toBe('alive');
    await once(child, 'exit');
    expect(child.exitCode).toBe(0);
  });

  test('that is read late says how many lines are missing', async () => {
    const child = logLoud('pipe', 10_000);
    await once(child.stdout ?? child, 'data');
    let [read, missing] = [0, 0];
    for await (const line of createInterface({ input: child.stderr ?? process.stdin })) {
      missing += Number(/ (\d+) more lines were not shown: nobody read them$/.exec(line)?.[1] ?? 0);
      if (/ loud: | after: /.test(line)) read += 1;
    }
    expect([missing > 0, read + missing]).toEqual([true, 10_001]);
  });

  test('whose reader is gone does no harm', async () => {
    const child = logLoud('pipe', 3);
    child.stderr?.destroy();
    await once(child, 'exit');
    expect(child.exitCode).toBe(0);
  });
});

describe('reading the log', () => {
  test('there is none before a daemon has run', () => {
    expect(readLog(makePath())).toBeUndefined();
  });

  test('it is followed from its last ten lines, across rotation, and when it comes only later', async () => {
    const path = makePath();
    const end = new AbortController();
    let text = '';
    const follow = followLog(path, (bytes) => (text += Buffer.from(bytes).toString()), end.signal);
    onTestFinished(() => {
      end.abort();
      return follow;
    });
    const log = open(path, 500);
    for (let count = 0; count < 40; count += 1) {
      log.info('count', String(count));
      // Fewer lines at once than a file holds: only so many can be missed by one who looks now and then.
      if (count % 5 === 0) await until(`line ${count} is shown`, () => text.endsWith(`count: ${count}\n`));
    }
    await until('all is shown', () => text.endsWith('count: 39\n'));
    expect(text.match(/count: \d+/g)).toEqual(Array.from({ length: 40 }, (_, count) => `count: ${count}`));

    let late = '';
    const lateEnd = new AbortController();
    const lateFollow = followLog(path, (bytes) => (late += Buffer.from(bytes).toString()), lateEnd.signal);
    expect(late.match(/count: \d+/g)).toEqual(Array.from({ length: 10 }, (_, index) => `count: ${30 + index}`));
    lateEnd.abort();
    await lateFollow;
  });
});
