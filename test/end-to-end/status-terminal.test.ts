// Owns: `status` in a real terminal: its width and colours, and --watch, which takes the terminal and gives it back.
// Leaves: what is shown of which state (test/main/commands/status).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PROGRAM, runProgram } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { lacksPeers } from '../support/peers.ts';
import { localScene, untilRef, untilStatus } from '../support/scene.ts';
import { openTerminal, type Terminal } from '../support/shell-terminal.ts';

async function setUp(columns = 80) {
  const scene = await localScene(onTestFinished);
  const { scratch, clone } = scene;
  writeFileSync(join(scratch.directory, 'grd'), `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`, {
    mode: 0o755,
  });
  const env = { ...scratch.env, PATH: `${scratch.directory}:${scratch.env.PATH}` };
  const command = (...words: readonly string[]) => runProgram(clone.directory, scratch.env, ...words);
  onTestFinished(() => void command('stop').catch(() => undefined));
  const start = async (): Promise<void> => void expect(await command('start')).toMatchObject({ status: 0 });
  const terminal = await openTerminal(onTestFinished, { scratch, cwd: clone.directory, env, columns, rows: 24 });
  return { ...scene, command, start, terminal };
}

const NONE_RUNS = /^no daemon is running here/m;

/** Whether something is shown on all of it, whether its cursor is shown, and how it is set. */
const isTaken = (terminal: Terminal): Promise<string> => terminal.asks('#{alternate_on} #{cursor_flag}');
const settingsOf = (terminal: Terminal): Promise<string> => terminal.command('stty -g');

describe.skipIf(lacksPeers('status in a terminal', 'tmux', 'bash'))('in a terminal', () => {
  test('it is watched over the ends and starts of daemons, at any width, and leaves the terminal as it was', async () => {
    const { clone, server, command, start, terminal } = await setUp();
    const before = await settingsOf(terminal);
    await terminal.begin('grd status --watch; echo "it was $?"', NONE_RUNS);
    expect(await isTaken(terminal)).toBe('1 0');
    await start();
    await terminal.untilShown(
      /^1 remote, connected\n[\s\S]*^origin {2}connected {2}a file system watch of \S+ +(?:-|\d.* ago|just now)$/m,
    );
    await untilRef(clone, 'refs/remotes/origin/main', await server.pushCommit());
    await terminal.untilShown(/^origin {2}connected .* (?:just now|\d+ s ago)$/m);
    await terminal.resize(40, 10);
    await terminal.untilShown(
      /^REMOTE {2}STATE {6}LAST CHANGE\norigin {2}connected {2}\d+ s ago\n {2}a file system watch of \S+…$/m,
    );
    expect(await command('stop')).toMatchObject({ status: 0 });
    await terminal.untilShown(NONE_RUNS);
    await terminal.resize(80, 24);
    await terminal.press('q');
    const after = await terminal.untilShown(/^it was 0$/m);
    expect(after).toContain('grd status --watch');
    expect(after).not.toMatch(NONE_RUNS);
    expect(await isTaken(terminal)).toBe('0 1');
    expect(await settingsOf(terminal)).toBe(before);
  });

  test.each<[string, number, (terminal: Terminal, pid: number) => unknown]>([
    ['Ctrl-C', 130, (terminal) => terminal.press('C-c')],
    ['SIGTERM', 143, (_terminal, pid) => process.kill(pid, 'SIGTERM')],
  ])('it gives the terminal back at %s, and dies of it as other commands do', async (_how, status, end) => {
    const { terminal, scratch } = await setUp();
    const pidFile = join(scratch.directory, 'pid');
    const before = await settingsOf(terminal);
    await terminal.begin(`sh -c 'echo $$ > ${pidFile}; exec grd status --watch'`, NONE_RUNS);
    await end(terminal, Number(readFileSync(pidFile, 'utf8')));
    await until('the terminal is given back', async () => (await isTaken(terminal)) === '0 1');
    await terminal.prompted();
    await terminal.begin('echo "it was $?"', new RegExp(`^it was ${status}$`, 'm'));
    expect(await settingsOf(terminal)).toBe(before);
  });

  test('it can be put aside, and goes on where it is wanted again', async () => {
    const { terminal } = await setUp();
    await terminal.begin('grd status --watch', NONE_RUNS);
    await terminal.press('C-z');
    await terminal.untilShown(/Stopped/);
    expect(await isTaken(terminal)).toBe('0 1');
    await terminal.begin('fg', NONE_RUNS);
    expect(await isTaken(terminal)).toBe('1 0');
  });

  test('it is as wide as the terminal, has colours there, and neither in a file', async () => {
    const { terminal, scratch, clone, server, command, start } = await setUp(72);
    await clone.git('remote', 'add', 'a-remote-whose-name-is-long', server.directory);
    await start();
    await untilStatus({ clone, scratch }, '2 remotes, all connected');
    const shown = await terminal.command('grd status');
    expect(shown).toMatch(/^origin +connected {2}a file system watch.*… {2}-$/m);
    expect(shown).toMatch(/^a-remote-whose-name-is-… {2}connected {2}a file system watch.*… {2}-$/m);
    expect(await terminal.screen('coloured')).toContain('\u001b[32mconnected\u001b[39m');
    await terminal.command('NO_COLOR=1 grd status');
    expect(await terminal.screen('coloured')).not.toContain('\u001b[32m');
    const plain = (await command('status')).stdout;
    expect(plain).toMatch(/^a-remote-whose-name-is-long {2}connected {2}a file system watch of \S+ {2}-$/m);
    expect(plain).not.toContain('\u001b');
    expect((await command('status', '--color')).stdout).toContain('\u001b[32mconnected\u001b[39m');
  });
});
