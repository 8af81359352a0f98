// Owns: the descriptors that whoever started this left open beside 0, 1 and 2, and that a child would be left, too.
// Leaves: who must have none of them (cli.ts).
import fs from 'node:fs';

/** O_CLOEXEC as Linux writes it into /proc/self/fdinfo; so it is on x86, ARM and RISC-V (fcntl(2)). */
const CLOSE_ON_EXEC = 0o2000000;
const LAST_OF_STDIO = 2;

/** Of a file of /proc/self/fdinfo: whether a program that is started finds the descriptor open. */
export function isInherited(fdinfo: string): boolean {
  const [, flags] = /^flags:\s*([0-7]+)$/m.exec(fdinfo) ?? [];
  return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
}

/**
 * Closes them. All that Node and this program open is closed in children anyhow, and Node sees to the first sixteen; but
 * one that is `exec 200>lock` of a script would stay open for a daemon's whole life, and with it the script's lock. Nothing
 * is done where there is no such /proc: on macOS libuv lets children inherit nothing else.
 */
export function closeInherited(): void {
  for (const descriptor of openDescriptors()) {
    try {
      const isLent = isInherited(fs.readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'));
      if (isLent) fs.closeSync(descriptor);
    } catch {
      // The one by which the list was read, which is closed by now.
    }
  }
}

function openDescriptors(): number[] {
  try {
    return fs
      .readdirSync('/proc/self/fdinfo')
      .map(Number)
      .filter((descriptor) => descriptor > LAST_OF_STDIO);
  } catch {
    return [];
  }
}
