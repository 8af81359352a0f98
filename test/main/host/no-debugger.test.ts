// Owns: that SIGUSR1 lets nobody in, whenever it comes: while a Node of ours starts, and before its script is there.
// Leaves: what a daemon that runs does at it (test/end-to-end/background.test.ts).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { DEBUGGER_NOWHERE, withoutSignal } from '../../../src/main/host/no-debugger.ts';
import { PROGRAM } from '../../support/daemon.ts';
import { LIMIT_MS, until } from '../../support/next-line.ts';
import { makeRepo, makeScratch } from '../../support/temp-repo.ts';

/** Starts Node and sends the signal as soon as it is one that Node obeys; before that it ends any process. */
async function startAndSignal(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  const gone = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk));
  const giveUpAtMs = performance.now() + LIMIT_MS;
  // As often as can be: its script is there 20 ms later.
  while (!isCaught(child.pid ?? -1)) if (performance.now() > giveUpAtMs) throw new Error('it catches no SIGUSR1');
  child.kill('SIGUSR1');
  return { child, gone, said: () => said };
}

/** The mask of signals for which there is a handler; SIGUSR1 is 10 on Linux. */
function isCaught(pid: number): boolean {
  const [, mask = '0'] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (BigInt(`0x${mask}`) & (1n << 9n)) !== 0n;
}

const isLinux = process.platform === 'linux';

test.runIf(isLinux).each([
  ['a daemon', DEBUGGER_NOWHERE],
  ['what git runs instead of ssh', withoutSignal()],
])('a Node that we start for %s opens no debugger, not even before its script is there', async (_what, options) => {
  const { directory, env } = makeScratch(onTestFinished);
  const script = "setTimeout(() => console.log('lives'), 200)";
  const { gone, said } = await startAndSignal([...options, '-e', script], directory, env);
  expect(await gone).toEqual([0, null]);
  expect(said()).toContain('lives');
  expect(said()).not.toContain('Debugger listening');
});

test.runIf(isLinux)('a program that a user starts is ended, where the signal was faster than it', async () => {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'repo');
  // A port of its own, so that two tests do not meet.
  const args = ['--inspect-port=0', PROGRAM, '--foreground'];
  const { child, gone, said } = await startAndSignal(args, repo.directory, scratch.env);
  await until('it is gone, or was there in time', () => child.signalCode !== null || said().includes(' runs in '));
  if (child.signalCode === null) expect(said()).not.toContain('Debugger listening');
  else expect(said()).toContain('fatal: SIGUSR1 opened a debugger');
  child.stdin.end();
  await gone;
});
