// Owns: what a server, or whoever is on the way to it, can do before anybody has logged in.
// Leaves: what comes after that (after-login.ts), and sending it (evil-ssh.ts).
import type { Socket } from 'node:net';
import type { Evil } from './behaviour.ts';
import { pour } from './behaviour.ts';
import { frames, inClear, type KexOffer, kexInit, sized, talkInClear } from './frames.ts';

const GEX_REQUEST = 34;
const KEX_INIT = 20;
const KEX_FIRST = 30;
/** 2^n-1 is prime: checked by nobody, and as costly as any of its size. */
const PRIMES = { middling: 4_423, huge: 9_941 } as const;

const mersenne = (bits: number): Buffer => {
  const text = ((1n << BigInt(bits)) - 1n).toString(16);
  const bytes = Buffer.from(text.padStart(Math.ceil(bits / 8) * 2, '0'), 'hex');
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
};

/** Only group exchange is offered, and the group is of this size. */
const groupOf =
  (bits: number): NonNullable<Evil['onSocket']> =>
  (socket, { begun }) => {
    begun();
    const group = Buffer.concat([Buffer.from([31]), sized(mersenne(bits)), sized(Buffer.from([2]))]);
    offering({ kex: 'diffie-hellman-group-exchange-sha256' }, (type) => (type === GEX_REQUEST ? [group] : []))(socket);
  };

/** Says its KEXINIT, and answers a packet of the client with those. */
const offering =
  (offer: KexOffer, answer: (type: number) => readonly Buffer[]) =>
  (socket: Socket): void => {
    talkInClear(socket, (payload) => {
      if (payload[0] === KEX_INIT) socket.write(inClear(kexInit(offer)));
      for (const packet of answer(payload[0] ?? 0)) socket.write(inClear(packet));
    });
  };

/** Its half of the exchange is that. The host key is one that nobody knows. */
const halfOf = (kex: string, half: Buffer): Evil => ({
  calm: true,
  mayNotBegin: true,
  onSocket: (socket, { begun }) => {
    begun();
    const key = Buffer.concat([sized('ssh-ed25519'), sized(Buffer.alloc(32, 7))]);
    const signature = Buffer.concat([sized('ssh-ed25519'), sized(Buffer.alloc(64, 7))]);
    const reply = Buffer.concat([Buffer.from([31]), sized(key), sized(half), sized(signature)]);
    offering({ kex }, (type) => (type === KEX_FIRST ? [reply] : []))(socket);
  },
});

/** Says this as soon as somebody comes, then nothing. */
const onlySaying = (...words: readonly (string | Uint8Array)[]): Evil => ({
  calm: true,
  onSocket: (socket, { begun }) => {
    begun();
    socket.resume();
    for (const word of words) socket.write(word);
  },
});

const pouring = (make: (index: number) => string | Uint8Array, ...first: readonly (string | Uint8Array)[]): Evil => ({
  onSocket: (socket, { begun }) => {
    begun();
    socket.resume();
    for (const word of first) socket.write(word);
    pour(socket, make);
  },
});

const VERSION = 'SSH-2.0-evil\r\n';
const OFFER: KexOffer = { kex: 'curve25519-sha256' };

