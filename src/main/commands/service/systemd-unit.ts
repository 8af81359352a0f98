// Owns: the text of the systemd unit, which is one for all repositories: a template.
// Leaves: its name (service-name.ts), and putting it where systemd looks (systemd.ts).
import { DEBUGGER_NOWHERE } from '../../host/no-debugger.ts';
import { MALLOC_SETTINGS } from '../malloc-settings.ts';
import { FOR_PEOPLE, type Mark, markText } from './facts.ts';
import { TEMPLATE } from './service-name.ts';

/** It brought RestartSteps. */
const GROWING_WAITS_SINCE = 254;

/**
 * `version`: of systemd. What is not here, and why: MemoryDenyWriteExecute, as V8 writes code; all that is done by seccomp
 * or a namespace, as for a user it implies NoNewPrivileges or other users' names: hooks that call sudo or sendmail, and
 * ssh-keysign, would fail, and ssh would find its own configuration in wrong hands. UMask, as it is git's, too.
 */
export function systemdUnit(mark: Mark, version: number): string {
  const { node, program, path, agent } = mark;
  const words = [quoted(node), ...[...DEBUGGER_NOWHERE, program, 'run'].map(commandWord)];
  const malloc = Object.entries(MALLOC_SETTINGS).map(([name, value]) => `${name}=${value}`);
  const environment = [`PATH=${path}`, ...(agent === undefined ? [] : [`SSH_AUTH_SOCK=${agent}`]), ...malloc];
  return `# ${FOR_PEOPLE}
# To add to it, also for one repository: systemctl --user edit ${TEMPLATE}
# ${markText(mark)}
[Unit]
Description=git-remote-daemon in %f
Documentation=man:git-remote-daemon(1)
# One that is gone is not waited for.
ConditionPathIsDirectory=%f
StartLimitIntervalSec=0

[Service]
Type=exec
WorkingDirectory=%f
ExecStart=${words.join(' ')}
ExecReload=/bin/kill -HUP $MAINPID
${environment.map((each) => `Environment=${quoted(each)}`).join('\n')}
Restart=on-failure
# Another runs already; called wrongly; no such directory; no such node: no restart mends these.
RestartPreventExitStatus=1 129 200 203
${waits(version)}
# The daemon ends what it started, in order; what is left after that is killed.
KillMode=mixed
TimeoutStopSec=10
# A git that was killed for want of memory is one fetch that failed.
OOMPolicy=continue
# What it knows of keys is not for a disk.
LimitCORE=0

[Install]
WantedBy=default.target
`;
}

/** What systemd takes as a program is no path with these, quoted or not. */
export const whyNotStarted = (node: string): string | undefined =>
  /["'\\]/.test(node)
    ? `systemd starts no program at a path with quotes or backslashes, as node's is: ${node}`
    : undefined;

/** A disk that is full, a lock server that is away, a config that is just being edited: all that may pass. */
function waits(version: number): string {
  const growing = 'RestartSec=2\nRestartSteps=8\nRestartMaxDelaySec=300';
  return version >= GROWING_WAITS_SINCE ? growing : 'RestartSec=15';
}

/** systemd.syntax(7), and `%` as of systemd.unit(5). */
const quoted = (text: string): string =>
  `"${text.replaceAll('%', '%%').replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

/** Variables are put in only where commands stand, and not for the program itself. */
const commandWord = (text: string): string => quoted(text).replaceAll('$', '$$$$');
