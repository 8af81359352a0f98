import { describe, expect, test } from 'vitest';
import { statusLines } from '../../../../src/main/commands/status/render.ts';
import { type ViewOptions, viewOf } from '../../../../src/main/commands/status/view.ts';
import { withoutColour } from '../../../../src/main/commands/terminal/colour.ts';
import type { DaemonStatus, RemoteStatus, ServedNetwork } from '../../../../src/shared/status.ts';

const NOW = Date.parse('2025-03-04T12:00:00Z');
const at = (secondsFromNow: number): string => new Date(NOW + secondsFromNow * 1000).toISOString();

const remote = (part: Partial<RemoteStatus>): RemoteStatus => ({
  name: 'origin',
  url: 'ssh://host/repo',
  state: 'connected',
  watchedBy: 'git-annex-shell notifychanges over ssh2',
  syncing: false,
  ...part,
});

const served = (part: Partial<ServedNetwork>): ServedNetwork => ({
  network: 'sock',
  state: 'listening',
  how: 'the program git-annex-p2p-sock',
  addresses: ['p2p-annex::sock:me'],
  peers: [],
  ...part,
});

const DAEMON: DaemonStatus = {
  version: 1,
  pid: 42,
  programVersion: '1.2.3',
  startedAt: at(-100),
  mode: 'background',
  held: 'no',
  remotes: [],
  skipped: [],
  droppedLines: 0,
};

/** All that there is to tell, unless it is asked for less. */
const render = (
  remotes: readonly RemoteStatus[],
  part: Partial<DaemonStatus> = {},
  { only = [], isVerbose = true }: Partial<ViewOptions> = {},
): string[] =>
  statusLines(viewOf({ ...DAEMON, remotes, ...part }, { nowMs: NOW, only, isVerbose }), {
    width: undefined,
    paint: withoutColour,
  });
const brief = (remotes: readonly RemoteStatus[], part: Partial<DaemonStatus> = {}): string[] =>
  render(remotes, part, { isVerbose: false });

