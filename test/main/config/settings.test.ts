import { expect, test } from 'vitest';
import { readSettings } from '../../../src/main/config/settings.ts';
import { configOf } from './read-config.ts';

const DEFAULTS = {
  remoteId: 'name',
  fetchMode: 'fetch',
  pollMs: 60_000,
  checkMs: 600_000,
  fetchTimeoutMs: 120_000,
  maxFetchBytes: undefined,
  workers: 16,
  serve: [],
  torProxy: { host: '127.0.0.1', port: 9050 },
  networks: {},
  logLevel: 'info',
  onMetered: 'run',
  onBattery: 'run',
  desktopNotes: 'off',
  fastForward: 'never',
};

test('without any key the defaults hold', () => {
  expect(readSettings(configOf())).toEqual({ kind: 'ok', settings: DEFAULTS, warnings: [] });
});

test('each key is read, in seconds, and the last value wins', () => {
  const config = configOf(
    'remotedaemon.remoteId=uri',
    'remotedaemon.fetchMode=prefetch',
    'remotedaemon.pollInterval=999',
    'remotedaemon.pollInterval=10',
    'remotedaemon.checkInterval=1',
    'remotedaemon.fetchTimeout=1780000',
    'remotedaemon.maxFetchSize=2g',
    'remotedaemon.workers=1',
    'remotedaemon.serve=tor',
    'remotedaemon.serve=hyper',
    'remotedaemon.serve=tor',
    'remotedaemon.torProxy=[::1]:9150',
    'remotedaemon.hyperBootstrap=here:49737',
    'remotedaemon.hyperBootstrap=[::1]:1',
    'remotedaemon.telehashListen=127.0.0.1:4242',
    'remotedaemon.telehashPath=203.0.113.7:4242',
    'remotedaemon.telehashPath=198.51.100.7:1',
    'remotedaemon.telehashModule=/opt/telehash',
    'remotedaemon.logLevel=debug',
    'remotedaemon.onMetered=poll',
    'remotedaemon.onBattery=pause',
    'remotedaemon.desktopNotes=upstream',
    'remotedaemon.fastForward=upstream',
  );
  const settings = {
    remoteId: 'uri',
    fetchMode: 'prefetch',
    pollMs: 10_000,
    checkMs: 1_000,
    fetchTimeoutMs: 1_780_000_000,
    maxFetchBytes: 2 * 2 ** 30,
    workers: 1,
    serve: ['tor', 'hyper'],
    torProxy: { host: '::1', port: 9150 },
    networks: {
      hyperBootstrap: ['here:49737', '[::1]:1'],
      telehashListen: '127.0.0.1:4242',
      telehashPaths: ['203.0.113.7:4242', '198.51.100.7:1'],
      telehashModule: '/opt/telehash',
    },
    logLevel: 'debug',
    onMetered: 'poll',
    onBattery: 'pause',
    desktopNotes: 'upstream',
    fastForward: 'upstream',
  };
  expect(readSettings(config)).toEqual({ kind: 'ok', settings, warnings: [] });
});

