// Owns: sockets at paths that others know: whose place they take, and that somebody who takes theirs is noticed.
// Leaves: what goes over them (program.test.ts, tor.test.ts).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openSocketServer, type SocketServerOptions } from '../../../../src/workers/peer/network/socket-server.ts';
import { makeScratch } from '../../../support/temp-repo.ts';
import { echo } from './streams.ts';

function setUp() {
  const { directory } = makeScratch(onTestFinished);
  const at = join(directory, 'new', 's');
  const open = async (options: Partial<SocketServerOptions> = {}, place = at) => {
    const server = await openSocketServer(place, { mode: 0o600, onStream: echo, ...options });
    onTestFinished(server.close);
    return server;
  };
  return { at, open, folder: join(directory, 'new') };
}

/** What a process that was killed leaves. */
async function leaveSocket(at: string): Promise<void> {
  const code = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', code, at]), 'exit');
}

test('one that was left is replaced', async () => {
  const { at, open, folder } = setUp();
  (await open()).close();
  await leaveSocket(at);
  expect(existsSync(at)).toBe(true);
  const server = await open();
  expect(readdirSync(folder)).toEqual(['s']);
  server.close();
  expect(readdirSync(folder)).toEqual([]);
});

test('one that is alive is left alone, and so is what is no socket', async () => {
  const { at, open } = setUp();
  const first = await open();
  await expect(open()).rejects.toMatchObject({ code: 'locked', detail: expect.stringContaining(at) });
  first.close();
  writeFileSync(at, 'precious');
  await expect(open()).rejects.toMatchObject({ code: 'not-set-up' });
  rmSync(at);
  symlinkSync('/elsewhere', at);
  await expect(open()).rejects.toMatchObject({ code: 'not-set-up' });
});

test('that somebody takes its place is noticed, and his is left to him', async () => {
  const { at, open } = setUp();
  const server = await open({ lookEveryMs: 10 });
  rmSync(at);
  const other = createServer().listen(at);
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  expect(await server.failed).toMatchObject({ code: 'dropped', detail: expect.stringContaining(at) });
  server.close();
  expect(existsSync(at)).toBe(true);
});

test('a folder that cannot be made is told of', async () => {
  const { open, folder } = setUp();
  writeFileSync(folder, '');
  const at = join(folder, 'inner', 's');
  await expect(open({}, at)).rejects.toMatchObject({ code: 'not-set-up', detail: expect.stringContaining(at) });
});
