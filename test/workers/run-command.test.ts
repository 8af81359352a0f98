// Owns: children of a worker, held against real processes that do not want to go.
// Leaves: what is run (ssh, polling).
import { tmpdir } from 'node:os';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { unattendedGitEnvironment } from '../../src/shared/git-environment.ts';
import { CommandNotStarted, endChild, runForOutput, startChild } from '../../src/workers/run-command.ts';
import { createLineLog, logLines, until } from '../support/next-line.ts';
import { isAlive, killQuietly } from '../support/processes.ts';

const directory = tmpdir();
const never = new AbortController().signal;
const sh = (script: string, signal = never) => runForOutput('sh', ['-c', script], { directory, signal });

/** A shell script that says its own lines; ended with all it started when the test is over. */
async function startScript(script: string) {
  const child = await startChild('sh', ['-c', script], { directory });
  onTestFinished(() => killQuietly(-child.pid));
  const lines = createLineLog(script);
  logLines(child.stdout, lines);
  return { child, lines };
}

describe('a program that is run to its end', () => {
  test('gives its status and what it said, in English, with nobody to answer it', async () => {
    const output = await sh('echo "$LC_ALL $SSH_ASKPASS_REQUIRE"; echo no >&2; cat; exit 3');
    const exit = { status: 3, signal: null };
    expect(output).toEqual({ exit, stdout: 'C never\n', isCut: false, isWhole: true, stderr: 'no\n' });
  });

  test('hears nothing of another repository that the environment speaks of, nor of a token in it', async () => {
    const foreign = ['GIT_OBJECT_DIRECTORY', 'GIT_QUARANTINE_PATH', 'GIT_SHALLOW_FILE', 'GIT_ANNEX_P2P_AUTHTOKEN'];
    for (const name of [...foreign, 'GIT_DIR', 'ITS_OWN']) vi.stubEnv(name, 'inherited');
    onTestFinished(() => void vi.unstubAllEnvs());
    const named = (text: string) => text.split('\n').filter((line) => /=(?:inherited|given)$/.test(line));
    const inherited = await runForOutput('env', [], { directory, signal: never });
    expect(named(inherited.stdout)).toEqual(['ITS_OWN=inherited']);
    const given = unattendedGitEnvironment(process.env, undefined, { GIT_DIR: 'given' });
    const output = await runForOutput('env', [], { directory, signal: never, environment: given });
    expect(named(output.stdout).sort()).toEqual(['GIT_DIR=given', 'ITS_OWN=inherited']);
  });

  test('is read without an end, and kept only up to a limit', async () => {
    const options = { directory, signal: never, mostBytes: 1_000 };
    const { stdout, isCut } = await runForOutput('sh', ['-c', 'head -c 3000000 /dev/zero'], options);
    expect([stdout.length, isCut]).toEqual([1_000, true]);
  });

  test('is not waited for when a process it left behind holds its output', async () => {
    const output = await sh('sleep 1000 & echo done');
    expect([output.stdout, output.isWhole]).toEqual(['done\n', false]);
    expect((await sh('sleep 1000 >&2 & echo done')).isWhole).toBe(true);
  });

  test('is ended with all it started when aborted', async () => {
    const controller = new AbortController();
    const running = sh('sleep 1000 & sleep 1000', controller.signal);
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await expect(sh('true', controller.signal)).rejects.toThrow('enough');
  });

  test('that does not exist, or may not be run, says so', async () => {
    const run = (program: string) => runForOutput(program, [], { directory, signal: never });
    await expect(run('no-such-program')).rejects.toMatchObject({ name: 'CommandNotStarted', code: 'ENOENT' });
    await expect(run('/etc/passwd')).rejects.toBeInstanceOf(CommandNotStarted);
  });
});

describe('a child is ended', () => {
  test('by the end of its stdin, if it listens', async () => {
    const { child, lines } = await startScript('echo ready; cat; exit 7');
    await lines.next('ready');
    expect(await endChild(child)).toEqual({ status: 7, signal: null });
  });

  test('by SIGTERM to its whole group, if it does not', async () => {
    const { child, lines } = await startScript('sleep 1000 & echo $!; wait');
    const sleeper = Number((await lines.next(/^\d+$/)).text);
    expect(await endChild(child)).toEqual({ status: null, signal: 'SIGTERM' });
    await until('what it started is gone', () => !isAlive(sleeper));
  });

  test('by SIGKILL, if nothing else helps', async () => {
    const { child, lines } = await startScript("trap '' TERM; echo ready; while :; do sleep 1; done");
    await lines.next('ready');
    expect(await endChild(child)).toEqual({ status: null, signal: 'SIGKILL' });
  });

  test('by SIGKILL at once when there is no time', async () => {
    const { child, lines } = await startScript("trap '' TERM; echo ready; while :; do sleep 1; done");
    await lines.next('ready');
    expect(await endChild(child, AbortSignal.abort())).toEqual({ status: null, signal: 'SIGKILL' });
  });

  test('together with what it leaves behind in its group', async () => {
    const { child, lines } = await startScript('sleep 1000 & echo $!; cat');
    const sleeper = Number((await lines.next(/^\d+$/)).text);
    expect(await endChild(child)).toEqual({ status: 0, signal: null });
    await until('what it left is gone', () => !isAlive(sleeper));
  });
});

describe('a child that has ended by itself', () => {
  test('leaves what it wants to leave, as git does the daemon that keeps a password', async () => {
    const { child, lines } = await startScript('sleep 1000 & echo $!');
    const sleeper = Number((await lines.next(/^\d+$/)).text);
    await child.exited;
    await endChild(child);
    await endChild(child, AbortSignal.abort());
    expect(isAlive(sleeper)).toBe(true);
  });

  test('was not ended by whoever ran it for what it says', async () => {
    const { stdout } = await sh('sleep 1000 >/dev/null 2>&1 & echo $!');
    onTestFinished(() => killQuietly(Number(stdout)));
    expect(isAlive(Number(stdout))).toBe(true);
  });
});