test.each([
  [
    'remotedaemon.pollInterval=5m',
    'remotedaemon.pollInterval is "5m": write a plain number of seconds from 10 to 1780000',
  ],
  [
    'remotedaemon.pollInterval=9',
    'remotedaemon.pollInterval is "9": write a plain number of seconds from 10 to 1780000',
  ],
  [
    'remotedaemon.checkInterval=5k',
    'remotedaemon.checkInterval is "5k": write a plain number of seconds from 1 to 1780000',
  ],
  ['remotedaemon.checkInterval=0', /^remotedaemon\.checkInterval is "0"/],
  ['remotedaemon.fetchTimeout=-1', /^remotedaemon\.fetchTimeout is "-1"/],
  ['remotedaemon.fetchTimeout=1780001', /^remotedaemon\.fetchTimeout is "1780001"/],
  ['remotedaemon.fetchTimeout=', /^remotedaemon\.fetchTimeout is ""/],
  ['remotedaemon.fetchTimeout', /^remotedaemon\.fetchTimeout is ""/],
  ['remotedaemon.fetchTimeout=1.5', /^remotedaemon\.fetchTimeout is "1\.5"/],
  ['remotedaemon.fetchTimeout=0x10', /^remotedaemon\.fetchTimeout is "0x10"/],
  ['remotedaemon.workers=0', 'remotedaemon.workers is "0": write a plain number from 1 to 1000'],
  [
    'remotedaemon.maxFetchSize=much',
    'remotedaemon.maxFetchSize is "much": write a size, such as 500m or 2g; 0 is no limit',
  ],
  ['remotedaemon.maxFetchSize=-1', /^remotedaemon\.maxFetchSize is "-1"/],
  ['remotedaemon.workers=many', /^remotedaemon\.workers is "many"/],
  ['remotedaemon.fetchMode=all', /^remotedaemon\.fetchMode is "all": write fetch or prefetch/],
  ['remotedaemon.remoteId=url', 'remotedaemon.remoteId is "url": write name or uri'],
])('%s is refused, and it is said what to write', (entry, why) => {
  expect(readSettings(configOf(entry))).toEqual({
    kind: 'bad',
    why: typeof why === 'string' ? why : expect.stringMatching(why),
  });
});

test('a key that is not known is warned of, with the one that may have been meant', () => {
  const config = configOf(
    'remotedaemon.pollIntervall=5',
    'remotedaemon.Worker=5',
    'remotedaemon.announceAs=x',
    'remotedaemon.a.b=1',
    'remote.x.remotedaemon=true',
    'remotedaemons.x=1',
  );
  expect(readSettings(config)).toEqual({
    kind: 'ok',
    settings: DEFAULTS,
    warnings: [
      'remotedaemon.pollintervall is no key that this version knows; did you mean remotedaemon.pollInterval?',
      'remotedaemon.worker is no key that this version knows; did you mean remotedaemon.workers?',
      'remotedaemon.announceas is no key that this version knows',
      'remotedaemon.a.b is no key that this version knows',
    ],
  });
});

test('a network of a name that none has is warned of and passed over, and an empty value takes back what is before it', () => {
  const serve = (...names: readonly string[]) => {
    const result = readSettings(configOf(...names.map((name) => `remotedaemon.serve=${name}`)));
    return result.kind === 'ok' ? [result.settings.serve, result.warnings] : expect.fail(result.why);
  };
  expect(serve('tor', '../x', 'Tor', 'sock')).toEqual([
    ['tor', 'sock'],
    ['../x', 'Tor'].map((name) => expect.stringContaining(`"${name}", which is no name of a network`)),
  ]);
  expect(serve('tor', 'sock', '')).toEqual([[], []]);
  expect(serve('tor', '', 'sock')).toEqual([['sock'], []]);
});

test.each(['9050', 'h:0', 'h:65536', ':9050', 'a b:1', ''])('tor has no proxy at "%s"', (text) => {
  expect(readSettings(configOf(`remotedaemon.torProxy=${text}`))).toMatchObject({ kind: 'bad' });
});

test('the longest wait, and a fifth on top, is one that a timer can have', () => {
  const result = readSettings(configOf('remotedaemon.checkInterval=1780000', 'remotedaemon.pollInterval=1780000'));
  const settings = result.kind === 'ok' ? result.settings : expect.fail(result.why);
  expect(Math.max(settings.checkMs, settings.pollMs) * 1.2).toBeLessThan(2 ** 31);
});

test.each(['here', 'here:0', 'here:65536', ':1', 'a b:1'])('hyper has no node at "%s"', (text) => {
  expect(readSettings(configOf(`remotedaemon.hyperBootstrap=${text}`))).toMatchObject({ kind: 'bad' });
});

test.each(['4242', '127.0.0.1', 'localhost:1', '256.0.0.1:1', '1.2.3:1', '1.2.3.4.:1', '0.0.0.0:65536'])(
  'telehash listens not at "%s"',
  (text) => {
    for (const key of ['telehashListen', 'telehashPath'])
      expect(readSettings(configOf(`remotedaemon.${key}=${text}`))).toMatchObject({ kind: 'bad' });
  },
);
