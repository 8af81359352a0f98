// Owns: services under a real user manager of systemd: installed, started again, taken over, removed without a trace.
// Leaves: the files' texts (test/main/commands/service), and services of launchd and of desktops (service-elsewhere.test.ts).
import { execFile } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createReleases } from '../support/at-end.ts';
import { type CommandResult, PROGRAM } from '../support/daemon.ts';
import { LIMIT_MS, until } from '../support/next-line.ts';
import { readmeBlock } from '../support/readme.ts';
import { untilRef } from '../support/scene.ts';
import {
  cloneRepo,
  type Environment,
  makeScratch,
  makeServerRepo,
  type Scratch,
  type ServerRepo,
  type TestRepo,
} from '../support/temp-repo.ts';
import { lacksUserManager, startUserManager, type UserManager } from '../support/user-manager.ts';

interface Scene {
  readonly scratch: Scratch;
  readonly server: ServerRepo;
  readonly manager: UserManager;
  readonly run: (directory: string, ...args: readonly string[]) => Promise<CommandResult>;
}

const releases = createReleases();
let scene: Scene;

const UNIT = 'systemd user unit git-remote-daemon@\\S+: ';
const RUNNING = `${UNIT}started at login, running \\(pid \\d+\\)`;
const NONE = 'no service is installed here';
const TEMPLATE = 'git-remote-daemon@.service';

const HARDENING = readmeBlock('[Service]\nNoNewPrivileges');

