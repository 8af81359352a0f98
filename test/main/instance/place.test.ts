import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { goElsewhere, placeNoted } from '../../../src/main/instance/elsewhere.ts';
import { lacksAbility } from '../../support/abilities.ts';
import { type CommandResult, runProgram } from '../../support/daemon.ts';
import { findProgram } from '../../support/peers.ts';
import { type Environment, makeScratch } from '../../support/temp-repo.ts';
import { makePlace } from './posing-daemon.ts';

interface Somewhere {
  readonly commonDir: string;
  readonly note: string;
  readonly env: { readonly XDG_RUNTIME_DIR: string; readonly HOME: string };
}

function somewhere(): Somewhere {
  const { directory } = makeScratch(onTestFinished);
  const [commonDir, runtime, home] = ['repo', 'run', 'home-of-user'].map((name) => path.join(directory, name));
  for (const at of [commonDir, runtime, home]) fs.mkdirSync(at ?? '', { mode: 0o700 });
  return {
    commonDir: commonDir ?? '',
    note: `${commonDir}/elsewhere`,
    env: { XDG_RUNTIME_DIR: runtime ?? '', HOME: home ?? '' },
  };
}

describe('the place elsewhere', () => {
  test('is private, in XDG_RUNTIME_DIR, else where state belongs, and the same for whoever asks next', () => {
    const { commonDir, note, env } = somewhere();
    const at = goElsewhere(note, commonDir, env);
    expect(path.dirname(at)).toBe(env.XDG_RUNTIME_DIR);
    expect(fs.statSync(at).mode & 0o777).toBe(0o700);
    expect(goElsewhere(note, commonDir, { HOME: env.HOME })).toBe(at);
    fs.rmSync(note);
    expect(path.dirname(goElsewhere(note, commonDir, { HOME: env.HOME }))).toBe(`${env.HOME}/.local/state`);
    fs.rmSync(note);
    const state = { ...env, XDG_RUNTIME_DIR: 'relative', XDG_STATE_HOME: `${env.HOME}/state` };
    expect(path.dirname(goElsewhere(note, commonDir, state))).toBe(state.XDG_STATE_HOME);
  });

  const cannotGive = lacksAbility('a home of another user', 'files cannot be given away', (at) => giveAway(at));
  test.skipIf(cannotGive)('is not in the home of another user, where nothing is made, either', () => {
    const { commonDir, note, env } = somewhere();
    giveAway(env.HOME);
    const at = goElsewhere(note, commonDir, { HOME: env.HOME });
    onTestFinished(() => fs.rmSync(at, { recursive: true }));
    expect(at.startsWith(env.HOME)).toBe(false);
    expect(fs.readdirSync(env.HOME)).toEqual([]);
  });

  test('is found anew when it was taken away', () => {
    const { commonDir, note, env } = somewhere();
    const at = goElsewhere(note, commonDir, env);
    fs.rmdirSync(at);
    expect(placeNoted(note, commonDir)).toBeUndefined();
    expect(goElsewhere(note, commonDir, env)).toBe(at);
  });

  test.each<readonly [string, (at: string, note: string) => void]>([
    ['is a link', (at) => fs.symlinkSync(fs.mkdtempSync(`${path.dirname(at)}/x`), at)],
    ['is open to others', (at) => fs.mkdirSync(at, { mode: 0o755 })],
    ['is a file', (at) => fs.writeFileSync(at, '')],
    [
      'is in a place where others may change it',
      (at) => {
        fs.mkdirSync(at, { mode: 0o700 });
        fs.chmodSync(path.dirname(at), 0o777);
      },
    ],
    ["has another repository's name", (at, note) => fs.writeFileSync(note, `${fs.mkdtempSync(`${at}x`)}\n`)],
    ['has no path', (_at, note) => fs.writeFileSync(note, '\n')],
  ])('is not believed where it %s', (_what, make) => {
    const { commonDir, note, env } = somewhere();
    const at = goElsewhere(note, commonDir, env);
    fs.rmdirSync(at);
    make(at, note);
    expect(placeNoted(note, commonDir)).toBeUndefined();
  });
});

