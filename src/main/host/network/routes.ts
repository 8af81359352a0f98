// Owns: by which gateways this machine reaches the rest of the world, as the kernel of Linux tells it.
// Leaves: what a change of them means (network.ts).
import fs from 'node:fs';
import type { Routes } from './network.ts';

/** Of a router's table of a million routes no more is read. */
const MOST_BYTES = 64 * 1024;

/** Undefined where nobody can tell. `read`: the text of a file, undefined where there is none, or it is too long. */
export function readDefaultRoutes(read: (file: string) => string | undefined = readSome): Routes {
  const [v4, v6] = ['/proc/net/route', '/proc/net/ipv6_route'].map(read);
  if (v4 === undefined && v6 === undefined) return undefined;
  return [...parseRoutes(v4 ?? ''), ...parseIpv6Routes(v6 ?? '')];
}

function readSome(file: string): string | undefined {
  let opened: number | undefined;
  try {
    opened = fs.openSync(file, 'r');
    const bytes = Buffer.alloc(MOST_BYTES);
    let length = 0;
    for (;;) {
      const more = fs.readSync(opened, bytes, length, MOST_BYTES - length, null);
      length += more;
      if (length === MOST_BYTES) return undefined;
      if (more === 0) return bytes.toString('latin1', 0, length);
    }
  } catch {
    // Another system, a kernel without that family, or hidden.
    return undefined;
  } finally {
    if (opened !== undefined) fs.closeSync(opened);
  }
}

/** linux/route.h, linux/ipv6_route.h: it says only that there is no way. */
const REJECTS = 0x200;

/** `interface destination gateway flags refs use metric mask …`, in hexadecimal (proc_net(5)). */
export function parseRoutes(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [, name, gateway, flags = ''] =
      /^(\S+)\t0{8}\t([\dA-F]{8})\t([\dA-F]{4})(?:\t\d+){3}\t0{8}\t/.exec(line) ?? [];
    if (gateway === undefined || (Number.parseInt(flags, 16) & REJECTS) !== 0) return [];
    return [`${gateway} ${name}`];
  });
}

/** `destination length source length gateway metric refs use flags interface`, in hexadecimal. */
export function parseIpv6Routes(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [, gateway, flags = '', name] =
      /^0{32} 00 [\da-f]{32} [\da-f]{2} ([\da-f]{32})(?: [\da-f]{8}){3} ([\da-f]{8})\s+(\S+)/.exec(line) ?? [];
    if (gateway === undefined || (Number.parseInt(flags, 16) & REJECTS) !== 0) return [];
    return [`${gateway} ${name}`];
  });
}