describe('the status a person reads', () => {
  test('is a line that sums up and a table where all is well', () => {
    const well = remote({ connectedSince: at(-3 * 3600), lastChange: at(-200), lastSync: { at: at(-199), ok: true } });
    const forge = remote({
      name: 'forge',
      watchedBy: 'git ls-remote every 60 s',
      polledEveryS: 60,
      whyNotBetter: 'the server offers no shell',
    });
    expect(brief([well, forge])).toEqual([
      '2 remotes, all connected',
      '',
      'REMOTE  STATE      WATCHED BY                               LAST CHANGE',
      'origin  connected  git-annex-shell notifychanges over ssh2  3 min ago',
      'forge   connected  polled: the server offers no shell       -',
    ]);
  });

  test('tells more of what is not well, and of that alone, with what to do', () => {
    const down = remote({
      name: 'backup',
      state: 'down',
      nextTry: at(300),
      lastError: { at: at(-60), text: 'no repository is there' },
    });
    const away = remote({ name: 'laptop', state: 'waiting', lastError: { at: at(-5), text: 'connection refused' } });
    expect(brief([remote({}), down, away])).toEqual([
      '3 remotes: 1 connected, 1 waiting, 1 down',
      '',
      'REMOTE  STATE      WATCHED BY                               LAST CHANGE',
      'origin  connected  git-annex-shell notifychanges over ssh2  -',
      'backup  down       -                                        -',
      'laptop  waiting    -                                        -',
      '',
      'backup: down, next try in 5 min, or when something changes that may help',
      '  ssh://host/repo',
      '  last error 1 min ago: no repository is there',
      '  (use "git remote-daemon resume" once that is mended)',
      '',
      'laptop: waiting, next try later',
      '  ssh://host/repo',
      '  last error 5 s ago: connection refused',
      '  (use "git remote-daemon fetch laptop" to try it now)',
    ]);
  });

  test.each<[string, Partial<RemoteStatus>, readonly string[]]>([
    [
      'a sync that failed',
      { lastSync: { at: at(-9), ok: false, detail: 'locked' } },
      ['  last sync failed 9 s ago: locked', '  (use "git remote-daemon fetch origin" to try it now)'],
    ],
    [
      'a sync that failed, and what helps is said',
      { lastSync: { at: at(-9), ok: false, detail: "make 'git fetch origin' work" } },
      ["  last sync failed 9 s ago: make 'git fetch origin' work"],
    ],
    [
      'a sync that takes long',
      {
        syncing: true,
        progress: { since: at(-32), text: 'Receiving objects:  12% (34/283), 1.20 MiB | 600.00 KiB/s', percent: 12 },
      },
      ['  Receiving objects:  12% (34/283), 1.20 MiB | 600.00 KiB/s'],
    ],
    ['news that is looked at later', { newsHeldUntil: at(20) }, [expect.stringContaining('comes in 20 s')]],
    [
      'a way that could be better',
      { whyNotBetter: 'the server says: "no"', couldBeBetter: true },
      [
        '  watched by git-annex-shell notifychanges over ssh2 (the server says: "no")',
        '  (use "git remote-daemon watch --explain origin" to see why)',
      ],
    ],
    ['an error that is not over', { lastError: { at: at(-3), text: 'odd' } }, ['  last error 3 s ago: odd']],
    ['a sync that moves nothing', { syncing: true, crawls: true }, ['  ssh://host/repo']],
  ])('tells more of %s', (_what, part, lines) => {
    expect(brief([remote(part)]).slice(6)).toEqual(lines);
  });

  test('says how far a sync is in the table, and for how long it has been at it', () => {
    const progress = { since: at(-32), text: 'Receiving objects:  12% (34/283)', percent: 12 };
    const lines = brief([remote({ syncing: true, progress })]);
    expect(lines[3]).toMatch(/^origin {2}syncing 12% /);
    expect(lines[5]).toBe('origin: connected, syncing now for 32 s');
    expect(brief([remote({ syncing: true })])[3]).toMatch(/^origin {2}syncing /);
  });

  test('counts what was connected and could not be synced', () => {
    const failed = remote({ lastSync: { at: at(-9), ok: false, detail: 'locked' } });
    expect(brief([remote({}), failed])[0]).toBe('2 remotes, all connected; the last sync of 1 failed');
  });

  test('counts no others where there are none', () => {
    const failed = remote({ lastSync: { at: at(-9), ok: false, detail: 'locked' } });
    expect(brief([failed])[0]).toBe('1 remote, connected; its last sync failed');
  });

  test('says what a remote is busy with that is being connected to, where it says else by what that is watched', () => {
    expect(brief([remote({ state: 'connecting', phase: 'logging in' })])[3]).toBe(
      'origin  connecting  (logging in)  -',
    );
    expect(brief([remote({ state: 'connecting' })])[3]).toBe('origin  connecting  -           -');
  });

  test('shows of the remotes that are named all there is, and nothing of others', () => {
    const others = { skipped: [{ name: 'old', why: 'no fetch refspec' }], served: [served({})] };
    const named = (...only: string[]): string[] =>
      render([remote({}), remote({ name: 'other', state: 'down' })], others, { only, isVerbose: false });
    expect(named('origin')).toEqual([
      '1 remote, connected',
      '',
      'REMOTE  STATE      WATCHED BY                               LAST CHANGE',
      'origin  connected  git-annex-shell notifychanges over ssh2  -',
      '',
      'origin: connected',
      '  ssh://host/repo',
      '  watched by git-annex-shell notifychanges over ssh2',
    ]);
    expect(named('old')).toEqual(['no remotes; 1 not watched', '', 'not watched:', '  old: no fetch refspec']);
  });

  test('says of a remote that is polled why, unless that may be mended', () => {
    const cell = (part: Partial<RemoteStatus>): string | undefined =>
      /connected {2}(.*?) {2}/.exec(brief([remote({ polledEveryS: 60, ...part })])[3] ?? '')?.[1];
    expect(cell({ whyNotBetter: 'the server cannot notify' })).toBe('polled: the server cannot notify');
    expect(cell({})).toBe('polled every 60 s');
    expect(cell({ whyNotBetter: 'no memory', couldBeBetter: true })).toBe('polled every 60 s');
  });

  test('says all there is to say about a remote that is well, where it is asked for that', () => {
    const well = remote({
      connectedSince: at(-3 * 3600),
      lastChange: at(-200),
      lastSync: { at: at(-199), ok: true },
      syncing: true,
    });
    expect(render([well])).toEqual([
      '1 remote, connected',
      'running (pid 42) for 1 min, version 1.2.3',
      '',
      'REMOTE  STATE    WATCHED BY                               LAST CHANGE',
      'origin  syncing  git-annex-shell notifychanges over ssh2  3 min ago',
      '',
      'origin: connected for 3 h, syncing now',
      '  ssh://host/repo',
      '  watched by git-annex-shell notifychanges over ssh2',
      '  last change 3 min ago',
      '  last sync 3 min ago',
    ]);
  });

  test('says when it was last compared and nothing was new, unless it was fetched since', () => {
    const lines = (lastSync: number) =>
      render([remote({ lastCheck: at(-60), lastSync: { at: at(lastSync), ok: true } })]);
    expect(lines(-200)).toContain('  compared 1 min ago: nothing new');
    expect(lines(-5).join('\n')).not.toContain('compared');
  });

  test('says when a remote that is polled was last asked, also where the comparison is long ago', () => {
    const polled = remote({ watchedBy: 'git ls-remote every 10 s', lastPoll: at(-7), lastCheck: at(-60) });
    expect(render([polled]).slice(8)).toEqual([
      '  watched by git ls-remote every 10 s',
      '  asked 7 s ago',
      '  compared 1 min ago: nothing new',
    ]);
  });

  test('says of a remote that is watched less well than it could be why', () => {
    const details = render([
      remote({ watchedBy: 'git ls-remote every 60 s', whyNotBetter: 'no git-annex-shell on the server' }),
    ]);
    expect(details).toContain('  watched by git ls-remote every 60 s (no git-annex-shell on the server)');
  });

  test('says of a remote that is not well what is wrong, and when it is tried again', () => {
    const ill = remote({
      state: 'waiting',
      nextTry: at(32),
      lastSync: { at: at(-90_000), ok: false, detail: 'could not resolve host' },
      lastError: { at: at(-5), text: 'unreachable: connection refused' },
    });
    expect(brief([ill]).slice(5)).toEqual([
      'origin: waiting, next try in 32 s',
      '  ssh://host/repo',
      '  last sync failed 1 day ago: could not resolve host',
      '  last error 5 s ago: unreachable: connection refused',
      '  (use "git remote-daemon fetch origin" to try it now)',
    ]);
  });

  test.each<[string, Partial<RemoteStatus>]>([
    ['origin: connecting', { state: 'connecting' }],
    ['origin: connecting (logging in)', { state: 'connecting', phase: 'logging in' }],
    [
      'origin: connecting, syncing now (1.5 GiB so far), but next to nothing moves',
      { state: 'connecting', syncing: true, receivedBytes: 1.5 * 2 ** 30, crawls: true },
    ],
    ['origin: down, next try later, or when something changes that may help', { state: 'down' }],
    ['origin: paused', { state: 'paused' }],
    ['origin: without network', { state: 'no-network' }],
    ['origin: without network, next try in 32 s', { state: 'no-network', nextTry: at(32) }],
    ['origin: waiting, next try now', { state: 'waiting', nextTry: at(0.2) }],
    ['origin: waiting, next try now', { state: 'waiting', nextTry: at(0) }],
    ['origin: waiting, next try now', { state: 'waiting', nextTry: at(-0.2) }],
    ['origin: waiting, next try now', { state: 'waiting', nextTry: at(-3) }],
    ['origin: waiting, next try later', { state: 'waiting' }],
    ['origin: connected for 2 days', { connectedSince: at(-2.5 * 86_400) }],
    ['  last change just now', { lastChange: at(0) }],
    [
      '  last sync failed just now, next try in 10 s: locked',
      {
        lastSync: { at: at(0), ok: false, detail: 'locked' },
        nextTry: at(10),
      },
    ],
    [
      '  last sync failed just now, next try now: locked',
      { lastSync: { at: at(0), ok: false, detail: 'locked' }, nextTry: at(-0.1) },
    ],
    ['  last change at no time', { lastChange: 'no time' }],
  ])('%s', (line, part) => {
    expect(render([remote(part)])).toContain(line);
  });

  test.each(['connecting', 'waiting', 'down', 'paused', 'no-network', 'closing'] as const)(
    'does not say that a remote is watched which is %s',
    (state) => {
      const lines = render([remote({ state, whyNotBetter: 'no shell' })]);
      expect(lines.join('\n')).not.toMatch(/watched by|no shell/);
    },
  );

  test.each<[string, Partial<RemoteStatus>]>([
    ['it connected', { connectedSince: at(-5) }],
    ['it was fetched', { lastSync: { at: at(-5), ok: true } }],
    ['it was compared and nothing was new', { lastCheck: at(-5) }],
  ])('does not show an error that is over, since %s', (_what, part) => {
    const errorAt = (seconds: number): string =>
      render([remote({ lastError: { at: at(seconds), text: 'dropped' }, ...part })]).join('\n');
    expect(errorAt(-6)).not.toContain('dropped');
    expect(errorAt(-4)).toContain('last error 4 s ago: dropped');
  });

  test.each<[string, Partial<RemoteStatus>]>([
    ['why it is watched no better', { whyNotBetter: 'command not found' }],
    [
      'why the last fetch failed',
      {
        lastSync: { at: at(-1), ok: false, detail: 'command not found' },
        lastError: { at: at(-1), text: 'fetch failed: command not found' },
      },
    ],
    ['why the last sync failed', { lastSync: { at: at(-1), ok: false, detail: 'command not found' } }],
  ])('says only once %s', (_what, part) => {
    const lines = render([remote({ lastError: { at: at(-1), text: 'command not found' }, ...part })]);
    expect(lines.join('\n').split('command not found')).toHaveLength(2);
  });

  test('says first that the config cannot be used', () => {
    const lines = brief([], { configProblem: 'remotedaemon.workers is "many"' });
    expect(lines[1]).toBe('config: remotedaemon.workers is "many"');
  });

  test('counts the remotes by how they are', () => {
    const states = ['waiting', 'connected', 'connected', 'no-network'] as const;
    const [first] = render(states.map((state) => remote({ state })));
    expect(first).toBe('4 remotes: 2 connected, 1 waiting, 1 without network');
    expect(render([remote({ state: 'down' }), remote({ state: 'down' })])[0]).toBe('2 remotes, all down');
    expect(render([])[0]).toBe('no remotes');
  });

  test('counts what is not watched, and says what else is not as one might think', () => {
    const skipped = ['old', 'gone'].map((name) => ({ name, why: 'no fetch refspec' }));
    expect(brief([remote({})], { skipped })[0]).toBe('1 remote, connected; 2 not watched');
    expect(brief([], { fetchMode: 'prefetch' })[1]).toMatch(/^fetchMode is prefetch: .*refs\/prefetch\//);
    expect(brief([], { asOf: at(-180) })[1]).toBe('it does not answer: this is what it wrote 3 min ago');
  });

  test('tells the last error while it is paused, too', () => {
    const lastError = { at: at(-60), text: 'server refused' };
    expect(render([remote({ state: 'paused', lastError })], { held: 'paused' })).toContain(
      '  last error 1 min ago: server refused',
    );
  });

  test('says that it is held, who controls it, and what is not watched', () => {
    const lines = brief([], {
      held: 'paused',
      mode: 'foreground',
      skipped: [{ name: 'old', why: 'no fetch refspec' }],
    });
    expect(lines).toContain('controlled by the program that started it');
    expect(lines).toContain("paused: all connections are closed until 'git remote-daemon resume'");
    expect(lines.slice(-3)).toEqual(['', 'not watched:', '  old: no fetch refspec']);
    expect(render([], { doneWithout: ['no watches are left: looking instead'] })).toContain(
      'no watches are left: looking instead',
    );
    expect(render([], { held: 'no-network' })).toContain(
      "no network, as it was told: all connections are closed until 'git remote-daemon resume'",
    );
    expect(render([], { held: 'stopping' })).toContain('stopping: all connections are being closed');
  });

  test('says on which networks the repository is served, where, and who is connected', () => {
    const peers = [
      { name: 'laptop', uuid: 'u-1', rights: 'read', since: at(-180) },
      { uuid: 'u-2', rights: 'write', since: at(-5) },
    ] as const;
    const lines = brief([remote({})], { served: [served({ peers }), served({ network: 'tor' })] });
    expect(lines.slice(4)).toEqual([
      '',
      'this repository is served to peers over sock: they can connect',
      '  at p2p-annex::sock:me',
      '  by the program git-annex-p2p-sock',
      '  laptop has been connected for 3 min, and may read',
      '  a peer without a name here (u-2) has been connected for 5 s, and may read and write',
      '',
      'this repository is served to peers over tor: they can connect',
      '  at p2p-annex::sock:me',
      '  by the program git-annex-p2p-sock',
      '  nobody is connected',
    ]);
  });

  test('does not say of a network that brings news alone that anybody can connect', () => {
    const lines = render([], { served: [served({ onlyNews: true, addresses: [], peers: [] })] });
    expect(lines).toContain('news of shared remotes, over sock: they are told and heard');
    expect(lines.join('\n')).not.toMatch(/connect$|nobody is connected/m);
  });

  test('says why a network is not served, and when that is tried again', () => {
    const lastError = { at: at(-2), text: 'git-annex-p2p-sock was not found' };
    const linesOf = (part: Partial<ServedNetwork>): string[] =>
      brief([], { served: [served({ addresses: [], ...part })] }).slice(2);
    expect(linesOf({ state: 'waiting', nextTry: at(8), lastError }).filter((line) => !line.startsWith('  by'))).toEqual(
      [
        'this repository is served to peers over sock: not now, next try in 8 s',
        '  last error 2 s ago: git-annex-p2p-sock was not found',
      ],
    );
    expect(linesOf({ lastError }).join()).not.toContain('last error');
    expect(linesOf({ state: 'paused' })[0]).toBe(
      'this repository is served to peers over sock: not while it is paused',
    );
    expect(linesOf({ state: 'starting' })[0]).toMatch(/: not yet, it is being started$/);
  });

  test('shows what a newer version wrote as far as it can', () => {
    const newer: DaemonStatus = JSON.parse(
      JSON.stringify({ ...DAEMON, held: 'asleep', remotes: [{ ...remote({}), state: 'dreaming' }] }),
    );
    const lines = brief(newer.remotes, newer);
    expect(lines[0]).toBe('1 remote, dreaming');
    expect(lines[3]).toMatch(/^origin {2}dreaming /);
  });

  test('no text of a peer reaches the terminal as it came', () => {
    const evil = 'a\u001b[31m\nb';
    const lines = render(
      [remote({ url: 'https://me:secret@host/', lastError: { at: at(-1), text: evil }, name: evil })],
      {
        skipped: [{ name: evil, why: evil }],
        served: [served({ peers: [{ uuid: evil, rights: 'read', since: evil }], how: evil, addresses: [evil] })],
      },
    );
    expect(lines.join('\n')).not.toContain('\u001b');
    expect(lines.join('\n')).not.toContain('secret');
    expect(lines.filter((line) => line === 'b')).toEqual([]);
  });
});
