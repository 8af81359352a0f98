// Owns: what an upload-pack can say in place of capabilities, refs and a pack; the same over git:// for a few.
// Leaves: the talk that is as it should be (pack-talk.ts), and channels that are not (after-login.ts).
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { deflateSync } from 'node:zlib';
import { atUploadPack, type Evil, pour } from './behaviour.ts';
import { frames } from './frames.ts';
import { FLUSH, listing, onBand, type PackManners, pkt, speakPack, TIP } from './pack-talk.ts';

const BAND_BYTES = 60_000;
const hashOf = (index: number): string => index.toString(16).padStart(40, '0');

const overSsh = (manners: PackManners, more: Partial<Evil> = {}): Evil => ({
  ...more,
  onExec: atUploadPack(({ stream }, { begun }) => speakPack(stream, manners, begun)),
});

/** The same as a git daemon says it, which is asked in a line of its own before. */
const overGit = (manners: PackManners, more: Partial<Evil> = {}): Evil => ({
  ...more,
  scheme: 'git',
  onSocket: (socket, { begun }) => {
    socket.once('data', () => speakPack(socket, manners, begun));
  },
});

const pouring =
  (make: (index: number) => string | Uint8Array, perSecond?: number) =>
  (stream: Duplex): void =>
    pour(stream, make, perSecond);

const saying =
  (...words: readonly (string | Uint8Array)[]) =>
  (stream: Duplex): void => {
    for (const word of words) stream.write(word);
  };

/** A listing of so many; made only when it is asked for. */
const many =
  (count: number, line: (index: number) => string) =>
  (stream: Duplex): void => {
    for (let index = 0; index < count; index += 1) stream.write(pkt(`${line(index)}\n`));
    stream.write(FLUSH);
  };

/** A pack that says it holds one object, and is none. */
const packHeader = (objects: number): Buffer => {
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  header.writeUInt32BE(objects, 8);
  return header;
};
/** A blob of so many zeros, in little. */
const bomb = (bytes: number): Buffer => {
  const sizes = [0x30 | (bytes & 0x0f) | 0x80];
  for (let left = bytes >>> 4; left > 0; left >>>= 7) sizes.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
  return Buffer.concat([packHeader(1), Buffer.from(sizes), deflateSync(Buffer.alloc(bytes))]);
};

const MAIN = `${TIP} refs/heads/main`;
const endless = {
  'capabilities without end': {
    greet: pouring((index) => (index === 0 ? pkt('version 2\n') : pkt(`evil-${index}=${'c'.repeat(900)}\n`))),
  },
  'refs without end': { list: pouring((index) => pkt(`${hashOf(index + 1)} refs/heads/b${index}\n`)) },
  'progress without line ends': {
    pack: pouring((index) => onBand(2, index % 200 === 199 ? '\n' : 'p'.repeat(BAND_BYTES))),
  },
  'a pack without end': {
    pack: pouring((index) => onBand(1, index === 0 ? packHeader(1_000_000) : randomBytes(BAND_BYTES))),
  },
} as const satisfies Record<string, PackManners>;

const ONCE = {
  'greeting of no git': { greet: saying('HTTP/1.1 200 OK\r\n\r\n') },
  'greeting of bad lengths': { greet: saying('0003', 'zzzz', 'ffff') },
  'an error of long words': { greet: saying(pkt(`ERR ${'\x1b[31m\u200bno '.repeat(6_000)}`)) },
  'capabilities of control characters': {
    greet: saying(pkt('version 2\n'), pkt('agent=\x1b[31m\u200b\u202e\0evil\n'), FLUSH),
  },
  'protocol v0 of one long line': { greet: saying(pkt(`${TIP} refs/heads/main\0${' cap=x'.repeat(10_000)}\n`), FLUSH) },
  'version 99': { greet: saying(pkt('version 99\n'), FLUSH) },
  'a listing of nothing': { list: saying(FLUSH) },
  'a listing of nothing, each second time': {
    list: (stream, index) => void stream.write(index % 2 ? FLUSH : listing(MAIN)),
  },
  'a listing of bad lengths': { list: saying(pkt(MAIN), '0003', '0001', '0002', 'fff', 'g000') },
  'a listing that ends in a line': { list: (stream) => void stream.end('00ff1234') },
  'control characters in names': {
    list: saying(
      listing(`${TIP} refs/heads/\x1b[31mred\x07`, `${TIP} refs/heads/a\rb`, `${TIP} refs/heads/\x7f`, MAIN),
    ),
  },
  'invisible characters in names': {
    list: saying(
      listing(`${TIP} refs/heads/ma\u200bin`, `${TIP} refs/heads/\u202enaim`, `${TIP} refs/heads/\u{e0041}`, MAIN),
    ),
  },
  'names that lead elsewhere': {
    list: saying(
      listing(
        ...[
          'refs/heads/../../x',
          'refs/heads/../../../config',
          '../../x',
          '/etc/passwd',
          'refs/heads/-x',
          'HEAD',
          'refs/heads/.lock',
        ].map((name) => `${TIP} ${name}`),
      ),
    ),
  },
  'names twice': { list: saying(listing(MAIN, `${hashOf(7)} refs/heads/main`, MAIN)) },
  'object names that are none': {
    list: saying(listing('zzzz refs/heads/main', ` refs/heads/x`, `${'0'.repeat(40)} refs/heads/y`, `unborn HEAD`)),
  },
  'a pack of other bytes': { pack: saying(onBand(1, randomBytes(2_000)), FLUSH) },
  'a fatal error of long words': { pack: saying(onBand(3, `\x1b[31m\u200b${'no '.repeat(20_000)}\n`)) },
  'progress of control characters': {
    pack: pouring((index) => onBand(2, `\x1b[2J\u200b\u202eprogress ${index}\r\x07\n`), 200),
  },
  'progress that says it failed': {
    pack: saying(
      onBand(2, 'fatal: Could not read from remote repository.\nPermission denied (publickey).\n'),
      onBand(3, 'Permission denied (publickey)'),
    ),
  },
} as const satisfies Record<string, PackManners>;

