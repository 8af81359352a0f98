// Owns: what a person may ask of the built daemon for single remotes, and what he hears: fetch, wait, watch, pause, resume, reload.
// Leaves: the socket (test/main/instance/request-socket.test.ts), and each decision by itself (test/main/supervisor).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createReleases } from '../support/at-end.ts';
import { type CommandResult, runProgram, startDaemon } from '../support/daemon.ts';
import { type GitDaemonPeer, startGitDaemon } from '../support/git-daemon-peer.ts';
import { until } from '../support/next-line.ts';
import { embeddedScene, type Scene } from '../support/scene.ts';
import type { SshPeer } from '../support/ssh-peer.ts';

interface Place extends Scene<SshPeer> {
  /** Runs a command of the program in the clone. */
  readonly command: (...args: readonly string[]) => Promise<CommandResult>;
  /** Serves the remote `open`, which is polled. */
  readonly web: GitDaemonPeer;
  /** What is here of a remote's main. */
  readonly main: (remote: string) => Promise<string>;
}

const releases = createReleases();
let place: Place;

/** `origin` by ssh, `open` polled once in an age, `odd` not watched. */
async function makePlace(atEnd: typeof releases.atEnd): Promise<Place> {
  const scene = await embeddedScene(atEnd);
  const { clone, scratch, server } = scene;
  const web = await startGitDaemon(atEnd, scratch);
  await clone.git('remote', 'add', 'open', web.url(server.directory));
  await clone.git('config', 'remotedaemon.pollInterval', '100000');
  await clone.git('config', 'remotedaemon.checkInterval', '100000');
  await clone.git('remote', 'add', 'odd', server.directory);
  await clone.git('config', 'remote.odd.remotedaemon', 'false');
  return {
    ...scene,
    web,
    command: (...args) => runProgram(clone.directory, scratch.env, ...args),
    main: (remote) => clone.git('rev-parse', `refs/remotes/${remote}/main`),
  };
}

const said = (stdout: string, status = 0, stderr = ''): CommandResult => ({ status, stdout, stderr });

