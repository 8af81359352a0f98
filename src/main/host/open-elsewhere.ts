// Owns: which descriptors of this process lead to what another process has open, too.
// Leaves: what is done where one does (lent-stdio.ts).
import fs from 'node:fs';

/** There may be thousands of processes, and each command looks before it says a word. */
const MOST_MS = 100;

/**
 * Good for what can be opened only once, a socket. Those of which it cannot be found out, or not in time, are among them;
 * other accounts are not seen. Asked once for all of them, as every file of every process is looked at.
 */
export function openElsewhere(descriptors: readonly number[], mostMs = MOST_MS): ReadonlySet<number> {
  const untilMs = performance.now() + mostMs;
  const sought = new Map(descriptors.map((descriptor) => [descriptor, leadsTo(`/proc/self/fd/${descriptor}`)]));
  const found = new Set(descriptors.filter((descriptor) => sought.get(descriptor) === undefined));
  for (const pid of otherProcesses()) {
    if (found.size === descriptors.length) break;
    if (performance.now() > untilMs) return new Set(descriptors);
    const open = openIn(pid);
    for (const [descriptor, what] of sought) if (what !== undefined && open.has(what)) found.add(descriptor);
  }
  return found;
}

/** None where there is no /proc: nothing is found out of any descriptor then. */
function otherProcesses(): string[] {
  try {
    return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  } catch {
    return [];
  }
}

function openIn(pid: string): ReadonlySet<string | undefined> {
  try {
    return new Set(fs.readdirSync(`/proc/${pid}/fd`).map((name) => leadsTo(`/proc/${pid}/fd/${name}`)));
  } catch {
    // It has ended, or is another account's.
    return new Set();
  }
}

function leadsTo(link: string): string | undefined {
  try {
    return fs.readlinkSync(link);
  } catch {
    return undefined;
  }
}
