import { describe, expect, test } from 'vitest';
import { renderStatus } from '../../../src/main/commands/render-status.ts';
import type { DaemonStatus, RemoteStatus, ServedNetwork } from '../../../src/shared/status.ts';

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
  pid: 42,
  version: '1.2.3',
  startedAt: at(-100),
  mode: 'background',
  held: 'no',
  remotes: [],
  skipped: [],
  droppedLines: 0,
};

const render = (remotes: readonly RemoteStatus[], part: Partial<DaemonStatus> = {}): string[] =>
  renderStatus({ ...DAEMON, remotes, ...part }, NOW).split('\n');

describe('the status a person reads', () => {
  test('says all there is to say about a remote that is well', () => {
    const well = remote({
      connectedSince: at(-3 * 3600),
      lastChange: at(-200),
      lastSync: { at: at(-199), ok: true },
      syncing: true,
    });
    expect(render([well])).toEqual([
      'running (pid 42), 1 remote: 1 connected',
      '',
      'origin: connected for 3 h, syncing now',
      '  ssh://host/repo',
      '  watched by git-annex-shell notifychanges over ssh2',
      '  last change 3 min ago',
      '  last sync 3 min ago',
      '',
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
    expect(render([polled]).slice(4)).toEqual([
      '  watched by git ls-remote every 10 s',
      '  asked 7 s ago',
      '  compared 1 min ago: nothing new',
      '',
    ]);
  });

  test('says of a remote that is watched less well than it could be why', () => {
    const [, , , ...details] = render([
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
    expect(render([ill]).slice(2)).toEqual([
      'origin: waiting, next try in 32 s',
      '  ssh://host/repo',
      '  last sync failed 1 day ago: could not resolve host',
      '  last error 5 s ago: unreachable: connection refused',
      '',
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
      expect(render([remote({ state, whyNotBetter: 'no shell' })]).join('\n')).not.toMatch(/watched by|no shell/);
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
    const lines = render([], { configProblem: 'remotedaemon.workers is "many"' });
    expect(lines[1]).toBe('config: remotedaemon.workers is "many"');
  });

  test('counts the remotes by how they are', () => {
    const states = ['waiting', 'connected', 'connected', 'no-network'] as const;
    const [first] = render(states.map((state) => remote({ state })));
    expect(first).toBe('running (pid 42), 4 remotes: 2 connected, 1 waiting, 1 without network');
    expect(render([])[0]).toBe('running (pid 42), no remotes');
  });

  test('counts what is not watched, and says what else is not as one might think', () => {
    const skipped = ['old', 'gone'].map((name) => ({ name, why: 'no fetch refspec' }));
    expect(render([remote({})], { skipped })[0]).toBe('running (pid 42), 1 remote: 1 connected; 2 not watched');
    expect(render([], { fetchMode: 'prefetch' })[1]).toMatch(/^fetchMode is prefetch: .*refs\/prefetch\//);
    expect(render([], { asOf: at(-180) })[1]).toBe('it does not answer: this is what it wrote 3 min ago');
  });

  test('tells the last error while it is paused, too', () => {
    const lastError = { at: at(-60), text: 'server refused' };
    expect(render([remote({ state: 'paused', lastError })], { held: 'paused' })).toContain(
      '  last error 1 min ago: server refused',
    );
  });

  test('says that it is held, who controls it, and what is not watched', () => {
    const lines = render([], {
      held: 'paused',
      mode: 'foreground',
      skipped: [{ name: 'old', why: 'no fetch refspec' }],
    });
    expect(lines).toContain('controlled by the program that started it');
    expect(lines).toContain("paused: all connections are closed until 'git remote-daemon resume'");
    expect(lines.slice(-3)).toEqual(['not watched:', '  old: no fetch refspec', '']);
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
    const lines = render([remote({})], { served: [served({ peers }), served({ network: 'tor' })] });
    expect(lines.slice(5)).toEqual([
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
      '',
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
      render([], { served: [served({ addresses: [], ...part })] }).slice(2, -1);
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
    const lines = renderStatus(newer, NOW).split('\n');
    expect(lines.slice(0, 3)).toEqual(['running (pid 42), 1 remote: 1 dreaming', '', 'origin: dreaming']);
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
