// Owns: notify commands of a user that have gone mad.
// Leaves: running them (src/workers/notify-command).
import type { Expectations } from './behaviour.ts';

export interface EvilCommand extends Expectations {
  readonly command: string;
}

export const COMMANDS: Record<string, EvilCommand> = {
  'stdout flood': { command: 'exec yes' },
  'stdout flood of names': { command: 'exec yes refs/heads/main', mostFetches: 40 },
  'stdout without line ends': { command: 'exec cat /dev/zero' },
  'stderr flood': { command: 'echo; exec yes "$(printf "\\033[31m\\342\\200\\213")complaint" >&2' },
  'stderr without line ends': { command: 'echo; exec cat /dev/zero >&2' },
  'ends at once, always': { command: 'exit 3' },
  'ends with long words': { command: 'head -c 1000000 /dev/zero | tr "\\0" w >&2; exit 3' },
  'obeys nothing': { command: 'trap "" TERM HUP INT; echo; while :; do sleep 1; done' },
  'leaves children that obey nothing': {
    command: 'echo; for i in 1 2 3 4 5; do sh -c \'trap "" TERM HUP INT; while :; do sleep 1; done\' & done; exit 0',
  },
  'children hold its output': { command: 'echo; sleep 100 & exit 0' },
  'closes its output': { command: 'exec >&- 2>&-; exec sleep 1000' },
  'reads all its input': { command: 'echo; exec cat' },
};
