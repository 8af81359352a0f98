// Owns: the process with the servers of some cases as the tests see it: where they listen, when each has begun, its end.
// Leaves: what runs in it (evil-main.ts).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { AtEnd } from '../support/at-end.ts';
import { PROGRAM } from '../support/daemon.ts';
import { createLineLog, logLines } from '../support/next-line.ts';
import { killQuietly } from '../support/processes.ts';
import type { Environment } from '../support/temp-repo.ts';

const MAIN = join(PROGRAM, '../../for-tests/test/hostile/evil-main.js');

export interface EvilServer {
  readonly port: number;
  readonly knownHosts: string;
  /** Whether it has begun within this time. */
  readonly begun: (limitMs: number) => Promise<boolean>;
  /** From now on it is a proper server. */
  readonly heal: () => void;
}

/** One for each name, in their order. */
export async function startEvil(atEnd: AtEnd, names: readonly string[], env: Environment): Promise<EvilServer[]> {
  if (names.length === 0) return [];
  const child = spawn(process.execPath, [MAIN, ...names], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  child.stdin.on('error', () => child.stdin.destroy());
  atEnd(async () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) killQuietly(child.pid);
    await exited;
  });
  const lines = createLineLog('the evil servers');
  logLines(child.stdout, lines);
  const servers: EvilServer[] = [];
  for (const name of names) {
    const { text } = await lines.next(/^LISTENING /);
    const [, port, knownHosts] = /^LISTENING (\d+) (.*)$/.exec(text) ?? [];
    servers.push({
      port: Number(port),
      knownHosts: `${knownHosts}\n`,
      begun: (limitMs) =>
        lines.next(`BEGUN ${name}`, limitMs).then(
          () => true,
          () => false,
        ),
      heal: () => void child.stdin.write(`HEAL ${name}\n`),
    });
  }
  return servers;
}
