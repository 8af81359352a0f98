// Owns: that no text of a stranger stops whoever reads it: each parser and filter is given the worst that is known for it.
// Leaves: what they read (the tests of each), and that a server cannot stop the daemon so (the other tests here).
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { tellsOfMoves } from '../../src/main/git/fetch-words.ts';
import { createLastWords } from '../../src/main/git/last-words.ts';
import { consumed } from '../../src/shared/control-protocol/control.ts';
import { createLineSplitter } from '../../src/shared/control-protocol/line-splitter.ts';
import { failureOf } from '../../src/shared/failures.ts';
import { gitFailure, isLostRace } from '../../src/shared/git-failures.ts';
import { createFlushSplitter } from '../../src/shared/git-protocol/flush-splitter.ts';
import { createPktReader } from '../../src/shared/git-protocol/pkt-line.ts';
import { createRefListing } from '../../src/shared/git-protocol/ref-listing.ts';
import { createFrameReader } from '../../src/shared/git-protocol/relay-frame.ts';
import { parseRequest } from '../../src/shared/git-protocol/v2-request.ts';
import { parseRefLines } from '../../src/shared/refs/ref-advertisement.ts';
import { parseRefName } from '../../src/shared/remote.ts';
import { parseRemoteUrl, remoteUri } from '../../src/shared/remote-uri.ts';
import { collect } from '../../src/shared/system/child-process.ts';
import { notification } from '../../src/shared/watch-protocol/notification.ts';
import { serverWatch } from '../../src/shared/watch-protocol/server-watch.ts';
import { disksNow, parseMounts } from '../../src/workers/local/file-systems.ts';
import { changeBetween } from '../../src/workers/local/ref-changes.ts';
import { findRepository } from '../../src/workers/local/repository-layout.ts';
import { refsIn } from '../../src/workers/notify-command/hints.ts';
import { opensshFailure } from '../../src/workers/ssh/connection/openssh-failures.ts';
import { readKnownHosts } from '../../src/workers/ssh/settings/known-hosts.ts';
import { notifyFailure } from '../../src/workers/ssh/watch/notify-failures.ts';
import { makeScratch } from '../support/temp-repo.ts';

const MIB = 1024 * 1024;
/**
 * Of this process alone, so that others on the machine count for nothing. What takes a step for each character needs
 * some hundredths of a second for a mebibyte; what takes the square of it, some minutes.
 */
const MOST_CPU_S = 5;

/** Repeated to a mebibyte. */
const much = (text: string, characters = MIB): string => text.repeat(Math.ceil(characters / text.length));

/** Where no text is longer, since whoever gathers it stops there. */
const SHORT = 8 * 1024;

function expectQuick(read: () => unknown): void {
  const before = process.cpuUsage();
  read();
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000_000).toBeLessThan(MOST_CPU_S);
}

/** A stream of it in pieces of so many bytes. */
function inPieces(text: string, bytes: number, take: (chunk: Buffer) => unknown): void {
  const all = Buffer.from(text);
  for (let at = 0; at < all.length; at += bytes) take(all.subarray(at, at + bytes));
}

const lastWordsOf = (text: string, bytes: number): string => {
  const words = createLastWords(32 * 1024);
  inPieces(text, bytes, (chunk) => words.push(chunk.toString()));
  return words.text();
};

const CALLED = { host: 'host', call: 'ssh host', remote: 'origin' };
const ANNEX = { shell: 'git-annex-shell', host: 'host' };
const FAILED = { kind: 'status', status: 1 } as const;
const NO_REFS = {
  ...{ head: undefined, loose: new Map(), packed: undefined, tables: '' },
  ...{ comparable: true, isLinked: false },
};