describe('a daemon in the background', () => {
  beforeAll(async () => {
    place = await makePlace(releases.atEnd);
    const { command } = place;
    expect(await command('fetch')).toEqual(
      said('', 1, "error: no daemon is running here: 'git remote-daemon start', or 'git fetch'\n"),
    );
    expect((await command('start')).stdout).toMatch(/^started \(pid \d+\): watches 2 remotes\n/);
    releases.atEnd(async () => void (await command('stop')));
  });
  afterAll(releases.releaseAll);

  test('its pid file holds one number and the end of a line', async () => {
    const { pid } = JSON.parse((await place.command('status', '--json')).stdout);
    expect(readFileSync(join(place.clone.directory, '.git/remote-daemon/pid'), 'utf8')).toBe(`${pid}\n`);
  });

  test('fetches at once what is polled once in an age, and says what came', async () => {
    const { command, server, main } = place;
    expect(await command('wait')).toEqual(said(''));
    const before = await main('open');
    const tip = await server.pushCommit();
    const moved = `open: fetched main ${before.slice(0, 7)}..${tip.slice(0, 7)}\n`;
    expect(await command('fetch', 'open')).toEqual(said(moved));
    expect(await main('open')).toBe(tip);
    expect(await command('fetch', 'open')).toEqual(said('open: up to date\n'));
  });

  test('is waited for until what was there is here, of one remote or all', async () => {
    const { command, server, main } = place;
    const first = await server.pushCommit();
    expect(await command('wait', 'open')).toEqual(said(''));
    expect(await main('open')).toBe(first);
    const second = await server.pushCommit();
    expect(await command('wait', '--timeout=30')).toEqual(said(''));
    expect(await Promise.all([main('origin'), main('open')])).toEqual([second, second]);
  });

  test('of all remotes, what is left to git fetch is neither fetched nor waited for; by its name it says so', async () => {
    const { command, clone } = place;
    await clone.git('config', 'remote.open.annex-pull', 'false');
    await command('reload');
    expect(await command('fetch')).toEqual(said('origin: up to date\n'));
    expect(await command('wait')).toEqual(said(''));
    expect(await command('fetch', 'open')).toMatchObject({ status: 1, stdout: expect.stringContaining('annex-pull') });
    await clone.git('config', '--unset', 'remote.open.annex-pull');
    await command('reload');
  });

  test('answers any number of people at once', async () => {
    const { command, server, main } = place;
    const tip = await server.pushCommit();
    const answers = await Promise.all(Array.from({ length: 6 }, () => command('wait', 'open', 'origin')));
    expect(answers).toEqual(answers.map(() => said('')));
    expect(await Promise.all([main('origin'), main('open')])).toEqual([tip, tip]);
  });

  test('fetches without being waited for', async () => {
    const { command, server, main } = place;
    const tip = await server.pushCommit();
    expect(await command('fetch', '--no-wait', 'open')).toEqual(said(''));
    await until('it is here', async () => (await main('open')) === tip);
  });

  test.each([
    ['fetch', ['odd'], said('odd: failed: it is not watched: remote.odd.remotedaemon is false\n', 1)],
    ['wait', ['odd'], said('', 1, 'odd: it is not watched: remote.odd.remotedaemon is false\n')],
    ['pause', ['odd'], said('', 1, 'error: odd: it is not watched: remote.odd.remotedaemon is false\n')],
    ['watch', ['odd'], said('', 1, 'error: odd: it is not watched: remote.odd.remotedaemon is false\n')],
    ['fetch', ['orign'], said('', 1, "error: there is no remote 'orign' here; did you mean 'origin'?\n")],
    ['reload', ['orign'], said('', 1, "error: there is no remote 'orign' here; did you mean 'origin'?\n")],
  ])('%s %s is answered in a line', async (name, words, answer) => {
    expect(await place.command(name, ...words)).toEqual(answer);
  });

  test('says how a remote is watched, and why not better', async () => {
    const { command } = place;
    expect(await command('watch', 'open')).toEqual(said('open: git ls-remote every 100000 s\n'));
    const { stdout } = await command('watch', '--explain', 'origin');
    expect(stdout).toContain('chosen     git-annex-shell notifychanges over ssh\n');
    expect(stdout).toContain('- remote.origin.remotedaemonNotify is annex-shell: unset it');
  });

  test('what its server has while that is away is waited for; a fetch says why it fails, and works again', async () => {
    const { command, peer, server, main } = place;
    await peer.stop();
    const tip = await server.pushCommit();
    const fetched = await command('fetch', 'origin', 'open');
    expect(fetched.status).toBe(1);
    expect(fetched.stdout).toMatch(/^origin: failed: .*connection refused$/m);
    expect(fetched.stdout).toMatch(/^open: fetched main /m);
    const late = await command('wait', 'origin', '--timeout=0');
    expect(late).toMatchObject({ status: 1, stdout: '' });
    expect(late.stderr).toMatch(/^origin: not within 0 s: (not connected|it is being connected to)/);
    const waiting = command('wait', 'origin');
    await peer.start();
    expect(await waiting).toEqual(said(''));
    expect(await main('origin')).toBe(tip);
    expect(await command('fetch', 'origin')).toEqual(said('origin: up to date\n'));
  });

  test('a remote that is paused by its name stays so, over RESUME and RELOAD, until it is resumed', async () => {
    const { command, clone, server, peer, main } = place;
    expect(await command('pause', 'origin')).toEqual(said(''));
    await until('its connection is closed', () => peer.connections() === 0);
    const { remotes } = JSON.parse((await command('status', '--json')).stdout);
    expect(remotes).toMatchObject([
      { name: 'origin', state: 'paused' },
      { name: 'open', state: 'connected' },
    ]);
    const paused = "it is paused: 'git remote-daemon resume'";
    expect(await command('fetch', 'origin')).toEqual(said(`origin: failed: ${paused}\n`, 1));
    expect(await command('wait', 'origin')).toEqual(said('', 1, `origin: ${paused}\n`));
    // Asking connects to nothing that is paused.
    expect((await command('status', '--short', 'origin')).stdout).toBe('origin paused\n');
    const tip = await server.pushCommit();
    expect(await command('pause')).toEqual(said(''));
    await clone.git('config', 'remote.origin.annex-ignore', 'true');
    expect(await command('reload')).toMatchObject({ status: 0 });
    expect(await command('fetch', 'open')).toEqual(
      said('', 1, "error: the daemon is paused: 'git remote-daemon resume' first, or 'git fetch'\n"),
    );
    const { control } = JSON.parse((await command('status', '--json')).stdout);
    await clone.git('-c', `alias.tell=!echo RESUME > ${control}`, 'tell');
    expect(await command('wait', 'open')).toEqual(said(''));
    expect([peer.connections(), await main('open')]).toEqual([0, tip]);
    await clone.git('config', '--unset', 'remote.origin.annex-ignore');
    expect(await command('resume', 'origin')).toEqual(said(''));
    expect(await command('wait', 'origin')).toEqual(said(''));
    expect(await main('origin')).toBe(tip);
    expect(await command('pause', 'open', 'origin')).toEqual(said(''));
    expect(await command('resume')).toEqual(said(''));
    const { stdout } = await command('events', '--json');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const orders = events.filter(({ event }) => ['PAUSE', 'RESUME', 'RELOAD'].includes(event));
    expect(orders.slice(-7).map(({ event, remotes = [] }) => [event, ...remotes])).toEqual([
      ['PAUSE', 'origin'],
      ['PAUSE'],
      ['RELOAD'],
      ['RESUME'],
      ['RESUME', 'origin'],
      ['PAUSE', 'open', 'origin'],
      ['RESUME'],
    ]);
    expect(await command('fetch')).toMatchObject({ status: 0 });
  });

  test('reload says what was taken, and what was not', async () => {
    const { command, clone, server } = place;
    const unchanged = 'read the config again: no remote is different\n';
    expect(await command('reload')).toEqual(said(unchanged));
    await clone.git('config', 'remotedaemon.workers', 'many');
    const bad = 'remotedaemon.workers is "many": write a plain number from 1 to 1000';
    expect(await command('reload')).toEqual(said('', 1, `warning: the config stays as it was: ${bad}\n`));
    await clone.git('config', '--unset', 'remotedaemon.workers');
    await clone.git('config', 'remote.open.remotedaemonNotify', 'nonsense');
    const odd = await command('reload', 'open');
    expect(odd).toMatchObject({ status: 1, stdout: unchanged });
    expect(odd.stderr).toContain('remote.open.remotedaemonNotify is "nonsense"');
    await clone.git('config', '--unset', 'remote.open.remotedaemonNotify');
    await clone.git('remote', 'add', 'third', server.directory);
    // The daemon may have seen it by itself.
    expect((await command('reload')).stdout).toMatch(/^read the config again: (1 added|no remote is different)\n$/);
    expect(await command('wait', 'third')).toEqual(said(''));
    await clone.git('remote', 'remove', 'third');
  });

  test('is restarted with the options that it had', async () => {
    const { command } = place;
    const pid = async (): Promise<number> => JSON.parse((await command('status', '--json')).stdout).pid;
    const before = await pid();
    expect(await command('restart', '--verbose')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^started /),
    });
    const second = await pid();
    expect(await command('restart')).toMatchObject({ status: 0 });
    const third = await pid();
    expect(new Set([before, second, third]).size).toBe(3);
    const kept = readFileSync(join(place.clone.directory, '.git/remote-daemon/process.json'), 'utf8');
    expect(JSON.parse(kept)).toMatchObject({
      pid: third,
      mode: 'background',
      words: expect.arrayContaining(['--verbose']),
    });
  });

  test('is left as it is where another could not begin', async () => {
    const { command, clone } = place;
    const pid = async (): Promise<number> => JSON.parse((await command('status', '--json')).stdout).pid;
    const before = await pid();
    await clone.git('config', 'remotedaemon.fetchMode', 'fetchh');
    const why = 'fatal: remotedaemon.fetchMode is "fetchh": write fetch or prefetch\n';
    for (const words of [['restart'], ['start', '--replace']])
      expect(await command(...words)).toMatchObject({ status: 128, stderr: why });
    await clone.git('config', '--unset', 'remotedaemon.fetchMode');
    expect(await pid()).toBe(before);
  });
});