describe.skipIf(lacksUserManager('services of systemd'))('a service of systemd', () => {
  beforeAll(async () => {
    const scratch = makeScratch(releases.atEnd);
    const server = await makeServerRepo(scratch);
    const manager = await startUserManager(releases.atEnd, scratch);
    scene = { scratch, server, manager, run: programUnder(manager) };
  });
  afterAll(releases.releaseAll);

  test('is told of where there is none', async () => {
    const repo = await newClone('none');
    expect(await scene.run(repo.directory, 'service', 'status')).toMatchObject({
      status: 1,
      stdout: 'no service is installed here; to have one: git remote-daemon service install\n',
    });
    expect(await scene.run(repo.directory, 'service', 'remove')).toMatchObject({
      status: 1,
      stderr: 'error: no service is installed here\n',
    });
    expect(existsSync(join(scene.scratch.home, '.config'))).toBe(false);
  });

  test('takes the place of a daemon in the background, serves a repository of any name, is restarted by whoever runs it, and removed without a trace', async () => {
    const { scratch, server, run, manager } = scene;
    const repo = await newClone('räpo 50% -x $HOME "q"');
    expect(await run(repo.directory, 'start')).toMatchObject({ status: 0 });
    const installed = await run(repo.directory, 'service', 'install');
    expect(installed).toMatchObject({ status: 0, stderr: '' });
    expect(installed.stdout).toMatch(
      /^systemd user unit git-remote-daemon@\S+: started at login, running \(pid \d+\)$/m,
    );
    expect(installed.stdout).toMatch(
      /^The daemon that ran here before \(pid \d+\) was stopped: this one took its place$/m,
    );
    expect(manager.systemctl('show', '--property=UnitFileState', '--value', unitIn(installed.stdout))).toBe('enabled');
    await untilRef(repo, 'refs/remotes/origin/main', await server.pushCommit());

    expect(await run(repo.directory, 'service', 'status')).toMatchObject({ status: 0, stderr: '' });
    const again = await run(repo.directory, 'service', 'install');
    expect(again).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/running \(pid \d+\): it was so already\n/),
    });

    const restarted = await run(repo.directory, 'restart');
    expect(restarted).toMatchObject({
      status: 0,
      stderr: '',
      stdout: `restarted by systemd: ${unitIn(installed.stdout)}\n`,
    });
    await until('another runs', async () => {
      const { stdout } = await run(repo.directory, 'service', 'status');
      return /running \(pid \d+\)\n/.test(stdout) && pidIn(stdout) !== pidIn(installed.stdout);
    });

    const removed = await run(repo.directory, 'service', 'remove');
    expect(removed).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/: removed, and its daemon .* stopped; none runs here now\n$/),
    });
    expect(await run(repo.directory, 'status')).toMatchObject({ status: 1 });
    expect(readdirSync(scratch.home)).not.toContain('.config');
    expect(manager.systemctl('list-units', '--all', '--plain', '--no-legend', 'git-remote-daemon@*')).toBe('');
  });

  test('is started again when it is killed, and when what kept it from starting has passed', async () => {
    const { run, manager } = scene;
    const repo = await installedQuickly('again');
    const unit = repo.unit;
    const before = manager.systemctl('show', '--property=MainPID', '--value', unit);
    process.kill(Number(before), 'SIGKILL');
    await until('another runs', async () => {
      const { stdout } = await run(repo.directory, 'service', 'status');
      return /running \(pid \d+\)/.test(stdout) && !stdout.includes(`(pid ${before})`);
    });

    const config = join(repo.directory, '.git/config');
    const text = readFileSync(config, 'utf8');
    appendFileSync(config, '[broken\n');
    manager.systemctl('restart', unit);
    await until(
      'it is tried again and again',
      () => Number(manager.systemctl('show', '--property=NRestarts', '--value', unit)) > 2,
    );
    writeFileSync(config, text);
    await until('it runs', async () => (await run(repo.directory, 'service', 'status')).status === 0);
    expect(await run(repo.directory, 'service', 'remove')).toMatchObject({ status: 0 });
  });

  test('is not started again where another daemon runs, and takes its place when it is installed again', async () => {
    const { run, manager } = scene;
    const repo = await installedQuickly('beside');
    expect(await run(repo.directory, 'stop')).toMatchObject({ status: 0 });
    expect(await run(repo.directory, 'start')).toMatchObject({ status: 0 });
    manager.systemctl('start', repo.unit);
    await until(
      'it has failed',
      () => manager.systemctl('show', '--property=ActiveState', '--value', repo.unit) === 'failed',
    );
    const told = await run(repo.directory, 'service', 'status');
    expect(told).toMatchObject({ status: 1, stdout: expect.stringContaining('failed (exit-code, exit status 1)\n') });
    expect(told.stdout).toMatch(
      /A daemon that it did not start runs here \(pid \d+\); to have it take over: git remote-daemon service install/,
    );
    expect(await run(repo.directory, 'service', 'install')).toMatchObject({ status: 0 });
    expect(await run(repo.directory, 'service', 'status')).toMatchObject({ status: 0 });
    expect(await run(repo.directory, 'service', 'remove')).toMatchObject({ status: 0 });
  });

  test('of a repository that is gone is not started, and is removed by its path', async () => {
    const { run, manager, scratch } = scene;
    const repo = await installedQuickly('gone');
    manager.systemctl('stop', repo.unit);
    renameSync(repo.directory, `${repo.directory}-moved`);
    manager.systemctl('start', repo.unit);
    expect(
      manager.systemctl('show', '--property=ActiveState,ConditionResult,NRestarts', repo.unit).split('\n').sort(),
    ).toEqual(['ActiveState=inactive', 'ConditionResult=no', 'NRestarts=0']);
    expect(await run(scratch.directory, 'service', 'remove', repo.directory)).toMatchObject({ status: 0 });
    expect(existsSync(join(manager.units, TEMPLATE))).toBe(false);
  });

  test('tells of a node that is gone, and of a file that was changed; installing it again mends both', async () => {
    const { run, manager } = scene;
    const repo = await installedQuickly('drift');
    const file = join(manager.units, TEMPLATE);
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replaceAll(process.execPath, '/gone/node').replace('RestartSec', '#'),
    );
    manager.systemctl('daemon-reload');
    const told = await run(repo.directory, 'service', 'status');
    expect(told.stdout).toContain('The node it names is gone (/gone/node): git remote-daemon service install\n');
    expect(told.stdout).toContain('Its file is not as this version writes it');
    expect(await run(repo.directory, 'service', 'install')).toMatchObject({ status: 0 });
    expect((await run(repo.directory, 'service', 'status')).stdout).not.toMatch(/gone|is not as/);
    expect(await run(repo.directory, 'service', 'remove')).toMatchObject({ status: 0 });
  });

  test('has the agent of this session where its socket lasts, and else its user is told; so of other variables, and of lingering', async () => {
    const { manager, scratch } = scene;
    const repo = await newClone('agent');
    const bin = join(scratch.directory, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'loginctl'), '#!/bin/sh\necho no\n', { mode: 0o755 });
    const PATH = `${bin}:${scratch.env.PATH}`;
    const socket = join(scratch.directory, 'run/ssh-agent.socket');
    const told = await programUnder(manager, { PATH, SSH_AUTH_SOCK: socket, GIT_SSH: '/x' })(
      repo.directory,
      'service',
      'install',
    );
    expect(told).toMatchObject({ status: 0, stderr: '' });
    expect(told.stdout.split('\n').slice(1)).toEqual([
      expect.stringMatching(
        /^Set here, but not for the service: GIT_SSH; where it matters, write them to a file in .*environment\.d, and/,
      ),
      'It runs while you are logged in; to have it run always, from the start of the machine: loginctl enable-linger',
      '',
    ]);
    const pid = manager.systemctl('show', '--property=MainPID', '--value', unitIn(told.stdout));
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    expect(environment).toEqual(expect.arrayContaining([`PATH=${PATH}`, `SSH_AUTH_SOCK=${socket}`]));
    const session = programUnder(manager, { SSH_AUTH_SOCK: '/tmp/ssh-abcdefghijkl/agent.12' });
    expect((await session(repo.directory, 'service', 'install')).stdout).toMatch(
      /^The ssh agent of this session \(\/tmp\/ssh-abcdefghijkl\/agent\.12\) ends with it/m,
    );
    expect(await session(repo.directory, 'service', 'remove')).toMatchObject({ status: 0 });
  });

  test('is not written where no user manager would read it, or answers', async () => {
    const { manager, scratch } = scene;
    const repo = await newClone('alone');
    const elsewhere = programUnder(manager, { XDG_CONFIG_HOME: join(scratch.directory, 'elsewhere') });
    expect(await elsewhere(repo.directory, 'service', 'install')).toMatchObject({
      status: 128,
      stderr: expect.stringContaining('it was started with another XDG_CONFIG_HOME\n'),
    });
    // By another name it is the same.
    symlinkSync(scratch.home, join(scratch.directory, 'home-too'));
    const linked = programUnder(manager, { HOME: join(scratch.directory, 'home-too') });
    expect(await linked(repo.directory, 'service', 'status')).toMatchObject({ status: 1, stderr: '' });
    const alone = programUnder(manager, { XDG_RUNTIME_DIR: scratch.home, DBUS_SESSION_BUS_ADDRESS: '' });
    expect(await alone(repo.directory, 'service', 'install')).toMatchObject({
      status: 128,
      stderr: expect.stringMatching(
        /^fatal: this machine has systemd, but no user manager of yours answers \(.+\): log in as this user/,
      ),
    });
    expect(existsSync(join(scratch.home, '.config'))).toBe(false);
    expect(existsSync(join(repo.directory, '.git/remote-daemon'))).toBe(false);
  });

  test('lives with the hardening that the README offers', async () => {
    const { run, server, manager } = scene;
    const repo = await newClone('hardened');
    const folder = join(manager.units, `${TEMPLATE}.d`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'harder.conf'), HARDENING);
    const installed = await run(repo.directory, 'service', 'install');
    expect(installed).toMatchObject({ status: 0, stderr: '' });
    await untilRef(repo, 'refs/remotes/origin/main', await server.pushCommit());
    const pid = manager.systemctl('show', '--property=MainPID', '--value', unitIn(installed.stdout));
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^NoNewPrivs:\s1\nSeccomp:\s2$/m);
    expect(await run(repo.directory, 'service', 'remove')).toMatchObject({ status: 0 });
    // What the user wrote stays.
    expect(readdirSync(manager.units)).toEqual([`${TEMPLATE}.d`]);
    rmSync(join(scene.scratch.home, '.config'), { recursive: true });
  });

  test("never touches a file that is somebody else's", async () => {
    const { run, manager } = scene;
    const repo = await newClone('foreign');
    mkdirSync(manager.units, { recursive: true });
    const file = join(manager.units, TEMPLATE);
    writeFileSync(file, '[Service]\nExecStart=/bin/true\n');
    for (const command of ['install', 'status'] as const) {
      const told = await run(repo.directory, 'service', command);
      expect(told.status).toBe(command === 'status' ? 1 : 128);
      expect(told.stdout + told.stderr).toContain(`${file} was not written by this program: move it away\n`);
    }
    expect(readFileSync(file, 'utf8')).toBe('[Service]\nExecStart=/bin/true\n');
    rmSync(join(scene.scratch.home, '.config'), { recursive: true });
  });

  test('is there for each registered repository, each told of in a line, and the last one takes the file with it', async () => {
    const { run, scratch, manager } = scene;
    const repos = [await newClone('all one'), await newClone('all-two')];
    for (const { directory } of repos) expect(await run(directory, 'register')).toMatchObject({ status: 0 });
    const lines = (...said: readonly string[]): RegExp =>
      new RegExp(`^${repos.map(({ directory }, index) => `${directory}: ${said[index]}.*\n`).join('')}$`);
    const inAll = (command: string) => run(scratch.directory, 'service', command, '--all');
    expect(await inAll('install')).toMatchObject({ status: 0, stdout: expect.stringMatching(lines(RUNNING, RUNNING)) });
    expect(await inAll('status')).toMatchObject({ status: 0, stdout: expect.stringMatching(lines(RUNNING, RUNNING)) });
    expect(await run(join(scratch.directory, 'all one'), 'service', 'remove')).toMatchObject({ status: 0 });
    // The other one needs the file.
    expect(existsSync(join(manager.units, TEMPLATE))).toBe(true);
    expect(await inAll('status')).toMatchObject({ status: 1, stdout: expect.stringMatching(lines(NONE, RUNNING)) });
    // That of one that is gone goes, too.
    renameSync(join(scratch.directory, 'all-two'), join(scratch.directory, 'moved'));
    expect(await inAll('remove')).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(lines(NONE, `${UNIT}removed`)),
    });
    expect(existsSync(manager.units)).toBe(false);
    for (const { directory } of repos)
      expect(await run(scratch.directory, 'unregister', directory)).toMatchObject({ status: 0 });
  });
});

