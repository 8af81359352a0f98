import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createDoneWithout } from '../../../src/main/host/done-without.ts';
import { isSafeDirectory, isSafePlace } from '../../../src/main/instance/safe-place.ts';
import { prepareStateDirectory, type StateDirectory } from '../../../src/main/instance/state-directory.ts';
import { prepareRelayDirectory, SOCKET_NAME_BYTES } from '../../../src/main/relay/relay-directory.ts';
import { doorAfterNews } from '../../../src/shared/git-protocol/relay-doors.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const SOMEBODY = 12_345;
const isRoot = process.getuid?.() === 0;

let scratch: string;
let logged: string[];
beforeEach(() => {
  scratch = makeScratch(onTestFinished).directory;
  logged = [];
});

const prepare = (directory: StateDirectory, env: NodeJS.ProcessEnv = {}) =>
  prepareRelayDirectory(
    directory,
    env,
    createDoneWithout((text) => logged.push(text)),
  );

const placeOf = (relays: ReturnType<typeof prepare>): string => path.dirname(relays.newSocket() ?? '/nowhere/1');

const deep = (): string => {
  const at = path.join(scratch, 'd'.repeat(90));
  fs.mkdirSync(at, { recursive: true });
  return at;
};

const runtime = (): { XDG_RUNTIME_DIR: string } => {
  const at = path.join(scratch, 'run');
  fs.mkdirSync(at, { recursive: true, mode: 0o700 });
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
  test('is in the repository where it cannot be noted that it is elsewhere, which then has nothing of it', () => {
    const [directory, env] = [prepareStateDirectory(scratch), runtime()];
    const relays = prepare(directory, env);
    fs.rmSync(placeOf(relays), { recursive: true });
    fs.rmSync(directory.relayElsewhere);
    fs.mkdirSync(directory.relayElsewhere);
    expect(placeOf(relays)).toBe(path.join(directory.path, 'relay'));
    expect(fs.readdirSync(env.XDG_RUNTIME_DIR)).toEqual([]);
  });

  test('is in the state directory where the path is short enough, and empty each time', async () => {
    const directory = prepareStateDirectory(scratch);
    const at = placeOf(prepare(directory));
    expect(at).toBe(path.join(directory.path, 'relay'));
    await leaveSocket(`${at}/1.sock`);
    fs.chmodSync(at, 0o755);
    expect(placeOf(prepare(directory))).toBe(at);
    expect(fs.readdirSync(at)).toEqual([]);
    expect(fs.statSync(at).mode & 0o777).toBe(0o700);
    expect(logged).toEqual([]);
  });

  test('is a private one elsewhere where it is not, and is found again after a SIGKILL', async () => {
    const directory = prepareStateDirectory(deep());
    const env = runtime();
    const first = placeOf(prepare(directory, env));
    expect(path.dirname(first)).toBe(env.XDG_RUNTIME_DIR);
    expect(Buffer.byteLength(first) + SOCKET_NAME_BYTES).toBeLessThanOrEqual(103);
    await leaveSocket(`${first}/1.sock`);
    const second = prepare(directory, env);
    expect(placeOf(second)).not.toBe(first);
    expect(fs.existsSync(first)).toBe(false);
    second.remove();
    expect(fs.readdirSync(env.XDG_RUNTIME_DIR)).toEqual([]);
    expect(fs.readdirSync(directory.path)).toEqual([]);
  });

  test('is where the user has a place for sockets, and in the state directory once that is taken away', () => {
    const directory = prepareStateDirectory(scratch);
    const env = runtime();
    const relays = prepare(directory, env);
    const old = relays.newSocket() ?? '';
    expect(path.dirname(path.dirname(old))).toBe(env.XDG_RUNTIME_DIR);
    fs.rmSync(env.XDG_RUNTIME_DIR, { recursive: true });
    expect([relays.isOurs(old), relays.isOurs(old)]).toEqual([false, false]);
    expect(logged).toEqual([expect.stringMatching(/ was taken away: fetches log in by themselves/)]);
    const socket = relays.newSocket() ?? '';
    expect(path.dirname(socket)).toBe(path.join(directory.path, 'relay'));
    expect([relays.isOurs(old), relays.isOurs(socket)]).toEqual([false, true]);
    expect(logged.slice(1)).toEqual([expect.stringMatching(/^no longer so: .* was taken away/)]);
    relays.remove();
    expect(fs.existsSync(path.dirname(socket))).toBe(false);
  });

  test('no door of a relay is a door of another, however many links there were, and each fits', () => {
    const relays = prepare(prepareStateDirectory(scratch));
    const doors = Array.from({ length: 1_000 }, () => relays.newSocket() ?? '').flatMap((socket) => [
      socket,
      doorAfterNews(socket),
    ]);
    expect(new Set(doors).size).toBe(2_000);
    for (const door of doors) expect(path.basename(door).length).toBeLessThan(SOCKET_NAME_BYTES - 3);
  });

  test('elsewhere, nothing is removed that could be another thing by now', () => {
    const directory = prepareStateDirectory(deep());
    const env = runtime();
    const precious = path.join(env.XDG_RUNTIME_DIR, 'git-remote-daemon-precious');
    fs.mkdirSync(precious, { mode: 0o700 });
    fs.writeFileSync(directory.relayElsewhere, `${precious}\n1:2:3\n`);
    const relays = prepare(directory, env);
    expect(fs.existsSync(precious)).toBe(true);
    fs.writeFileSync(`${placeOf(relays)}/no-socket`, 'x');
    const at = placeOf(relays);
    relays.remove();
    expect(fs.readdirSync(at)).toEqual(['no-socket']);
  });

  test('a place that cannot be written to is passed over', () => {
    const relays = prepare(prepareStateDirectory(deep()), { XDG_RUNTIME_DIR: path.join(scratch, 'missing') });
    onTestFinished(relays.remove);
    expect(path.basename(placeOf(relays))).toMatch(/^git-remote-daemon-/);
  });

  test('is used no more once another is in its place, which is left alone', () => {
    const directory = prepareStateDirectory(deep());
    const env = runtime();
    const relays = prepare(directory, env);
    const socket = relays.newSocket() ?? '';
    const at = path.dirname(socket);
    expect(relays.isOurs(socket)).toBe(true);
    fs.renameSync(at, `${at}.taken`);
    fs.mkdirSync(at, { mode: 0o700 });
    expect(relays.isOurs(socket)).toBe(false);
    expect(relays.newSocket()).toBeUndefined();
    relays.remove();
    expect(fs.existsSync(at)).toBe(true);
  });

  test.each<[string, (at: string) => void]>([
    ['a link', (at) => fs.symlinkSync(path.dirname(path.dirname(at)), at)],
    ['a link to nowhere', (at) => fs.symlinkSync('nowhere', at)],
    ['a file', (at) => fs.writeFileSync(at, 'x')],
    ['a named pipe', (at) => execFileSync('mkfifo', [at])],
  ])('%s in its place makes way, and where it leads nothing is touched', (_what, make) => {
    const directory = prepareStateDirectory(scratch);
    fs.chmodSync(scratch, 0o755);
    const before = fs.readdirSync(scratch);
    make(path.join(directory.path, 'relay'));
    const relays = prepare(directory);
    expect(fs.lstatSync(placeOf(relays)).isDirectory()).toBe(true);
    relays.remove();
    expect(fs.readdirSync(scratch)).toEqual(before);
    expect(fs.statSync(scratch).mode & 0o777).toBe(0o755);
    expect(fs.existsSync(path.join(directory.path, 'relay'))).toBe(false);
  });

  test('one that holds something else is not used, which is said', () => {
    const directory = prepareStateDirectory(scratch);
    const inside = path.join(directory.path, 'relay');
    fs.mkdirSync(inside);
    fs.writeFileSync(`${inside}/1`, 'precious');
    const relays = prepare(directory);
    expect([relays.newSocket(), relays.isOurs(`${inside}/2`)]).toEqual([undefined, false]);
    expect(logged).toEqual([expect.stringMatching(/^no relay for fetches, as .*relay cannot be used: /)]);
    relays.remove();
    expect(fs.readFileSync(`${inside}/1`, 'utf8')).toBe('precious');
  });
});

