// Owns: the process that ends a daemon which does not end: when it kills, whom, and that it is gone with the daemon.
// Leaves: that a daemon starts it at STOP (test/end-to-end/hung-thread.test.ts).
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { readProcStat, startTimeOf } from '../../../src/main/host/process-identity.ts';
import { script as SCRIPT } from '../../../src/main/instance/watchdog.sh';
import { until } from '../../support/next-line.ts';
import { killQuietly, processesMarked } from '../../support/processes.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const LONG_S = '600';

function setUp() {
  const scratch = makeScratch(onTestFinished);
  const running = `${scratch.directory}/running`;
  const daemon = spawn('sleep', [LONG_S], { stdio: 'ignore' });
  const gone = once(daemon, 'exit');
  onTestFinished(() => void daemon.kill('SIGKILL'));
  /** As watchdog.ts starts it; its stdin is what the daemon alone holds. */
  const watch = (started: string | undefined, seconds: string) => {
    const args = ['-c', SCRIPT, 'watchdog', String(daemon.pid), started ?? '', seconds, running];
    const child = spawn('sh', args, { env: scratch.env, detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
    return { input: child.stdin, ended: once(child, 'exit') };
  };
  return { scratch, running, daemon, gone, watch };
}

const startedOf = ({ pid }: ChildProcess): string | undefined => readProcStat(pid ?? -1)?.startTime;

test.runIf(process.platform === 'linux')(
  'it kills the daemon when its time is over, and what git that left',
  async () => {
    const { scratch, running, daemon, gone, watch } = setUp();
    const [git, other] = ['sleep', 'sleep'].map((program) => {
      const child = spawn(program, [LONG_S], { env: scratch.env, detached: true, stdio: 'ignore' });
      onTestFinished(() => killQuietly(child.pid ?? -1));
      return { child, exited: once(child, 'exit') };
    });
    if (!git || !other) throw new Error('nothing was started');
    const noted = await startTimeOf(git.child.pid ?? -1);
    writeFileSync(running, `${git.child.pid} ${noted}\n${other.child.pid} ${noted}0\n1 1\n0 0\n-1 1\nodd\n\n`);
    const { ended } = watch(startedOf(daemon), '0.1');
    expect((await gone)[1]).toBe('SIGKILL');
    expect((await git.exited)[1]).toBe('SIGTERM');
    // One that only has the number of what was noted is left alone.
    expect(other.child.exitCode ?? other.child.signalCode).toBeNull();
    other.child.kill('SIGKILL');
    await ended;
  },
);

test.runIf(process.platform === 'linux')(
  'it leaves alone a process that only has the number of the daemon',
  async () => {
    const { daemon, watch } = setUp();
    await watch('1', '0.1').ended;
    expect(daemon.exitCode ?? daemon.signalCode).toBeNull();
  },
);

test('it is gone, with all it started, as soon as the daemon is', async () => {
  const { scratch, daemon, watch } = setUp();
  const { input, ended } = watch(startedOf(daemon), LONG_S);
  await until('it waits', () => processesMarked(scratch.id).length >= 3);
  input.destroy();
  await ended;
  await until('nothing of it is left', () => processesMarked(scratch.id).length === 0);
});
