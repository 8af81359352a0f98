// Owns: whether another process has open what a descriptor of this one leads to.
// Leaves: what is done where it does (lent-stdio.ts).
import fs from 'node:fs';

/** There may be thousands of processes, and each command looks before it says a word. */
const MOST_MS = 100;

/**
 * Good for what can be opened only once, a socket. True where it cannot be found out, or not in time; other accounts are
 * not seen.
 */
export function isElsewhereOpen(descriptor: number, mostMs = MOST_MS): boolean {
  const untilMs = performance.now() + mostMs;
  try {
    const what = fs.readlinkSync(`/proc/self/fd/${descriptor}`);
    const others = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
    return others.some((pid) => performance.now() > untilMs || hasOpen(pid, what));
  } catch {
    return true;
  }
}

function hasOpen(pid: string, what: string): boolean {
  try {
    return fs.readdirSync(`/proc/${pid}/fd`).some((name) => leadsTo(`/proc/${pid}/fd/${name}`) === what);
  } catch {
    // It has ended, or is another account's.
    return false;
  }
}

function leadsTo(link: string): string | undefined {
  try {
    return fs.readlinkSync(link);
  } catch {
    return undefined;
  }
}
