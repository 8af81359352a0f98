// Owns: where the log of a daemon goes that keeps none in a file, in words for whoever looks for it.
// Leaves: the log that is in a file (show-log.ts).
import fs from 'node:fs';
import path from 'node:path';
import type { DaemonMode } from '../../shared/status.ts';

/** What the system tells of a daemon's stderr; all of it only on Linux, and only to its own account. */
export interface StderrFacts {
  /** proc_pid_fd(5): a path, `socket:[4711]`, `pipe:[4711]`. */
  readonly leadsTo?: string;
  /** What systemd tells a service of the journal's end of it (systemd.exec(5)): device and inode. */
  readonly journalStream?: string;
  /** cgroups(7): its path in the one hierarchy. */
  readonly cgroup?: string;
}

/** A sentence without its end. */
export function whereLogGoes(mode: Exclude<DaemonMode, 'background'>, facts: StderrFacts): string {
  const { leadsTo = '', journalStream } = facts;
  const [, socket] = /^socket:\[(\d+)\]$/.exec(leadsTo) ?? [];
  if (socket !== undefined && journalStream?.split(':')[1] === socket) return inJournal(facts.cgroup ?? '');
  if (leadsTo === '/dev/null') return 'its log is thrown away, as its stderr is /dev/null';
  if (/^\/dev\/(?:pts\/|tty|console)/.test(leadsTo)) return `its log goes to the terminal ${leadsTo}`;
  if (path.isAbsolute(leadsTo)) return `its log goes to ${leadsTo}`;
  return mode === 'foreground'
    ? 'its log goes to its stderr, and so to the program that started it'
    : 'its log goes to its stderr, and so to whatever started it';
}

function inJournal(cgroup: string): string {
  const unit = cgroup.split('/').findLast((part) => part.endsWith('.service') && !part.startsWith('user@'));
  if (unit === undefined) return 'its log is in the journal (journalctl)';
  return `its log is in the journal: journalctl ${cgroup.includes('/user@') ? '--user ' : ''}-u ${unit}`;
}

/** Never throws: what is not told is left out. */
export function stderrFactsOf(pid: number): StderrFacts {
  const at = `/proc/${pid}`;
  const leadsTo = read(() => fs.readlinkSync(`${at}/fd/2`));
  const environment = read(() => fs.readFileSync(`${at}/environ`, 'utf8'))?.split('\0') ?? [];
  const journalStream = environment.find((each) => each.startsWith('JOURNAL_STREAM='))?.slice('JOURNAL_STREAM='.length);
  const cgroup = read(() => fs.readFileSync(`${at}/cgroup`, 'utf8'))
    ?.split('\n')
    .find((line) => line.startsWith('0::'))
    ?.slice('0::'.length);
  return {
    ...(leadsTo !== undefined && { leadsTo }),
    ...(journalStream !== undefined && { journalStream }),
    ...(cgroup !== undefined && { cgroup }),
  };
}

function read(look: () => string): string | undefined {
  try {
    return look();
  } catch {
    // No /proc, or it has ended, or is another account's.
    return undefined;
  }
}
