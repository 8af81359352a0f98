// Owns: the text of the property list by which launchd starts the daemon of one repository.
// Leaves: putting it where launchd looks, and telling launchd (launchd.ts).
import { build } from 'plist';
import { DEBUGGER_NOWHERE } from '../../host/no-debugger.ts';
import { FOR_PEOPLE, type Mark, markText } from './facts.ts';

export interface Agent {
  readonly label: string;
  readonly top: string;
  /** Where its stderr goes, that is, its log. */
  readonly log: string;
}

/** launchd.plist(5). launchd knows no exit status that is not to be followed by a restart but 0. */
export function launchdPlist({ label, top, log }: Agent, mark: Mark): string {
  const { node, program, path, agent } = mark;
  const list = build({
    Label: label,
    ProgramArguments: [node, ...DEBUGGER_NOWHERE, program, 'run'],
    WorkingDirectory: top,
    EnvironmentVariables: { PATH: path, ...(agent !== undefined && { SSH_AUTH_SOCK: agent }) },
    RunAtLoad: true,
    KeepAlive: { SuccessfulExit: false },
    ThrottleInterval: 30,
    StandardErrorPath: log,
    HardResourceLimits: { Core: 0 },
  });
  // Behind the line that says what is defined where, and before the list.
  return list.replace(/^<plist /m, `<!-- ${FOR_PEOPLE} -->\n<!-- ${markText(mark)} -->\n$&`);
}
