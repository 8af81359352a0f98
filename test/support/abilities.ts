// Owns: what this machine and its git can do, found out by trying, and what happens to tests where they cannot.
// Leaves: programs that may be missing (peers.ts).
import { spawnSync } from 'node:child_process';
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
    return skipped(whatIsTested, why);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The same where programs of this machine can have no namespaces of their own, made by these words for unshare(1). */
export function lacksOwn(whatIsTested: string, what: string, words: readonly string[]): boolean {
  const { status, stderr, error } = spawnSync('unshare', words, { encoding: 'utf8' });
  if (status === 0) return false;
  const reason = `${what} of its own are not to be had here (${(stderr ?? String(error)).trim()})`;
  return required(whatIsTested, reason, { ofRootOnly: !words.includes('--map-root-user') });
}

/** With REQUIRE_PEERS=1 what is missing throws, so that nothing is skipped unseen; else it is said. */
export function required(whatIsTested: string, reason: string, { ofRootOnly = false } = {}): true {
  if (process.env.REQUIRE_PEERS === '1' && !(ofRootOnly && process.getuid?.() !== 0))
    throw new Error(`${whatIsTested}: ${reason}, and REQUIRE_PEERS=1 is set`);
  return skipped(whatIsTested, reason);
}

function skipped(whatIsTested: string, reason: string): true {
  process.stderr.write(`\n*** SKIPPED: ${whatIsTested}: ${reason}\n\n`);
  return true;
}