const giveAway = (at: string): void => fs.chownSync(at, 12_345, 12_345);

type Refuse = (bin: string) => void;

function program(bin: string, name: string, refusal: string): void {
  fs.writeFileSync(`${bin}/${name}`, `#!/bin/sh\n${refusal}\nexec ${findProgram(name)} "$@"\n`, { mode: 0o755 });
}

const noFifos: Refuse = (bin) =>
  program(bin, 'mkfifo', 'case "$3" in */.git/*) echo "mkfifo: Operation not permitted" >&2; exit 1 ;; esac');
const noLocks: Refuse = (bin) => {
  const refusal = 'echo "Function not implemented" >&2; exit 65';
  program(bin, 'flock', `case "$(readlink /proc/self/fd/3)" in */.git/*) ${refusal} ;; esac`);
  program(bin, 'perl', `case "$*" in *flock*) ${refusal} ;; esac`);
};

/** A repository on a file system that lacks something, as far as programs of the system tell. */
async function lacking(refuse: Refuse) {
  const place = await makePlace();
  const [bin, runtime] = [`${place.scratch.directory}/bin`, `${place.scratch.directory}/run`];
  for (const at of [bin, runtime]) fs.mkdirSync(at, { mode: 0o700 });
  refuse(bin);
  const env: Environment = { ...place.scratch.env, XDG_RUNTIME_DIR: runtime, PATH: `${bin}:${process.env.PATH}` };
  return { ...place, runtime, env };
}

/** What holds for a daemon in the background, wherever its files are. */
async function useDaemon(
  directory: string,
  env: Environment,
): Promise<{ readonly status: string; readonly json: string }> {
  const command = (...args: readonly string[]): Promise<CommandResult> => runProgram(directory, env, ...args);
  expect(await command('start')).toMatchObject({ status: 0, stderr: '' });
  onTestFinished(() => void runProgram(directory, env, 'stop').catch(() => undefined));
  // Who knows of no runtime directory meets the same one.
  const { XDG_RUNTIME_DIR: _, ...elsewhere } = env;
  expect(await runProgram(directory, elsewhere, 'run')).toMatchObject({ status: 1 });
  const control = (await command('--control-path')).stdout.trimEnd();
  expect(fs.statSync(control).isFIFO()).toBe(true);
  const [text, json] = [await command('status', '-v'), await command('status', '--json')];
  expect(JSON.parse(json.stdout)).toMatchObject({ control, directory: expect.any(String) });
  expect(await command('pause')).toMatchObject({ status: 0 });
  fs.writeFileSync(control, 'STOP\n');
  await expect.poll(async () => (await command('status')).status, { timeout: 30_000 }).toBe(1);
  expect(await command('--control-path')).toMatchObject({ status: 1, stdout: '' });
  expect(fs.existsSync(control)).toBe(false);
  return { status: text.stdout, json: json.stdout };
}

/** An exFAT file system, as udisks mounts one; returns what takes it away. Throws where this machine cannot. */
function mountExfat(at: string): () => void {
  const run = (name: string, ...args: readonly string[]) =>
    execFileSync(name, args, { stdio: 'pipe' }).toString().trim();
  const image = `${at}.img`;
  fs.writeFileSync(image, '');
  fs.truncateSync(image, 32 * 1024 * 1024);
  run('mkfs.exfat', image);
  const device = run('losetup', '-f', '--show', image);
  try {
    fs.mkdirSync(at);
    run('mount.exfat-fuse', '-o', 'dmask=0022,fmask=0022', device, at);
  } catch (error) {
    run('losetup', '-d', device);
    throw error;
  }
  return () => {
    run('umount', '--lazy', at);
    run('losetup', '-d', device);
  };
}