/** What reads it, and the worst for it. */
const READERS: readonly (readonly [string, (text: string) => unknown, readonly string[]])[] = [
  ['what git prints for a person', (text) => lastWordsOf(text, 64 * 1024), ['x', '\r', 'x\r', '\n']],
  ['the same in small pieces', (text) => lastWordsOf(text.slice(0, MIB / 4), 16), ['x', '\r', '\n']],
  [
    'why git failed',
    gitFailure,
    ['x', '\n', "cannot lock ref '", "': '", "repository '", 'Connection to ', 'Timeout, server ', 'fatal: '],
  ],
  ['whether a race was lost', isLostRace, ['is at a', 'is at ', 'a']],
  ['whether a fetch moved anything', tellsOfMoves, [' * ', '\n * ', '\n * x ->', ' -> ']],
  ['the refs that a server lists', parseRefLines, ['a', ' ', '\n', 'a ', `${'1'.repeat(40)} refs/heads/x\n`]],
  ['a ref name', (text) => parseRefName(`refs/${text}`), ['a', 'a/', '.', '.lock', '/']],
  ['a line of the control protocol', consumed.parse, [' ', 'a', 'a ', '\t']],
  ['a notification', (text) => notification.parse(`CHANGED ${text}x`), [' ', 'a', 'a ']],
  ['a line of the watcher', (text) => serverWatch.parse(`GONE ${text}x`), [' ', 'a', 'a ']],
  ['what a notify command says', refsIn, [' ', 'refs/heads/', 'refs/heads/x ', '/']],
  ['a URL', (text) => parseRemoteUrl(`ssh://${text}`), ['@', '[', ':', '@[', 'a:', '%41', '/']],
  ['a URL as one word', (text) => remoteUri(`ssh://${text}`), ['@', '[', ':', '@[', 'a:', '/']],
  ['known hosts', (text) => readKnownHosts([text], 'a'.repeat(250), 22), ['a', ' ', 'a*', '*,', '!', '|1|', '@ ']],
  ['mounts', parseMounts, ['a ', ' - ', '\n', '\\040', 'a a a a a']],
  ['packed refs', (text) => changeBetween(NO_REFS, { ...NO_REFS, packed: { stamp: '1', text } }), ['\n', ' ']],
  [
    'why git-annex-shell failed',
    (text) => notifyFailure(FAILED, text.slice(0, SHORT), ANNEX),
    ['git-annex-shell: ', 'No such file or directory: ', 'No ', '\n', ' '],
  ],
  [
    'why ssh failed',
    (text) => opensshFailure({ kind: 'signal', signal: 'SIGTERM' }, text.slice(0, SHORT), CALLED),
    ['No ', 'terminating, 1', '\n', ' '],
  ],
];

test.each(READERS.flatMap(([what, read, worst]) => worst.map((text) => [what, text, read] as const)))(
  '%s: a mebibyte of %j is read in no time',
  (_what, text, read) => {
    expectQuick(() => read(`${much(text)}!`));
  },
);

const silently = (read: () => unknown): void => {
  try {
    read();
  } catch {
    // That it is refused is what the other tests tell.
  }
};

/** A new reader for each stream. */
const STREAMS: readonly (readonly [string, () => (chunk: Buffer) => unknown, readonly string[]])[] = [
  ['packets', createPktReader, ['fff0', '0004', '0000', `ffef${'x'.repeat(65_515)}`]],
  ['where packets end', createFlushSplitter, ['fff0', '0004', '0000', `ffef${'x'.repeat(65_515)}`]],
  ['frames', createFrameReader, ['\0\0\0\0\0', '\0\0\0\xff\xff']],
  ['lines', () => createLineSplitter().push, ['x', '\n', '\r']],
  [
    'a listing of refs',
    () => {
      const listing = createRefListing([]);
      return (chunk) => listing.push(chunk);
    },
    ['0004', '0000', `0032${'1'.repeat(40)} r/x\n`],
  ],
  [
    'what a program prints',
    () => {
      const stream = new PassThrough();
      collect(stream, MIB);
      return (chunk) => stream.emit('data', chunk);
    },
    ['x'],
  ],
];

test.each(STREAMS.flatMap(([what, open, worst]) => worst.map((text) => [what, text.slice(0, 8), text, open] as const)))(
  '%s: a mebibyte of %j is read in no time, in large pieces and in single bytes',
  (_what, _shown, text, open) => {
    for (const bytes of [32 * 1024, 1]) {
      const read = open();
      expectQuick(() => silently(() => inPieces(much(text, MIB / 4), bytes, read)));
    }
  },
);

test('a request of protocol v2 is read in no time', () => {
  expectQuick(() => parseRequest(Buffer.from(`0014command=fetch${much('0004')}`)));
});

test.each([
  ['.git', 'gitdir: ', '\n'],
  ['.git', 'gitdir: x', '\r\n'],
  ['commondir', '', '\n'],
  ['HEAD', 'ref:', ' '],
])('a %s file of %j and many %j is read in no time, and is no repository', (name, begin, many) => {
  const { directory } = makeScratch(onTestFinished);
  for (const folder of ['objects', 'refs']) mkdirSync(join(directory, folder));
  writeFileSync(join(directory, 'HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(directory, name), `${begin}${much(many, 60 * 1024)}x`);
  let code = '';
  expectQuick(() => {
    try {
      findRepository(directory, disksNow());
    } catch (error) {
      ({ code } = failureOf(error));
    }
  });
  expect(code).toBe('not-there');
});

test('what git says last is kept, and of a line that progress overwrote its end, however it is cut', () => {
  const said = 'one\nx\rxx\rtwo\r\nhalf\r\r\nthree\rfour';
  for (let bytes = 1; bytes <= said.length; bytes += 1)
    expect(lastWordsOf(said, bytes)).toBe('one\ntwo\r\n\r\r\nfour'.replace('\r\r\n', '\r\n'));
  expect(lastWordsOf(`${'x'.repeat(100_000)}\nlast`, 7)).toHaveLength(32 * 1024);
});
