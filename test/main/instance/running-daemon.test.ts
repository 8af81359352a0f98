import fs from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeFifo } from '../../../src/main/host/system-command.ts';
import {
  acquireLock,
  runningDaemon,
  sendToDaemon,
  sendToRunning,
  stopDaemon,
} from '../../../src/main/instance/running-daemon.ts';
import { prepareStateDirectory } from '../../../src/main/instance/state-directory.ts';
import { makePlace, type Place, pose, poseReady } from './posing-daemon.ts';

/** Writes until no more is taken; returns how many bytes were. */
function fillPipe(at: string): number {
  const descriptor = fs.openSync(at, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK);
  let written = 0;
  try {
    for (;;) written += fs.writeSync(descriptor, ' '.repeat(4096));
  } catch {
    return written;
  } finally {
    fs.closeSync(descriptor);
  }
}

async function stopRunning({ directory }: Place): Promise<void> {
  const running = await runningDaemon(directory);
  if (!running) throw new Error('none runs');
  await stopDaemon(directory, running);
}

describe('the daemon that runs here', () => {
  test('is known by its pid and mode while it lives, and not after', async () => {
    const place = await makePlace();
    expect(await runningDaemon(place.directory)).toBeUndefined();
    const { pid, child, exited } = await poseReady(place, 'background');
    expect(await runningDaemon(place.directory)).toMatchObject({ kind: 'named', pid, mode: 'background' });
    child.kill('SIGKILL');
    await exited;
    expect(await runningDaemon(place.directory)).toBeUndefined();
  });

  test('is known to run even if its pid file is gone', async () => {
    const place = await makePlace();
    const { pid } = await poseReady(place, 'run');
    for (const file of ['pid', 'process'] as const) {
      fs.rmSync(place.directory[file]);
      expect(await runningDaemon(place.directory)).toMatchObject({ kind: 'named', pid, mode: 'run' });
    }
    fs.rmSync(place.directory.status);
    expect(await runningDaemon(place.directory)).toEqual({ kind: 'unnamed' });
    await stopRunning(place);
    expect(await runningDaemon(place.directory)).toBeUndefined();
  });

  test('is told through its pipe; without a reader nobody is, and nothing is left there', async () => {
    const place = await makePlace();
    prepareStateDirectory(place.commonDir);
    expect(sendToDaemon(place.directory, 'PAUSE')).toBe('nobody');
    fs.writeFileSync(place.directory.control, '');
    expect(sendToDaemon(place.directory, 'PAUSE')).toBe('nobody');
    expect(fs.readFileSync(place.directory.control, 'utf8')).toBe('');
    const { lines, child, exited } = await poseReady(place, 'run');
    expect(sendToDaemon(place.directory, 'PAUSE')).toBe('sent');
    await lines.next('told PAUSE');
    child.kill('SIGKILL');
    await exited;
    expect(sendToDaemon(place.directory, 'PAUSE')).toBe('nobody');
  });

  test('is told whatever another writer left half written', async () => {
    const place = await makePlace();
    const { lines } = await poseReady(place, 'run');
    fs.appendFileSync(place.directory.control, 'PAU');
    expect(sendToDaemon(place.directory, 'RESUME')).toBe('sent');
    await lines.next('told RESUME');
  });

  test('is told as soon as its pipe is there, while it is only just starting', async () => {
    const place = await makePlace();
    const { lines, pid } = await poseReady(place, 'background');
    const { control } = place.directory;
    fs.renameSync(control, `${control}.later`);
    const told = sendToRunning(place.directory, { kind: 'unnamed' }, 'PAUSE');
    fs.renameSync(`${control}.later`, control);
    await told;
    await lines.next('told PAUSE');
    expect(pid).toBeGreaterThan(0);
  });

  test('that ends while it is told something runs no more', async () => {
    const place = await makePlace();
    prepareStateDirectory(place.commonDir);
    const told = sendToRunning(place.directory, { kind: 'unnamed' }, 'PAUSE');
    await expect(told).rejects.toMatchObject({ message: 'no daemon is running here', exitStatus: 1 });
  });

  test.each([
    ['is gone', (control: string) => fs.rmSync(control)],
    [
      'is a plain file now',
      (control: string) => {
        fs.rmSync(control);
        fs.writeFileSync(control, '');
      },
    ],
  ])('is stopped by a signal where its pipe %s', async (_what, spoil) => {
    const place = await makePlace();
    const { lines } = await poseReady(place, 'run');
    spoil(place.directory.control);
    await stopRunning(place);
    await lines.next('told SIGTERM');
  });

  test('is stopped by a signal where its pipes and its pid file were removed', async () => {
    const place = await makePlace();
    const { lines } = await poseReady(place, 'run');
    for (const file of ['pid', 'process', 'control', 'events'] as const) fs.rmSync(place.directory[file]);
    await stopRunning(place);
    await lines.next('told SIGTERM');
  });

  test('is stopped by a signal where it does not read its pipe', async () => {
    const place = await makePlace();
    const { lines } = await poseReady(place, 'run');
    const { control } = place.directory;
    // In the place of its own, one that somebody holds open and nobody reads.
    fs.rmSync(control);
    await makeFifo(control);
    const holder = fs.openSync(control, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
    onTestFinished(() => fs.closeSync(holder));
    expect(fillPipe(control)).toBeGreaterThan(0);
    expect(sendToDaemon(place.directory, 'PAUSE')).toBe('unread');
    await stopRunning(place);
    await lines.next('told SIGTERM');
  });

  test.each([
    ['run', 'told STOP'],
    ['foreground', 'told SIGTERM'],
  ])('in mode %s it is %s, and waited for', async (mode, told) => {
    const place = await makePlace();
    const { lines, pid } = await poseReady(place, mode);
    await stopRunning(place);
    expect(() => process.kill(pid, 0)).not.toThrow(/EPERM/);
    expect(fs.existsSync(place.directory.control)).toBe(false);
    await lines.next(told);
  });

  test('a second one is refused, with the pid of the first', async () => {
    const place = await makePlace();
    const { pid } = await poseReady(place, 'run');
    await expect(acquireLock(place.directory, 'run', false)).rejects.toMatchObject({
      message: `already running (pid ${pid}); to take over: git remote-daemon run --replace`,
      exitStatus: 1,
    });
    await pose(place, 'foreground').lines.next(
      `failed 1 already running (pid ${pid}); to take over: git remote-daemon --foreground --replace`,
    );
  });

  test.each(['run', 'foreground'])('it is replaced when it runs in mode %s', async (mode) => {
    const place = await makePlace();
    const first = await poseReady(place, mode);
    const second = await poseReady(place, 'run', 'replace');
    await first.exited;
    expect(first.child.exitCode).toBe(0);
    expect(await runningDaemon(place.directory)).toMatchObject({ pid: second.pid });
  });

  test('one that does not stop is killed to be replaced', async () => {
    const place = await makePlace();
    const first = await poseReady(place, 'run', 'deaf');
    const second = await poseReady(place, 'run', 'replace');
    await first.exited;
    expect(first.child.signalCode).toBe('SIGKILL');
    expect(await runningDaemon(place.directory)).toMatchObject({ pid: second.pid });
  });

  test('replacing where none runs is starting', async () => {
    const place = await makePlace();
    const { pid } = await poseReady(place, 'run', 'replace');
    expect(await runningDaemon(place.directory)).toMatchObject({ pid });
  });
});
