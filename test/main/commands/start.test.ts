import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startInBackground } from '../../../src/main/commands/start.ts';
import { prepareStateDirectory } from '../../../src/main/instance/state-directory.ts';
import { until } from '../../support/next-line.ts';
import { makePlace } from '../instance/posing-daemon.ts';

/** Starts this script as if it were the daemon; what is left of it is ended with the test's scratch directory. */
async function start(script: string, options: { replace?: boolean; remoteId?: 'name' | 'uri' } = {}) {
  const { scratch, repo, commonDir } = await makePlace();
  const directory = prepareStateDirectory(commonDir);
  const entry = `${scratch.directory}/entry.mjs`;
  fs.writeFileSync(entry, script);
  const cwd = repo.directory;
  const started = startInBackground(directory, { replace: false, ...options, cwd, env: scratch.env }, entry);
  return { directory, cwd, started };
}

const READY = `
  console.log('out', process.argv.slice(2).join(' '), process.cwd());
  console.error('err');
  process.send({ kind: 'ready', watched: 3 }, undefined, undefined, () => process.disconnect());
  setInterval(() => undefined, 1000);`;

describe('starting in the background', () => {
  test('ends when the daemon is ready, and leaves it in a session of its own with its output in the log', async () => {
    const { directory, cwd, started } = await start(READY, { replace: true, remoteId: 'uri' });
    const { pid = 0, watched } = await started;
    expect(watched).toBe(3);
    onTestFinished(() => void process.kill(pid, 'SIGKILL'));
    const log = (): string => fs.readFileSync(directory.log, 'utf8');
    await until('both streams are in the log', () => log() === `out --replace --remote-id=uri ${cwd}\nerr\n`);
    expect(
      execFileSync('ps', ['-o', 'sid=', '-p', String(pid)])
        .toString()
        .trim(),
    ).toBe(String(pid));
  });

  test('sets for the daemon how malloc is to work', async () => {
    const { directory, started } = await start(`console.log(process.env.MALLOC_MMAP_THRESHOLD_); ${READY}`);
    const { pid = 0, watched } = await started;
    expect(watched).toBe(3);
    onTestFinished(() => void process.kill(pid, 'SIGKILL'));
    await until('it is told', () => fs.readFileSync(directory.log, 'utf8').startsWith('131072\n'));
  });

  test.each<[string, string, object]>([
    [
      'says why with the same status when the daemon says so',
      `process.send({ kind: 'failed', message: 'already running (pid 7)', exitStatus: 1 })`,
      { name: 'UserError', message: 'already running (pid 7)', exitStatus: 1 },
    ],
    [
      'gives the last line of the log when it ends without a word',
      `console.error('first'); console.error('out of luck'); process.exitCode = 3`,
      { name: 'UserError', message: 'the daemon ended (status 3): out of luck', exitStatus: 128 },
    ],
    [
      'says so when it is killed',
      `process.kill(process.pid, 'SIGKILL')`,
      { name: 'UserError', message: 'the daemon ended (SIGKILL) before it was ready', exitStatus: 128 },
    ],
  ])('%s', async (_what, script, failure) => {
    const { directory, started } = await start(script);
    await expect(started).rejects.toMatchObject(failure);
    expect(fs.existsSync(directory.log)).toBe(true);
  });

  test('gives the last line of this daemon only, not of an earlier one', async () => {
    const { scratch, repo, commonDir } = await makePlace();
    const directory = prepareStateDirectory(commonDir);
    fs.writeFileSync(directory.log, 'an earlier one\n');
    const options = { replace: false, cwd: repo.directory, env: scratch.env };
    await expect(startInBackground(directory, options, '/missing.mjs')).rejects.toThrow(
      /^the daemon ended \(status 1\): /,
    );
    await expect(startInBackground(directory, options, '/dev/null')).rejects.toThrow(
      /\(status 0\) before it was ready$/,
    );
  });
});
