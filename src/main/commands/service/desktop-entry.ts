// Owns: the text of a file of XDG autostart, by which a desktop session starts the daemon of one repository.
// Leaves: its name (service-name.ts), and putting it where sessions look (autostart.ts).
import path from 'node:path';
import { DEBUGGER_NOWHERE } from '../../host/no-debugger.ts';
import { FOR_PEOPLE, type Mark, markText } from './facts.ts';

/** By the Desktop Entry Specification. A session has an SSH_AUTH_SOCK of its own, and so is not told one. */
export function desktopEntry(top: string, mark: Mark): string {
  const words = ['env', `PATH=${mark.path}`, mark.node, ...DEBUGGER_NOWHERE, mark.program, 'start'];
  return `# ${FOR_PEOPLE}
# ${markText(mark)}
[Desktop Entry]
Type=Application
Name=${value(`git-remote-daemon: ${path.basename(top)}`)}
Comment=${value(`Keeps the remotes of ${top} fresh`)}
Exec=${value(words.map(execWord).join(' '))}
Path=${value(top)}
NoDisplay=true
Terminal=false
`;
}

/** The rule of quoting of the key Exec. That of all strings comes on top of it. */
const execWord = (text: string): string => `"${text.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%')}"`;

const value = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r')
    .replace(/^ /, '\\s');