/** Each takes a place of the lane for a while. */
const SILENT = {
  'greeting by bytes': { greet: pouring((index) => '000eversion 2\n'[index] ?? '0', 2) },
  'never a greeting': { greet: () => undefined },
  'a listing of one byte a second': { list: pouring((index) => '003'[index % 3] ?? '', 1) },
  'a listing never given': { list: () => undefined },
  'a pack never begun': { pack: () => undefined },
} as const satisfies Record<string, PackManners>;

/** Each of them alone is a burden. */
const HEAVY = {
  'protocol v0 without end': { greet: pouring((index) => pkt(`${hashOf(index + 1)} refs/heads/b${index}\n`)) },
  '400 000 short names': {
    list: many(400_000, (index) => `${hashOf(index + 1)} refs/heads/${index.toString(36)}`),
  },
  '200 000 names of one folder each': {
    list: many(200_000, (index) => `${hashOf(index + 1)} refs/heads/${index}/x`),
  },
  'names of 60 000 bytes': {
    list: many(300, (index) => `${hashOf(index + 1)} refs/heads/${'n'.repeat(60_000)}${index}`),
  },
  'names of ten thousand folders': {
    list: many(300, (index) => `${hashOf(index + 1)} refs/heads/${'n/'.repeat(10_000)}${index}`),
  },
  'attributes without number': { list: many(100, () => `${MAIN}${' peeled:x'.repeat(6_000)}`) },
  'a pack of zeros': {
    pack: (stream) => void stream.write(Buffer.concat([onBand(1, bomb(40_000_000)), Buffer.from(FLUSH)])),
  },
} as const satisfies Record<string, PackManners>;

/** Two take both places; each holds up the others for five seconds, as one that is silent does. */
const DRIPPING: Partial<Evil> = { seconds: 30, remotes: 2, limits: { fetchedMs: 8_000 } };
const POLLED: Partial<Evil> = { config: { remotedaemonNotify: 'poll' } };

/** Without regard to what the client has allowed. */
const windowIgnored = (line: string): NonNullable<Evil['onExec']> =>
  atUploadPack(({ stream, id }, link) => {
    const pack = (): void =>
      link.flood(() => frames.data(id, onBand(2, line.repeat(Math.floor(30_000 / line.length)))));
    speakPack(stream, { pack }, link.begun);
  });

const named = (
  manners: Record<string, PackManners>,
  prefix: string,
  make: (manners: PackManners) => Evil,
): Record<string, Evil> =>
  Object.fromEntries(Object.entries(manners).map(([name, how]) => [`${prefix}${name}`, make(how)]));

export const UPLOAD_PACKS: Record<string, Evil> = {
  ...named(ONCE, '', (how) => overSsh(how, { calm: true })),
  ...named(SILENT, '', overSsh),
  ...named(HEAVY, '', (how) => overSsh(how, { seconds: 12 })),
  ...named(HEAVY, 'polled: ', (how) => overSsh(how, { ...POLLED, seconds: 12 })),
  ...named(endless, 'polled: ', (how) => overSsh(how, { ...POLLED, seconds: 12 })),
  ...named(endless, '', (how) => overSsh(how, { seconds: 12 })),
  ...named(endless, 'git: ', (how) => overGit(how, { seconds: 12 })),
  '64 KiB of progress in one line': overSsh({
    pack: saying(...Array.from({ length: 3 }, () => onBand(2, 'p'.repeat(BAND_BYTES)))),
  }),
  'progress, a tick in two seconds': overSsh({ pack: pouring(() => onBand(2, 'tick\n'), 0.5) }, DRIPPING),
  'progress, two ticks a second': overSsh({ pack: pouring(() => onBand(2, 'tick\n'), 2) }, DRIPPING),
  'a pack, one byte a second': overSsh({ pack: pouring(() => onBand(1, 'P'), 1) }, DRIPPING),
  'progress beyond the window': { onExec: windowIgnored(`${'p'.repeat(70)}\n`), seconds: 15 },
  'progress without line ends beyond the window': { onExec: windowIgnored('p'), seconds: 15 },
  'data before anything is asked': {
    onExec: atUploadPack(({ stream }, { begun }) => {
      begun();
      pour(stream.resume(), () => listing(MAIN));
    }),
  },
  'stderr of upload-pack floods': {
    onExec: atUploadPack(({ stream }, { begun }) => {
      begun();
      pour(stream.stderr, () => 'e'.repeat(30_000));
      stream.resume();
    }),
  },
};
