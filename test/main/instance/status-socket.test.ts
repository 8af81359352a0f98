import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { prepareStateDirectory, type StateDirectory } from '../../../src/main/instance/state-directory.ts';
import { askForStatus, serveStatus } from '../../../src/main/instance/status-socket.ts';
import type { DaemonStatus } from '../../../src/shared/status.ts';
import { until } from '../../support/next-line.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const STATUS: DaemonStatus = {
  pid: 42,
  version: 1,
  programVersion: '1',
  startedAt: '',
  mode: 'run',
  held: 'no',
  remotes: [],
  skipped: [{ name: 'x'.repeat(300_000), why: 'much to tell' }],
  droppedLines: 0,
};

function makeDirectory(below = ''): StateDirectory {
  const commonDir = path.join(makeScratch(onTestFinished).directory, below);
  fs.mkdirSync(commonDir, { recursive: true });
  return prepareStateDirectory(commonDir);
}

async function serve(directory: StateDirectory): Promise<{ readonly close: () => void; readonly logged: string[] }> {
  const logged: string[] = [];
  const teller = { describe: () => STATUS, isInPlace: () => true, log: (text: string) => void logged.push(text) };
  const close = serveStatus(directory, teller);
  onTestFinished(close);
  await until('it listens, or says why not', () => fs.existsSync(directory.requests) || logged.length > 0);
  return { close, logged };
}

describe('a running daemon', () => {
  test('tells how it is to all who ask at once, and is private', async () => {
    const directory = makeDirectory();
    const { logged } = await serve(directory);
    const answers = await Promise.all(Array.from({ length: 8 }, () => askForStatus(directory)));
    for (const answer of answers) expect(answer).toEqual(STATUS);
    expect(fs.statSync(directory.requests).mode & 0o777).toBe(0o600);
    expect(logged).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('is asked where its path is longer than a socket may have', async () => {
    const directory = makeDirectory(`${'long/'.repeat(40)}.git`);
    await serve(directory);
    expect(await askForStatus(directory)).toEqual(STATUS);
  });

  test('takes the place of what a killed one left, and leaves nothing', async () => {
    const directory = makeDirectory();
    const killed = net.createServer().listen(directory.requests);
    await new Promise((resolve) => killed.once('listening', resolve));
    fs.linkSync(directory.requests, `${directory.requests}.kept`);
    await new Promise((resolve) => killed.close(resolve));
    fs.renameSync(`${directory.requests}.kept`, directory.requests);
    expect(await askForStatus(directory)).toBeUndefined();
    const { close } = await serve(directory);
    await until('the new one answers', async () => (await askForStatus(directory)) !== undefined);
    close();
    expect(fs.readdirSync(directory.path)).toEqual([]);
    expect(await askForStatus(directory)).toBeUndefined();
  });

  test('removes no socket but its own', async () => {
    const directory = makeDirectory();
    const { close } = await serve(directory);
    fs.rmSync(directory.requests);
    execFileSync('mkfifo', [directory.requests]);
    close();
    expect(fs.statSync(directory.requests).isFIFO()).toBe(true);
    expect(await askForStatus(directory)).toBeUndefined();
  });
});
