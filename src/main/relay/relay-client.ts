// Owns: which program git runs instead of ssh: the fastest to start that this machine has.
// Leaves: what it does (relay-client.pl, and stand-in.ts, which is always there).
import fs, { existsSync } from 'node:fs';
import path from 'node:path';
import { withoutSignal } from '../host/no-debugger.ts';
import { runSystemCommand } from '../host/system-command.ts';
import { RELAY_STAND_IN } from '../places.ts';
import { script as SCRIPT } from './relay-client.pl';

/** Program and first arguments; the relay's socket comes behind them. */
export type RelayClient = readonly string[];

const node = (): RelayClient => [process.execPath, ...withoutSignal(), RELAY_STAND_IN];

/** Whether it can still be run: our own files may be replaced or removed under a daemon. */
export const isThere = (client: RelayClient): boolean =>
  !client.includes(RELAY_STAND_IN) || (existsSync(RELAY_STAND_IN) && existsSync(process.execPath));

/** It starts in 3 ms where Node takes 78 (measured). Without -C0, PERL_UNICODE may make text of what are bytes. */
const PERL = ['perl', '-C0'] as const;

/** What perl needs to know of this system to get to a socket; none where it is not perl. */
export const socketNumbers = (client: RelayClient): string => (client[0] === PERL[0] ? client.slice(-3).join(' ') : '');

/** A path that the kernel takes behind `#!` on every system. */
const PLAIN_PATH = /^\/[\w./+@-]{1,60}$/;

/** Where perl itself is, if that is the client; undefined: it is not, or what is on PATH is a script that looks for it. */
export function perlOf(client: RelayClient, { PATH = '' }: NodeJS.ProcessEnv): string | undefined {
  if (client[0] !== PERL[0]) return undefined;
  const found = PATH.split(path.delimiter)
    .map((folder) => path.join(folder, PERL[0]))
    .find(isProgram);
  return found !== undefined && PLAIN_PATH.test(found) && !isScript(found) ? found : undefined;
}

function isProgram(at: string): boolean {
  try {
    fs.accessSync(at, fs.constants.X_OK);
    return fs.statSync(at).isFile();
  } catch {
    return false;
  }
}

/** Which not every kernel starts behind `#!`. What cannot be read is none that is known to be no script. */
function isScript(at: string): boolean {
  try {
    const opened = fs.openSync(at, 'r');
    const first = Buffer.alloc(2);
    const read = fs.readSync(opened, first);
    fs.closeSync(opened);
    return read < first.length || first.toString('latin1') === '#!';
  } catch {
    return true;
  }
}

/** The family, the type, and what comes before the path in an address: a BSD's begins with its length. */
const NUMBERS = 'print join " ", PF_UNIX, SOCK_STREAM, unpack "H4a2", sockaddr_un "/x"';

/** Asks once whether this machine's perl can do it, and for the numbers it takes. Never rejects. */
export async function findRelayClient(env: NodeJS.ProcessEnv): Promise<RelayClient> {
  try {
    const [program, ...options] = PERL;
    const outcome = await runSystemCommand(program, [...options, '-MSocket', '-e', NUMBERS], { env });
    const [, ...numbers] =
      /^(\d+) (\d+) ([0-9a-f]{4}) \/x$/.exec(outcome.kind === 'exited' ? outcome.stdout : '') ?? [];
    return numbers.length > 0 ? [...PERL, '-e', SCRIPT, ...numbers] : node();
  } catch {
    // Not even started: Node is what we run on ourselves.
    return node();
  }
}
