// Owns: whether a daemon of ours runs in a repository and serves a network there, as its status tells.
// Leaves: writing that (main/instance/status-file.ts).
import { join } from 'node:path';
import { readRegularFile } from '../../../shared/system/read-regular-file.ts';

const MOST_BYTES = 64 * 1024 * 1024;

export function daemonServes(gitDir: string, network: string): boolean {
  const read = readRegularFile(join(gitDir, 'remote-daemon', 'state.json'), { mostBytes: MOST_BYTES, follow: false });
  if (read.kind !== 'read') return false;
  const status = parse(new TextDecoder().decode(read.bytes));
  const isServed = status.served?.some((each) => each?.network === network) ?? false;
  return isServed && typeof status.pid === 'number' && isAlive(status.pid);
}

interface Told {
  readonly pid?: unknown;
  readonly served?: readonly ({ readonly network?: unknown } | null)[];
}

/** Of any version: what is not as expected says nothing. */
function parse(text: string): Told {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return {};
    const { pid, served }: { pid?: unknown; served?: unknown } = value;
    return { pid, ...(Array.isArray(served) && { served }) };
  } catch {
    return {};
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
