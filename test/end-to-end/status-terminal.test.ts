// Owns: `status` in a real terminal: its width and colours, and --watch, which takes the terminal and gives it back.
// Leaves: what is shown of which state (test/main/commands/status).
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runProgram } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { lacksPeers } from '../support/peers.ts';
import { localScene, untilRef, untilStatus } from '../support/scene.ts';
import { openTerminal, type Terminal, type TerminalOptions } from '../support/terminal.ts';

async function setUp(options?: TerminalOptions) {
  const scene = await localScene(onTestFinished);
  const command = (...words: readonly string[]) => runProgram(scene.clone.directory, scene.scratch.env, ...words);
  onTestFinished(() => void command('stop').catch(() => undefined));
  const start = async (): Promise<void> => {
    expect(await command('start')).toMatchObject({ status: 0 });
  };
  const terminal = await openTerminal(onTestFinished, scene.scratch, scene.clone.directory, options);
  return { ...scene, command, start, terminal };
}

/** How the terminal is set, as its shell finds it. */
async function settingsOf({
  terminal,
  clone,
}: Pick<Awaited<ReturnType<typeof setUp>>, 'terminal' | 'clone'>): Promise<string> {
  const file = join(clone.directory, 'settings');
  rmSync(file, { force: true });
  await terminal.enter('stty -g > settings.new; mv settings.new settings');
  await until('the terminal has told its settings', () => existsSync(file));
  return readFileSync(file, 'utf8');
}

describe.skipIf(lacksPeers('status in a terminal', 'tmux'))('in a terminal', () => {
  test('it is watched over the ends and starts of daemons, at any width, and leaves the terminal as it was', async () => {
    const scene = await setUp();
    const { clone, server, command, start, terminal } = scene;
    const before = await settingsOf(scene);
    await terminal.enter('echo before');
    await terminal.enter('git-remote-daemon status --watch; echo "it was $?"');
    await terminal.shows(/^no daemon is running here$/m);
    expect(await terminal.asks('#{alternate_on} #{cursor_flag}')).toBe('1 0');
    await start();
    await terminal.shows(
      /^1 remote, connected\n[\s\S]*^origin +connected +a file system watch of \S+ +(?:-|\d.* ago|just now)$/m,
    );
    await untilRef(clone, 'refs/remotes/origin/main', await server.pushCommit());
    await terminal.shows(/^origin +connected .* (?:just now|\d+ s ago)$/m);
    await terminal.resize(40, 10);
    await terminal.shows(
      /^REMOTE {2}STATE {8}LAST CHANGE\norigin {2}connected {4}\d+ s ago\n {2}a file system watch of \S+…$/m,
    );
    expect(await command('stop')).toMatchObject({ status: 0 });
    await terminal.shows(/^no daemon is running here/m);
    await terminal.resize(80, 24);
    await terminal.press('q');
    const after = await terminal.shows('it was 0');
    expect(after).toContain('echo before');
    expect(after).not.toContain('no daemon is running here');
    expect(await terminal.asks('#{alternate_on} #{cursor_flag}')).toBe('0 1');
    expect(await settingsOf(scene)).toBe(before);
  });

  test.each<[string, number, (terminal: Terminal, pid: number) => unknown]>([
    ['Ctrl-C', 130, (terminal) => terminal.press('C-c')],
    ['SIGTERM', 143, (_terminal, pid) => process.kill(pid, 'SIGTERM')],
  ])('it gives the terminal back at %s, and dies of it as other commands do', async (_how, status, end) => {
    const scene = await setUp();
    const { terminal, scratch } = scene;
    const pidFile = join(scratch.directory, 'pid');
    const script = `#!/bin/sh\necho $$ > '${pidFile}'\nexec git-remote-daemon status --watch\n`;
    writeFileSync(join(scratch.directory, 'watching'), script, { mode: 0o755 });
    const before = await settingsOf(scene);
    await terminal.enter('watching');
    await terminal.shows(/^no daemon is running here$/m);
    await end(terminal, Number(readFileSync(pidFile, 'utf8')));
    await until(
      'the terminal is given back',
      async () => (await terminal.asks('#{alternate_on} #{cursor_flag}')) === '0 1',
    );
    await terminal.enter('echo "it was $?"');
    await terminal.shows(`it was ${status}`);
    expect(await settingsOf(scene)).toBe(before);
  });

  test('it can be put aside, and goes on where it is wanted again', async () => {
    const { terminal } = await setUp();
    await terminal.enter('git-remote-daemon status --watch');
    await terminal.shows(/^no daemon is running here$/m);
    await terminal.press('C-z');
    await terminal.shows(/Stopped/);
    expect(await terminal.asks('#{alternate_on}')).toBe('0');
    await terminal.enter('fg');
    await terminal.shows(/^no daemon is running here$/m);
    expect(await terminal.asks('#{alternate_on}')).toBe('1');
  });

  /** What is fetched first is a change: it may come before or after the first look. */
  const withoutAges = (shown: string): string => shown.replace(/ {2}(?:-|just now|\d+ s ago)$/gm, '  AGO');

  test('it is as wide as the terminal, has colours there, and neither in a file', async () => {
    const { terminal, scratch, clone, server, command, start } = await setUp({ columns: 72 });
    await clone.git('remote', 'add', 'a-remote-whose-name-is-long', server.directory);
    await start();
    await untilStatus({ clone, scratch }, '2 remotes, all connected');
    await terminal.enter('clear; git-remote-daemon status');
    const shown = await terminal.shows(/^2 remotes, all connected$[\s\S]*^a-remote/m);
    expect(shown).toMatch(/^origin +connected {2}a file system watch.*… {2}-$/m);
    expect(withoutAges(shown)).toMatch(/^a-remote-whose-name-is-… {2}connected {2}a file system watch.*… {2}AGO$/m);
    await terminal.enter(
      'clear; git-remote-daemon status > shown; NO_COLOR=1 git-remote-daemon status --color > coloured',
    );
    await terminal.enter('script -qec "git-remote-daemon status" seen > /dev/null < /dev/null; mv seen all');
    await until('all are there', () => existsSync(join(clone.directory, 'all')));
    const [plain, coloured, seen] = ['shown', 'coloured', 'all'].map((name) =>
      readFileSync(join(clone.directory, name), 'utf8'),
    );
    expect(withoutAges(plain ?? '')).toMatch(
      /^a-remote-whose-name-is-long {2}connected {2}a file system watch of \S+ {2}AGO$/m,
    );
    expect(plain).not.toContain('\u001b');
    for (const text of [coloured, seen]) expect(text).toContain('\u001b[32mconnected\u001b[39m');
    expect((await command('status', '--color=never')).stdout).not.toContain('\u001b');
  });
});
