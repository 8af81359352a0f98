// Owns: packets of ssh as bytes, also those that no server sends, and a talk before any key is agreed on.
// Leaves: sending them within a session (evil-ssh.ts), and who sends which (before-login.ts, after-login.ts).
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

/** A string of RFC 4251: its length before it. */
export const sized = (value: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([u32(bytes.length), bytes]);
};

const packed = (...parts: readonly (number | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)));

/** Payloads (RFC 4253, 4252, 4254). `channel` is the number that the receiver gave it. */
export const frames = {
  disconnect: (why: number, words: string) => packed(1, u32(why), sized(words), sized('')),
  ignore: (bytes: number) => packed(2, sized(Buffer.alloc(bytes, 'i'))),
  unimplemented: (sequence: number) => packed(3, u32(sequence)),
  debug: (words: string) => packed(4, 1, sized(words), sized('')),
  banner: (words: string) => packed(53, sized(words), sized('')),
  passwordChange: (words: string) => packed(60, sized(words), sized('')),
  globalRequest: (name: string, wantsReply: boolean, more: Uint8Array = Buffer.alloc(0)) =>
    packed(80, sized(name), wantsReply ? 1 : 0, more),
  requestSuccess: () => packed(81),
  requestFailure: () => packed(82),
  channelOpen: (type: string, sender: number, more: Uint8Array = Buffer.alloc(0)) =>
    packed(90, sized(type), u32(sender), u32(2 ** 21), u32(2 ** 15), more),
  openConfirmation: (channel: number, sender: number, window = 2 ** 21, packet = 2 ** 15) =>
    packed(91, u32(channel), u32(sender), u32(window), u32(packet)),
  windowAdjust: (channel: number, bytes: number) => packed(93, u32(channel), u32(bytes)),
  data: (channel: number, bytes: string | Uint8Array) => packed(94, u32(channel), sized(bytes)),
  extendedData: (channel: number, bytes: string | Uint8Array, code = 1) =>
    packed(95, u32(channel), u32(code), sized(bytes)),
  eof: (channel: number) => packed(96, u32(channel)),
  close: (channel: number) => packed(97, u32(channel)),
  exitStatus: (channel: number, status: number) => packed(98, u32(channel), sized('exit-status'), 0, u32(status)),
  exitSignal: (channel: number, words: string) =>
    packed(98, u32(channel), sized('exit-signal'), 0, sized(words), 0, sized(words), sized('')),
  success: (channel: number) => packed(99, u32(channel)),
  failure: (channel: number) => packed(100, u32(channel)),
} as const;

/** `forwarded-tcpip`, which nobody asked for. */
export const forwarded = (): Buffer => Buffer.concat([sized('127.0.0.1'), u32(22), sized('127.0.0.1'), u32(2_222)]);

export interface KexOffer {
  readonly kex: string;
  readonly hostKey?: string;
}

export const kexInit = ({ kex, hostKey = 'ssh-ed25519' }: KexOffer): Buffer => {
  const lists = [kex, hostKey, 'aes128-ctr', 'aes128-ctr', 'hmac-sha2-256', 'hmac-sha2-256', 'none', 'none', '', ''];
  return packed(20, randomBytes(16), ...lists.map(sized), 0, u32(0));
};

/** A packet as it is before NEWKEYS. */
export function inClear(payload: Uint8Array): Buffer {
  const gap = 8 - ((5 + payload.length) % 8);
  const padding = gap < 4 ? gap + 8 : gap;
  return packed(u32(payload.length + padding + 1), padding, payload, Buffer.alloc(padding));
}

/** Says its version, and then hears the client's packets one by one: their payloads. */
export function talkInClear(socket: Socket, hear: (payload: Buffer) => void): void {
  let held = Buffer.alloc(0);
  let isGreeted = false;
  socket.write('SSH-2.0-evil\r\n');
  socket.on('data', (chunk) => {
    held = Buffer.concat([held, chunk]);
    const end = held.indexOf('\n');
    if (!isGreeted && end !== -1) {
      isGreeted = true;
      held = held.subarray(end + 1);
    }
    while (isGreeted && held.length > 5 && held.length >= 4 + held.readUInt32BE(0)) {
      const length = held.readUInt32BE(0);
      hear(held.subarray(5, 4 + length - (held[4] ?? 0)));
      held = held.subarray(4 + length);
    }
  });
}
