// Owns: starting the process that kills this one if it does not end, whatever its threads and its main loop hang in.
// Leaves: what that does (watchdog.sh), and ending in order (daemon.ts).
import { spawn } from 'node:child_process';
import { readProcStat } from '../host/process-identity.ts';
import { STOP } from '../patience.ts';
import { script as SCRIPT } from './watchdog.sh';

/**
 * To be called when the daemon is to end. It takes a few ms, and is gone when this process is. `running`: the file that
 * names the git operations (git/running-file.ts). What it cannot do is told to `log`.
 */
export function startWatchdog(running: string, log: (text: string) => void): void {
  const started = readProcStat(process.pid)?.startTime ?? '';
  const args = [String(process.pid), started, String(STOP.killedMs / 1000), running];
  const failed = (error: unknown): void => log(`nothing sees to it that this ends: ${String(error)}`);
  try {
    const child = spawn('sh', ['-c', SCRIPT, 'git-remote-daemon-watchdog', ...args], {
      // No disk is kept busy by it.
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.on('error', failed);
    // Nobody writes to it: that it ends tells that this process has.
    child.stdin.on('error', () => undefined);
    child.unref();
    // What `unref` of a pipe is, its type does not tell.
    if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  } catch (error) {
    failed(error);
  }
}