export const BEFORE_LOGIN = {
  'silent after tcp': onlySaying(),
  'silent after its version': onlySaying(VERSION),
  'silent after kexinit': onlySaying(VERSION, inClear(kexInit(OFFER))),
  'version without end': pouring(() => 'x'.repeat(4_096), 'SSH-2.0-'),
  'lines before its version': pouring((index) => `welcome ${index} \x1b[31m\n`),
  'version one byte a second': {
    calm: true,
    onSocket: (socket, { begun }) => {
      begun();
      pour(socket.resume(), () => 'S', 1);
    },
  },
  'cut at once': {
    calm: true,
    onSocket: (socket, { begun }) => {
      begun();
      socket.resetAndDestroy();
    },
  },
  'disconnect in clear': {
    calm: true,
    heals: true,
    onSocket: (socket, { begun }) => {
      begun();
      socket.resume().write(VERSION);
      socket.end(inClear(frames.disconnect(14, 'Too many authentication failures')));
    },
  },
  'disconnect in clear of its words': {
    calm: true,
    heals: true,
    onSocket: (socket, { begun }) => {
      begun();
      socket.resume().write(VERSION);
      socket.end(inClear(frames.disconnect(14, `Permission denied (publickey).\x07\u200b${'d'.repeat(20_000)}`)));
    },
  },
  'lies in clear before its version': {
    calm: true,
    heals: true,
    onSocket: (socket, { begun }) => {
      begun();
      socket.resume().end('Permission denied (publickey).\r\nHost key verification failed.\r\n');
    },
  },
  'packet of 4 GB in clear': onlySaying(VERSION, Buffer.alloc(64, 0xff)),
  'ignore flood in clear': pouring(() => inClear(frames.ignore(16)), VERSION),
  'debug flood in clear': pouring((index) => inClear(frames.debug(`debug ${index} \u200b`)), VERSION),
  'kexinit flood in clear': pouring(() => inClear(kexInit(OFFER)), VERSION),
  'kexinit of long names': onlySaying(VERSION, inClear(kexInit({ kex: `${'k,'.repeat(16_000)}curve25519-sha256` }))),
  'nothing in common': onlySaying(VERSION, inClear(kexInit({ kex: 'a-kex-of-its-own@evil' }))),
  'group of 9941 bits': { seconds: 20, mostCpuS: 10, mayNotBegin: true, onSocket: groupOf(PRIMES.huge) },
  'group of 4423 bits': { seconds: 20, mostCpuS: 10, mayNotBegin: true, onSocket: groupOf(PRIMES.middling) },
  'point that is on no curve': halfOf('ecdh-sha2-nistp256', Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 9)])),
  'point of nothing': halfOf('curve25519-sha256', Buffer.alloc(32)),
  'half of 30 000 bytes': halfOf('diffie-hellman-group14-sha256', Buffer.alloc(30_000, 0x7f)),
  'half of zero': halfOf('diffie-hellman-group16-sha512', Buffer.alloc(0)),
  'service never accepted': {
    calm: true,
    onConnection: (link) => {
      link.forget('serviceAccept');
      link.client.on('handshake', link.begun);
    },
  },
  'login never answered': { calm: true, onAuth: (_login, { begun }) => begun() },
  'half a login for ever': {
    calm: true,
    onAuth: (login, { begun }) => {
      begun();
      login.reject(['publickey'], true);
    },
  },
  'every method there is': {
    calm: true,
    onAuth: (login, { begun }) => {
      begun();
      login.reject(['publickey', 'password', 'keyboard-interactive', 'hostbased']);
    },
  },
  'cut at each login': {
    calm: true,
    onAuth: (login, { begun, socket }) => {
      if (login.method !== 'publickey') return login.reject(['publickey']);
      begun();
      socket.destroy();
    },
  },
  'banner flood': {
    seconds: 12,
    onAuth: (_login, { begun, flood }) => {
      begun();
      flood(() => frames.banner(`\x1b[31mevil \x07\u009b2J ${'b'.repeat(200)}`));
    },
  },
  'banner flood of eight remotes': {
    seconds: 12,
    remotes: 8,
    onAuth: (_login, { begun, flood }) => {
      begun();
      flood((index) => frames.banner(`banner ${index}\n`), 2_000);
    },
  },
  'banners by the thousand, then a login': {
    onAuth: (login, { begun, send }) => {
      if (login.method !== 'publickey') return login.reject(['publickey']);
      for (let count = 0; count < 1_700; count += 1) send(frames.banner(`welcome ${count}\n`));
      begun();
      login.accept();
    },
  },
  'banner of 200 KB': {
    calm: true,
    onAuth: (login, { begun, send }) => {
      if (login.method === 'publickey') return login.accept();
      send(frames.banner('w\u200b\u202e\n'.repeat(25_000)));
      begun();
      login.reject(['publickey']);
    },
  },
  'ignore flood before login': {
    onAuth: (_login, { begun, flood }) => {
      begun();
      flood(() => frames.ignore(32));
    },
  },
  'global requests before login': {
    onAuth: (_login, { begun, flood }) => {
      begun();
      flood((index) => frames.globalRequest(`evil-${index}@evil`, true));
    },
  },
  'channels before login': {
    onAuth: (_login, { begun, flood }) => {
      begun();
      flood((index) => frames.channelOpen('session', index));
    },
  },
} as const satisfies Record<string, Evil>;
