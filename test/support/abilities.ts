// Owns: what this machine and its git can do, found out by trying, and what happens to tests where they cannot.
// Leaves: programs that may be missing (peers.ts).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** For `describe.skipIf(lacksAbility(…))`: true where the attempt throws, which is said on stderr, with the reason. */
export function lacksAbility(whatIsTested: string, why: string, attempt: (directory: string) => void): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'grd-'));
  try {
    attempt(directory);
    return false;
  } catch {
    process.stderr.write(`\n*** SKIPPED: ${whatIsTested}: ${why}\n\n`);
    return true;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
