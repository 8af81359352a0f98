// Owns: what a command that starts a daemon was told about it.
// Leaves: which options there are (table/rows-running.ts), and starting it (start.ts, daemon.ts).
import type { DaemonOptions } from '../daemon-context.ts';
import type { Call } from './command-line.ts';

export type Starting = Pick<DaemonOptions, 'replace' | 'remoteId' | 'parentPid' | 'logLevel'>;

export function startingOf({ options }: Call): Starting {
  const remoteId = options.get('--remote-id');
  const parentPid = options.get('--parent-pid');
  const logLevel = options.has('--verbose') ? 'debug' : options.has('--quiet') ? 'warn' : undefined;
  return {
    replace: options.has('--replace'),
    ...((remoteId === 'name' || remoteId === 'uri') && { remoteId }),
    ...(parentPid !== undefined && { parentPid: Number(parentPid) }),
    ...(logLevel && { logLevel }),
  };
}