describe('a place for sockets', () => {
  const self = process.geteuid?.() ?? -1;

  test.each<[string, number, number, boolean]>([
    ['ours', self, 0o40_755, true],
    ["root's", 0, 0o40_755, true],
    ["root's, sticky", 0, 0o41_777, true],
    ['ours, sticky', self, 0o41_777, true],
    ["somebody's", SOMEBODY, 0o40_700, false],
    ["somebody's, sticky", SOMEBODY, 0o41_777, false],
    ["root's, that a group may write", 0, 0o40_775, false],
    ["root's, that all may write", 0, 0o40_777, false],
    ['ours, that a group may write', self, 0o42_770, false],
  ])('a directory that is %s', (_whose, uid, mode, isSafe) => {
    expect(isSafeDirectory({ uid, mode })).toBe(isSafe);
  });

  test('is safe only if all above it are', () => {
    const [above, below] = [path.join(scratch, 'above'), path.join(scratch, 'above/below')];
    fs.mkdirSync(below, { recursive: true, mode: 0o755 });
    fs.chmodSync(below, 0o700);
    expect(isSafePlace(below)).toBe(true);
    fs.chmodSync(above, 0o777);
    expect(isSafePlace(below)).toBe(false);
    expect(isSafePlace(`${above}/missing`)).toBe(false);
  });

  test.skipIf(!isRoot)(
    "another user's runtime directory is passed over, and one that becomes his is used no more",
    () => {
      const env = runtime();
      fs.chownSync(env.XDG_RUNTIME_DIR, SOMEBODY, SOMEBODY);
      const directory = prepareStateDirectory(deep());
      const passed = prepare(directory, env);
      expect(fs.readdirSync(env.XDG_RUNTIME_DIR)).toEqual([]);
      passed.remove();
      fs.chownSync(env.XDG_RUNTIME_DIR, 0, 0);
      const relays = prepare(directory, env);
      const socket = relays.newSocket() ?? '';
      expect(relays.isOurs(socket)).toBe(true);
      fs.chownSync(env.XDG_RUNTIME_DIR, SOMEBODY, SOMEBODY);
      expect([relays.isOurs(socket), relays.newSocket()]).toEqual([false, undefined]);
    },
  );

  test('a link to a place leads to what is looked at', () => {
    const env = runtime();
    const link = path.join(scratch, 'link');
    fs.symlinkSync(env.XDG_RUNTIME_DIR, link);
    const relays = prepare(prepareStateDirectory(deep()), { XDG_RUNTIME_DIR: link });
    expect(path.dirname(placeOf(relays))).toBe(env.XDG_RUNTIME_DIR);
    relays.remove();
  });
});
