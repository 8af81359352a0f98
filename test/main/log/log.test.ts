import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readLog } from '../../../src/main/commands/read-log.ts';
import { createLog, type Log } from '../../../src/main/log/log.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const AT = new Date('2025-03-04T12:00:00Z');
const STAMP = '2025-03-04T12:00:00.000Z';

const LOG_MODULE = new URL('../../../dist/for-tests/src/main/log/log.js', import.meta.url).href;

const makePath = (): string => `${makeScratch(onTestFinished).directory}/daemon.log`;

function open(path: string, mostBytes = 1_000): Log {
  const log = createLog({ kind: 'file', path, mostBytes }, { nowMs: () => AT.getTime() });
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
    const kept = [...(readLog(path) ?? []).join('\n').matchAll(/count: (\d+)/g)].map(([, count]) => Number(count));
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

describe('the level of the log', () => {
  test.each([
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['info', ['error', 'warn', 'info']],
    ['debug', ['error', 'warn', 'info', 'debug']],
  ] as const)('%s tells of these alone: %s, and of what was asked for', (level, told) => {
    const path = makePath();
    const log = open(path, 10_000);
    log.setLevel(level);
    for (const lines of [log, log.ofRemote]) {
      for (const each of ['error', 'warn', 'info'] as const) lines[each]('scope', `it is ${each}`);
      lines.debug('scope', () => 'it is debug');
      lines.asked('scope', 'it is asked');
    }
    const said = [...read(path).matchAll(/it is (.*)/g)].map(([, word]) => word);
    expect(said).toEqual([...told, 'asked', ...told, 'asked']);
  });

  test('is another from one line to the next, and what is not told is not even made', () => {
    const path = makePath();
    const log = open(path);
    const neverMade = (): string => {
      throw new Error('nobody wants it');
    };
    log.debug('scope', neverMade);
    log.ofRemote.debug('scope', neverMade);
    log.setLevel('debug');
    log.debug('scope', () => 'what is done');
    log.debug('scope', () => undefined);
    expect(read(path)).toBe(
      `${STAMP} info  daemon: logLevel is debug from here on\n${STAMP} debug scope: what is done\n`,
    );
  });

  test('debug takes nothing of what a remote may say else', () => {
    const path = makePath();
    const log = open(path, 1_000_000);
    log.setLevel('debug');
    for (let count = 0; count < 1_000; count += 1) log.ofRemote.debug('loud', () => 'x'.repeat(500));
    log.ofRemote.info('loud', 'connected');
    expect(read(path)).toMatch(/ debug loud: x+\n.* info {2}loud: connected\n$/);
    expect(read(path).length).toBeLessThan(200_000);
  });
});

test('a line that tells of much is not cut where one of a peer would be', () => {
  const path = makePath();
  const moved = Array.from({ length: 100 }, (_, index) => `branch-${index}`).join(', ');
  open(path, 10_000).info('origin', moved);
  expect(read(path)).toBe(`${STAMP} info  origin: ${moved}\n`);
});

describe('the log on stderr', () => {
  /** A process that logs so many lines to its stderr and then tells on stdout that it goes on. */
  function logLoud(stderr: 'pipe' | 'ignore', count: number): ChildProcess {
    const script = `
      import { createLog } from ${JSON.stringify(LOG_MODULE)};
      const log = createLog({ kind: 'stderr' });
      for (let count = 0; count < ${count}; count += 1) log.info('loud', count + 'x'.repeat(400));
      setImmediate(() => { log.info('after', 'EPIPE'); process.stdout.write('alive'); void log.close().then(() => process.exit(0)); });`;
    const args = ['--input-type=module', '--eval', script];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', stderr] });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  }

  test.each([
    ['the journal', true, '<6>daemon: runs\n<4>origin: is odd\n<3>git: fails\n<7>git: is run\n'],
    [
      'a file of a process that a service has started',
      false,
      expect.stringMatching(/^\d{4}-.*Z info {2}daemon: runs\n/),
    ],
  ])('that is %s', async (_what, isJournal, expected) => {
    const path = makePath();
    const stderr = fs.openSync(path, 'a');
    onTestFinished(() => fs.closeSync(stderr));
    const { dev, ino } = fs.fstatSync(stderr, { bigint: true });
    const script = `
      import { createLog } from ${JSON.stringify(LOG_MODULE)};
      const log = createLog({ kind: 'stderr' }, { level: 'debug' });
      log.info('daemon', 'runs');
      log.ofRemote.warn('origin', 'is odd');
      log.error('git', 'fails');
      log.debug('git', () => 'is run');`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'ignore', stderr],
      env: { ...process.env, JOURNAL_STREAM: isJournal ? `${dev}:${ino}` : `${dev}:1` },
    });
    await once(child, 'exit');
    expect(read(path)).toEqual(expected);
  });

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
