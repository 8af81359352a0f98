// Owns: launchd as the one that starts services, told by launchctl(1).
// Leaves: the property list's text (launchd-plist.ts).
import path from 'node:path';
import { printable } from '../../../shared/printable.ts';
import { shownWord } from '../../../shared/shell-word.ts';
import { type Outcome, runSystemCommand } from '../../host/system-command.ts';
import { UserError } from '../../user-error.ts';
import { launchdPlist } from './launchd-plist.ts';
import type { Seen, ServiceManager } from './manager.ts';
import { plainName } from './service-name.ts';

const LIMIT_MS = 30_000;

export interface Place {
  readonly home: string;
  readonly uid: number;
  /** Where the daemon's log is. */
  readonly log: string;
  readonly env: NodeJS.ProcessEnv;
}

export function launchdFor(top: string, { home, uid, log, env }: Place): ServiceManager {
  const label = plainName(top);
  const file = path.join(home, 'Library/LaunchAgents', `${label}.plist`);
  const domain = `gui/${uid}`;
  const launchctl = (...args: readonly string[]): Promise<Outcome> =>
    runSystemCommand('launchctl', args, { env, limitMs: LIMIT_MS });
  const isLoaded = async (): Promise<boolean> => {
    const outcome = await launchctl('print', `${domain}/${label}`);
    return outcome.kind === 'exited' && outcome.status === 0;
  };
  const tell = async (...args: readonly string[]): Promise<void> => {
    const outcome = await launchctl(...args);
    if (outcome.kind === 'missing') throw new UserError('launchctl was not found on PATH');
    if (outcome.status !== 0)
      throw new UserError(`launchctl ${args[0]}: ${printable(outcome.stderr) || `exit status ${outcome.status}`}`);
  };
  const unload = async (): Promise<void> => {
    if (await isLoaded()) await tell('bootout', `${domain}/${label}`);
  };
  return {
    title: `launchd agent ${label}`,
    file,
    isShared: false,
    text: (mark) => launchdPlist({ label, top, log }, mark),
    look: async () => {
      const outcome = await launchctl('print', `${domain}/${label}`);
      return seen(outcome.kind === 'exited' && outcome.status === 0 ? outcome.stdout : undefined);
    },
    begin: async () => {
      // It reads the file only when it is told of it.
      await unload();
      await tell('enable', `${domain}/${label}`);
      await tell('bootstrap', domain, file);
    },
    end: unload,
    isUnused: async () => true,
    forget: async () => undefined,
    remarks: async () => [],
    // It makes the agent's socket itself, and tells all that it starts.
    knows: new Set(['SSH_AUTH_SOCK']),
    variablesGo: 'launchctl setenv NAME VALUE',
    logCommand: `tail -f ${shownWord(log)}`,
  };
}

/** What `launchctl print` said of it, which is for people: no more is taken from it than what is there since 10.10. */
export function seen(printed: string | undefined): Seen {
  if (printed === undefined) return { enabled: false, runs: 'stopped' };
  const [, pid] = /^\s*pid = (\d+)$/m.exec(printed) ?? [];
  if (pid !== undefined) return { enabled: true, runs: 'running', pid: Number(pid) };
  const [, status] = /^\s*last exit code = (\d+)/m.exec(printed) ?? [];
  const failed = status !== undefined && status !== '0';
  return failed ? { enabled: true, runs: 'waiting', why: `exit status ${status}` } : { enabled: true, runs: 'stopped' };
}
