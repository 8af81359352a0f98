// Owns: whether this machine runs on its battery, as Linux tells it.
// Leaves: what is done then (thrift.ts).
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** One of /sys/class/power_supply: what its files say. */
export interface PowerSupply {
  /** `Mains`, `USB`, `Battery`, `UPS`, … */
  readonly type: string;
  /** `Device`: that of a mouse, say. */
  readonly scope: string;
  /** `1` of what gives power. */
  readonly online: string;
  /** `Discharging` and others, of a battery. */
  readonly status: string;
}

/** Nothing gives power, and a battery does. A machine without one never does. */
export function runsOnBattery(supplies: readonly PowerSupply[]): boolean {
  const own = supplies.filter(({ scope }) => scope !== 'Device');
  const isBattery = ({ type }: PowerSupply): boolean => type === 'Battery' || type === 'UPS';
  if (own.some((supply) => !isBattery(supply) && supply.online === '1')) return false;
  return own.some((supply) => isBattery(supply) && supply.status === 'Discharging');
}

/** Empty where there is no such folder. Asking a battery may take some ms, so not in this thread. */
export async function readPowerSupplies(folder = '/sys/class/power_supply'): Promise<PowerSupply[]> {
  const names = await readdir(folder).catch(() => []);
  const read = (name: string, file: string): Promise<string> =>
    readFile(path.join(folder, name, file), 'latin1').then(
      (text) => text.trim(),
      () => '',
    );
  return Promise.all(
    names.slice(0, MOST_SUPPLIES).map(async (name) => {
      const [type = '', scope = '', online = '', status = ''] = await Promise.all(
        ['type', 'scope', 'online', 'status'].map((file) => read(name, file)),
      );
      return { type, scope, online, status };
    }),
  );
}

const MOST_SUPPLIES = 32;
