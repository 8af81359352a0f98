// Owns: that a program of the system is ended at its limit, and that nothing is left of one that is over or missing.
// Leaves: the programs themselves (make-fifo.test.ts and others).
import { expect, onTestFinished, test, vi } from 'vitest';
import { runSystemCommand } from '../../../src/main/host/system-command.ts';

const { env } = process;

test('one that takes longer than it may is ended', async () => {
  expect(await runSystemCommand('sleep', ['60'], { env, limitMs: 20 })).toMatchObject({ kind: 'exited', status: 128 });
});

test('no timer is left of one that there is not, for which a command would stay', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  expect(await runSystemCommand('no-such-program-here', [], { env })).toEqual({ kind: 'missing' });
  expect(await runSystemCommand('true', [], { env })).toMatchObject({ kind: 'exited', status: 0 });
  expect(vi.getTimerCount()).toBe(0);
});
