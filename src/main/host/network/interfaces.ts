// Owns: whether this machine has a network, and noticing that it came back or that the machine woke from sleep.
// Leaves: what is done about it (supervisor).
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

const LOOK_EVERY_MS = 5_000;
/** A timer that is this late slept: the machine was suspended (or stopped), and links may be dead without knowing it. */
const SLEPT_MS = 15_000;

export interface NetworkWatch {
  readonly isOnline: () => boolean;
  readonly close: () => void;
}

/** Calls `cameBack` when a network appears or changes its addresses, and after a sleep. No traffic is made. */
export function watchNetwork(cameBack: (why: string) => void): NetworkWatch {
  let seen = addresses(networkInterfaces());
  let lookedAtMs = Date.now();
  const look = (): void => {
    const nowMs = Date.now();
    const slept = nowMs - lookedAtMs > LOOK_EVERY_MS + SLEPT_MS;
    const current = addresses(networkInterfaces());
    const appeared = current.some((address) => !seen.includes(address));
    seen = current;
    lookedAtMs = nowMs;
    if (appeared) cameBack('the network came back or changed');
    else if (slept) cameBack('this machine woke from sleep');
  };
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  return {
    isOnline: () => addresses(networkInterfaces()).length > 0,
    close: () => clearInterval(timer),
  };
}

/** Addresses through which another host may be reached: not loopback, and not link-local IPv6, which is there without a network. */
export function addresses(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): string[] {
  return Object.values(interfaces)
    .flatMap((infos) => infos ?? [])
    .filter((info) => !info.internal && !/^fe80:/i.test(info.address))
    .map((info) => info.address);
}
