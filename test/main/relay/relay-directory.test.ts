import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { prepareStateDirectory } from '../../../src/main/instance/state-directory.ts';
import {
  prepareRelayDirectory,
  removeRelayDirectory,
  SOCKET_NAME_BYTES,
} from '../../../src/main/relay/relay-directory.ts';
import { makeScratch } from '../../support/temp-repo.ts';

let scratch: string;
beforeEach(() => {
  scratch = makeScratch(onTestFinished).directory;
});

const deep = (): string => {
  const at = path.join(scratch, 'd'.repeat(90));
  fs.mkdirSync(at);
  return at;
};

const runtime = (): { XDG_RUNTIME_DIR: string } => {
  const at = path.join(scratch, 'run');
  fs.mkdirSync(at, { recursive: true });
  return { XDG_RUNTIME_DIR: at };
};

/** A socket file that nobody listens on any more, as a SIGKILL leaves it. */
async function leaveSocket(at: string): Promise<void> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(`${at}.made`, resolve));
  fs.renameSync(`${at}.made`, at);
  await new Promise((resolve) => server.close(resolve));
}

describe('the directory of relay sockets', () => {
  test('is in the state directory where the path is short enough, and empty each time', async () => {
    const directory = prepareStateDirectory(scratch);
    const at = prepareRelayDirectory(directory, {});
    expect(at).toBe(path.join(directory.path, 'relay'));
    await leaveSocket(`${at}/1.sock`);
    expect(prepareRelayDirectory(directory, {})).toBe(at);
    expect(fs.readdirSync(`${at}`)).toEqual([]);
    expect(fs.statSync(`${at}`).mode & 0o777).toBe(0o700);
  });

  test('is a private one elsewhere where it is not, and is found again after a SIGKILL', async () => {
    const directory = prepareStateDirectory(deep());
    const env = runtime();
    const first = prepareRelayDirectory(directory, env) ?? '';
    expect(path.dirname(first)).toBe(env.XDG_RUNTIME_DIR);
    expect(Buffer.byteLength(first) + SOCKET_NAME_BYTES).toBeLessThanOrEqual(103);
    await leaveSocket(`${first}/1.sock`);
    const second = prepareRelayDirectory(directory, env);
    expect(second).not.toBe(first);
    expect(fs.existsSync(first)).toBe(false);
    removeRelayDirectory(directory);
    expect(fs.readdirSync(env.XDG_RUNTIME_DIR)).toEqual([]);
    expect(fs.readdirSync(directory.path)).toEqual([]);
  });

  test('elsewhere, nothing is removed that could be another thing by now', () => {
    const directory = prepareStateDirectory(deep());
    const env = runtime();
    const precious = path.join(env.XDG_RUNTIME_DIR, 'precious');
    fs.mkdirSync(precious, { mode: 0o700 });
    fs.writeFileSync(directory.relayElsewhere, precious);
    removeRelayDirectory(directory);
    expect(fs.existsSync(precious)).toBe(true);
    const ours = prepareRelayDirectory(directory, env) ?? '';
    fs.writeFileSync(`${ours}/no-socket`, 'x');
    removeRelayDirectory(directory);
    expect(fs.readdirSync(ours)).toEqual(['no-socket']);
  });

  test('a place that cannot be written to is passed over', () => {
    const directory = prepareStateDirectory(deep());
    const at = prepareRelayDirectory(directory, { XDG_RUNTIME_DIR: path.join(scratch, 'missing') });
    onTestFinished(() => removeRelayDirectory(directory));
    expect(at && path.basename(at)).toMatch(/^git-remote-daemon-/);
  });
});
