import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isLocked, type Lock, takeLock } from '../../../src/main/instance/lock.ts';
import { readPidFile } from '../../../src/main/instance/pid-file.ts';
import { prepareStateDirectory, type StateDirectory } from '../../../src/main/instance/state-directory.ts';
import { until } from '../../support/next-line.ts';
import { findProgram } from '../../support/peers.ts';
import { makePlace, poseReady } from './posing-daemon.ts';

async function makeDirectory(): Promise<StateDirectory> {
  return prepareStateDirectory((await makePlace()).commonDir);
}

async function take(directory: StateDirectory, env = process.env): Promise<Lock> {
  const lock = await takeLock(directory, 'run', env);
  if (lock === 'held') throw new Error('the lock is held');
  onTestFinished(lock.release);
  return lock;
}

/** An environment in which only these programs are found. */
function withOnly(directory: StateDirectory, ...programs: readonly string[]): NodeJS.ProcessEnv {
  const bin = path.join(directory.path, 'bin');
  fs.mkdirSync(bin);
  for (const program of programs) fs.symlinkSync(findProgram(program) ?? '/missing', path.join(bin, program));
  return { PATH: bin };
}

describe('the lock', () => {
  test('is had by one, until he releases it', async () => {
    const directory = await makeDirectory();
    expect(await isLocked(directory)).toBe(false);
    const lock = await take(directory);
    expect(await isLocked(directory)).toBe(true);
    expect(await takeLock(directory, 'run')).toBe('held');
    lock.release();
    lock.release();
    expect(await isLocked(directory)).toBe(false);
    expect(fs.existsSync(directory.lock)).toBe(true);
    expect(fs.existsSync(directory.pid)).toBe(false);
    await take(directory);
  });

  test('is freed by the kernel when its holder is killed, and his pid file misleads nobody', async () => {
    const place = await makePlace();
    const { child, pid, exited } = await poseReady(place, 'run');
    expect(await readPidFile(place.directory)).toMatchObject({ pid, mode: 'run' });
    expect(await takeLock(place.directory, 'run')).toBe('held');
    child.kill('SIGKILL');
    await exited;
    expect(fs.existsSync(place.directory.pid)).toBe(true);
    expect(await readPidFile(place.directory)).toBeUndefined();
    await take(place.directory);
    expect(await readPidFile(place.directory)).toMatchObject({ pid: process.pid });
  });

  test('is not handed on to children, who may outlive the holder', async () => {
    const directory = await makeDirectory();
    const lock = await take(directory);
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child, 'spawn');
    lock.release();
    expect(await isLocked(directory)).toBe(false);
  });

  test('is taken with perl where there is no flock(1), and both see each other', async () => {
    const directory = await makeDirectory();
    const env = withOnly(directory, 'perl');
    const lock = await take(directory, env);
    expect(await takeLock(directory, 'run')).toBe('held');
    expect(await isLocked(directory, env)).toBe(true);
    lock.release();
    expect(await isLocked(directory, env)).toBe(false);
    await take(directory);
    expect(await takeLock(directory, 'run', env)).toBe('held');
  });

  test('cannot be taken without either, and that is said', async () => {
    const directory = await makeDirectory();
    await expect(takeLock(directory, 'run', withOnly(directory))).rejects.toThrow(/install util-linux/);
    expect(fs.readdirSync('/proc/self/fd').map(targetOf)).not.toContain(directory.lock);
  });

  test('whoever only looks is never in the way of one who takes it', async () => {
    const directory = await makeDirectory();
    (await take(directory)).release();
    let looking = true;
    const look = async (): Promise<void> => {
      while (looking) await isLocked(directory);
    };
    const lookers = [look(), look(), look()];
    try {
      for (let round = 0; round < 10; round += 1) (await take(directory)).release();
    } finally {
      looking = false;
      await Promise.all(lookers);
    }
  });

  test('of ten who take it at once, one has it', async () => {
    const directory = await makeDirectory();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => takeLock(directory, 'run')));
    const locks = outcomes.filter((outcome) => outcome !== 'held');
    expect(locks).toHaveLength(1);
    for (const lock of locks) lock.release();
  });
});

describe('the pid file', () => {
  test('names nobody if the number is of another process by now, or it holds something else', async () => {
    const directory = await makeDirectory();
    const lock = await take(directory);
    expect(fs.readFileSync(directory.pid, 'utf8')).toBe(`${process.pid}\n`);
    const content = fs.readFileSync(directory.process, 'utf8');
    const { started } = JSON.parse(content);
    const wrongs = [content.replace(started, '1'), content.replace('run', 'walk'), content.slice(1), 'null', '[]'];
    for (const wrong of [...wrongs, '', 'x\nrun\n1\n', content.replace(`${process.pid}`, '-1')]) {
      fs.writeFileSync(directory.process, wrong);
      expect(await readPidFile(directory)).toBeUndefined();
    }
    fs.writeFileSync(directory.process, content);
    expect(await readPidFile(directory)).toMatchObject({ pid: process.pid, mode: 'run' });
    lock.release();
    expect([directory.pid, directory.process].filter((file) => fs.existsSync(file))).toEqual([]);
  });

  test('of an earlier version says all by itself, whatever a newer one has left beside it', async () => {
    const directory = await makeDirectory();
    const lock = await take(directory);
    const { pid, mode, started } = JSON.parse(fs.readFileSync(directory.process, 'utf8'));
    fs.writeFileSync(directory.process, JSON.stringify({ pid, mode, started: '1' }));
    fs.writeFileSync(directory.pid, `${pid}\nbackground\n${started}\n`);
    expect(await readPidFile(directory)).toEqual({ pid, mode: 'background', started });
    lock.release();
  });

  test('names nobody once the process is a zombie', async () => {
    const place = await makePlace();
    // The shell becomes a sleep that never asks how its child ended.
    const shell = spawn('sh', ['-c', `sleep 0.01 & echo $!; exec sleep 60`], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void shell.kill('SIGKILL'));
    const [chunk] = await once(shell.stdout, 'data');
    const pid = Number(String(chunk));
    const stat = () => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '';
    await until('the child is a zombie', () => stat().startsWith('Z'));
    prepareStateDirectory(place.commonDir);
    fs.writeFileSync(place.directory.pid, `${pid}\nrun\n${stat().split(' ')[19]}\n`);
    expect(await readPidFile(place.directory)).toBeUndefined();
  });
});

function targetOf(descriptor: string): string {
  try {
    return fs.readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    // The one that read the directory itself.
    return '';
  }
}
