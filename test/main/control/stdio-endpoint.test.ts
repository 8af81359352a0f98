import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createLineLog, type LineLog, logLines } from '../../support/next-line.ts';
import { findProgram } from '../../support/peers.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const SCRIPT = fileURLToPath(new URL('./stdio-parent.mjs', import.meta.url));

interface Speaker {
  readonly child: ChildProcess;
  /** What it tells on stderr. */
  readonly told: LineLog;
  readonly out: LineLog;
  readonly exited: Promise<unknown>;
  readonly write: (text: string | Uint8Array) => void;
}

function start(stdin: 'pipe' | number, stdout: 'pipe' | number = 'pipe'): Speaker {
  return watch([process.execPath, SCRIPT], [stdin, stdout, 'pipe']);
}

function watch([program = '', ...args]: readonly string[], stdio: StdioOptions, env = process.env): Speaker {
  const child = spawn(program, args, { stdio, env });
  const [told, out] = [createLineLog('stderr'), createLineLog('stdout')];
  if (child.stderr) logLines(child.stderr, told);
  // A test that reads nothing leaves the stream alone.
  child.stdin?.on('error', () => undefined);
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return { child, told, out, exited, write: (text) => void child.stdin?.write(text) };
}

function readOut({ child, out }: Speaker): LineLog {
  if (child.stdout) logLines(child.stdout, out);
  return out;
}

function openFile(content: string): number {
  const at = `${makeScratch(onTestFinished).directory}/orders`;
  fs.writeFileSync(at, content);
  const descriptor = fs.openSync(at, 'r+');
  onTestFinished(() => fs.closeSync(descriptor));
  return descriptor;
}

describe('a parent on stdin and stdout', () => {
  test('is read and answered line by line', async () => {
    const speaker = start('pipe');
    const out = readOut(speaker);
    speaker.write('PAU');
    await speaker.told.next('ready');
    speaker.write('SE\r\nSAY 2 hello\n');
    await speaker.told.next('read PAUSE');
    await out.next('hello 0');
    await out.next('hello 1');
    speaker.write(Buffer.concat([Buffer.alloc(40_000, 'x'), Buffer.from('\nRESUME\n')]));
    await speaker.told.next('read skipped too-long');
    await speaker.told.next('read RESUME');
  });

  test('is gone when stdin ends, but still told the last lines; half a line is no order', async () => {
    const speaker = start('pipe');
    const { child, told, exited } = speaker;
    child.stdin?.end('PAUSE\nSTO');
    await told.next('closed end of file on stdin');
    await readOut(speaker).next('goodbye end of file on stdin');
    await exited;
    expect(told.seen.map((line) => line.text)).toEqual(['ready', 'read PAUSE', expect.any(String), 'ended']);
    expect(child.exitCode).toBe(0);
  });

  test('is gone when nobody can read stdout any more', async () => {
    const { child, told, exited, write } = start('pipe');
    await told.next('ready');
    child.stdout?.destroy();
    write('SAY 1 hello\nSAY 1 hello\n');
    await told.next(/^closed stdout: .*EPIPE/);
    await exited;
    expect(told.count(/^closed/)).toBe(1);
  });

  test.each([
    ['by a program between', { PATH: process.env.PATH }],
    ['by nothing between, as there is no such program', { PATH: '/nowhere' }],
  ])('is gone when nobody can read a stdout any more that a shell has, too: %s', async (_what, env) => {
    const script = '"$@"; exit 0';
    const shell = findProgram('sh') ?? 'sh';
    const { child, told, exited, write } = watch(
      [shell, '-c', script, 'sh', process.execPath, SCRIPT, 'lent'],
      ['pipe', 'pipe', 'pipe'],
      env,
    );
    await told.next('ready');
    child.stdout?.destroy();
    write('SAY 1 hello\nSAY 1 hello\n');
    await told.next(/^closed stdout: .*EPIPE/);
    await exited;
  });

  test('is gone when it does not read, and the end does not wait for it', async () => {
    const delays: number[] = [];
    for (let ends = 0; ends < 3; ends += 1) {
      const { told, exited, write } = start('pipe');
      write('SAY 30000 0123456789012345678901234567890123456789012345678901234567890123456789\n');
      const closed = await told.next('closed stdout is not read');
      const ended = await told.next('ended');
      delays.push(ended.atMs - closed.atMs);
      await exited;
    }
    // It would wait a second each time. What else runs on this machine may hold up one, but not all.
    expect(Math.min(...delays)).toBeLessThan(900);
  });

  test('that reads slowly has every line before the end', async () => {
    const speaker = start('pipe');
    // More than a pipe holds, and little enough to be read within the second that it is given at the end.
    speaker.write('SAY 3000 0123456789012345678901234567890123456789\nSTOP\n');
    await speaker.told.next('closed STOP');
    const out = readOut(speaker);
    await expect(out.next('never')).rejects.toThrow('the stream ended');
    expect(out.count(/^\d{40} \d+$/)).toBe(3_000);
    expect(speaker.child.exitCode ?? (await speaker.exited)).toBeDefined();
  });

  test('may be a file: it is read to its end, and written to', async () => {
    const orders = openFile('PAUSE\nSAY 2 hello\n');
    const output = openFile('');
    const { told, exited } = start(orders, output);
    await told.next('read PAUSE');
    await told.next('closed end of file on stdin');
    await exited;
    expect(fs.readFileSync(`/proc/self/fd/${output}`, 'utf8')).toMatch(/^hello 0\nhello 1\ngoodbye /);
  });

  test('may be /dev/null, which ends at once', async () => {
    const nothing = fs.openSync('/dev/null', 'r+');
    onTestFinished(() => fs.closeSync(nothing));
    await start(nothing, nothing).told.next('closed end of file on stdin');
  });

  test('may be missing altogether', async () => {
    const { told } = watch(['sh', '-c', `exec "$0" "$1" <&- >&-`, process.execPath, SCRIPT], ['pipe', 'pipe', 'pipe']);
    await told.next('closed end of file on stdin');
  });

  test('may be a directory by mistake, which ends at once', async () => {
    const directory = fs.openSync('/', 'r');
    onTestFinished(() => fs.closeSync(directory));
    await start(directory).told.next(/^closed /);
  });

  test.skipIf(!findProgram('script'))('may be a terminal', async () => {
    const told = `${makeScratch(onTestFinished).directory}/told`;
    const command = `'${process.execPath}' '${SCRIPT}' 2>'${told}'`;
    const { child, out, exited, write } = watch(['script', '-qec', command, '/dev/null'], ['pipe', 'pipe', 'pipe']);
    if (child.stdout) logLines(child.stdout, out);
    write('SAY 1 hello\n');
    await out.next(/^hello 0/);
    write('STOP\n');
    await exited;
    expect(fs.readFileSync(told, 'utf8')).toContain('closed STOP\nended\n');
  });
});