describe('a daemon that its parent controls', () => {
  test('is asked for single remotes all the same, and as a whole by nobody else', async () => {
    const { command, scratch, clone, server, main } = await makePlace(onTestFinished);
    const daemon = startDaemon(onTestFinished, clone.directory, scratch.env);
    await Promise.all(['origin', 'open'].map((name) => daemon.line(`CONNECTED ${name}`)));
    for (const word of ['pause', 'resume', 'reload']) {
      const { status, stderr } = await command(word);
      expect([status, stderr]).toEqual([1, expect.stringMatching(/^error: the daemon is controlled by the program/)]);
    }
    expect(await command('restart')).toMatchObject({ status: 1, stderr: expect.stringContaining('controlled by') });
    expect(await command('pause', 'open')).toEqual(said(''));
    await daemon.line('DISCONNECTED open');
    daemon.send('LOSTNET');
    await daemon.line('DISCONNECTED origin');
    const gone = "error: the daemon was told that the network is gone: 'git fetch' does not ask it\n";
    expect(await command('fetch', 'origin')).toEqual(said('', 1, gone));
    const tip = await server.pushCommit();
    const waiting = command('wait', 'origin');
    daemon.send('RESUME');
    expect(await waiting).toEqual(said(''));
    expect(await main('origin')).toBe(tip);
    expect(daemon.lines.count('CONNECTED open')).toBe(1);
    expect(await command('resume', 'open')).toEqual(said(''));
    expect(await command('wait', 'open')).toEqual(said(''));
    expect(await main('open')).toBe(tip);
    const left = command('wait', 'origin', 'open');
    daemon.send('STOP');
    expect([0, 1]).toContain((await left).status);
    expect(await daemon.gone()).toEqual({ status: 0, signal: null });
  });

  test('that was started by run is left to its starter by restart', async () => {
    const { command, scratch, clone } = await makePlace(onTestFinished);
    const daemon = startDaemon(onTestFinished, clone.directory, scratch.env, ['run']);
    await until('it runs', () => daemon.stderr().includes(' runs in '));
    expect(await command('restart')).toMatchObject({ status: 1, stderr: expect.stringContaining('has to restart it') });
    daemon.signal('SIGTERM');
    await daemon.gone();
  });
});