const lacksExfat = lacksAbility('a repository on exFAT', 'exfat-fuse cannot be mounted here', (directory) =>
  mountExfat(`${directory}/disk`)(),
);

/** A disk of its own, of which that much is free; returns what takes it away. Throws where this account cannot. */
function mountSmall(at: string, options: string): () => void {
  fs.mkdirSync(at);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `mode=0700,${options}`, 'none', at], { stdio: 'pipe' });
  return () => void execFileSync('umount', ['--lazy', at]);
}

const lacksSmall = lacksAbility('a start on a full disk', 'nothing can be mounted here', (directory) =>
  mountSmall(`${directory}/disk`, 'size=64k')(),
);

function takeAllBytes(disk: string): void {
  try {
    for (;;) fs.appendFileSync(`${disk}/rest`, Buffer.alloc(4096));
  } catch {
    // There are no more.
  }
}

/** But for the directory, the log, the lock, the pid file and one pipe. */
function takeAllFiles(disk: string): void {
  const all = fs.readdirSync(disk, { recursive: true }).length + 1;
  execFileSync('mount', ['-o', `remount,nr_inodes=${all + 5}`, disk], { stdio: 'pipe' });
}

test.skipIf(lacksSmall).each([
  ['bytes', takeAllBytes],
  ['files', takeAllFiles],
])(
  'a start on a disk without room for %s says so in one line, and leaves nothing that runs or waits',
  async (_what, fill) => {
    const { scratch, env } = await lacking(() => undefined);
    const disk = `${scratch.directory}/disk`;
    onTestFinished(mountSmall(disk, 'size=1m'));
    execFileSync('git', ['init', '-q', `${disk}/w`], { env });
    fill(disk);
    const start = await runProgram(`${disk}/w`, env, 'start');
    expect(start).toMatchObject({
      status: 128,
      stdout: '',
      stderr: expect.stringMatching(/^fatal: .*no space left on device\n$/i),
    });
    const left = fs
      .readdirSync(`${disk}/w/.git/remote-daemon`)
      .filter((name) => !['lock', 'daemon.log'].includes(name));
    expect([left, await runProgram(`${disk}/w`, env, 'status')]).toMatchObject([[], { status: 1 }]);
  },
);

describe('a repository whose file system', () => {
  test.skipIf(lacksExfat)('keeps no modes, as exFAT, keeps nothing there that others could read', async () => {
    const { scratch, runtime, env } = await lacking(() => undefined);
    const disk = `${scratch.directory}/disk`;
    onTestFinished(mountExfat(disk));
    execFileSync('git', ['init', '-q', `${disk}/w`], { env });
    const { json } = await useDaemon(`${disk}/w`, env);
    expect(path.dirname(JSON.parse(json).directory)).toBe(runtime);
    expect(fs.readdirSync(`${disk}/w/.git/remote-daemon`)).toEqual(['elsewhere']);
  });

  test('has no named pipes has them elsewhere, and all else where it belongs', async () => {
    const { repo, commonDir, runtime, env } = await lacking(noFifos);
    const { status } = await useDaemon(repo.directory, env);
    expect(status).toContain(`its named pipes are in ${runtime}/git-remote-daemon-`);
    expect(fs.existsSync(`${commonDir}/remote-daemon/daemon.log`)).toBe(true);
    expect(fs.readdirSync(runtime)).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('has no locks keeps nothing but a note of where it is', async () => {
    const { repo, commonDir, runtime, env } = await lacking(noLocks);
    const { json } = await useDaemon(repo.directory, env);
    const { directory, elsewhere } = JSON.parse(json);
    expect(path.dirname(directory)).toBe(runtime);
    expect(elsewhere).toMatch(/^its files are in .*no modes, or no locks$/);
    expect(fs.readFileSync(`${commonDir}/remote-daemon/elsewhere`, 'utf8').split('\n')[0]).toBe(directory);
    expect(fs.readdirSync(directory)).toEqual(expect.arrayContaining(['daemon.log', 'lock']));
  });
});