const newClone = (name: string): Promise<TestRepo> => cloneRepo(scene.scratch, scene.server.directory, name);

/** Its unit is started again at once, which else takes seconds. */
async function installedQuickly(name: string): Promise<TestRepo & { readonly unit: string }> {
  const repo = await newClone(name);
  const { manager, run } = scene;
  const folder = join(scene.scratch.directory, 'run/systemd/user', `${TEMPLATE}.d`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'quickly.conf'), '[Service]\nRestartSec=0.1\n');
  manager.systemctl('daemon-reload');
  const { status, stdout } = await run(repo.directory, 'service', 'install');
  expect(status).toBe(0);
  return { ...repo, unit: unitIn(stdout) };
}

const pidIn = (said: string): string => /running \(pid (\d+)\)/.exec(said)?.[1] ?? 'none';
const unitIn = (said: string): string => /^systemd user unit (\S+): /m.exec(said)?.[1] ?? 'none';

function programUnder({ env: its, within }: UserManager, own: Environment = {}): Scene['run'] {
  const [program = '', ...before] = within;
  const env = { ...its, ...own };
  return (directory, ...args) =>
    new Promise((resolve, reject) => {
      const words = [...before, `--wd=${directory}`, process.execPath, PROGRAM, ...args];
      execFile(program, words, { env, timeout: LIMIT_MS }, (failure, stdout, stderr) => {
        const status = failure ? failure.code : 0;
        if (typeof status === 'number') resolve({ status, stdout, stderr });
        else reject(new Error(`git-remote-daemon ${args.join(' ')}: ${failure?.message}\n${stderr}`));
      });
    });
}
