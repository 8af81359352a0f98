// Owns: that SIGUSR1 opens no debugger: Node's own is there for every account of this machine, and runs what it is told.
// Leaves: what a daemon does at that signal (instance/stop-request.ts). To be imported by each program, before all else.
import { writeSync } from 'node:fs';

const SWITCH = '--disable-sigusr1';
/** An address that no machine has (RFC 5737): to listen there fails. */
const NOWHERE = '--inspect-port=192.0.2.1:9229';

/**
 * The arguments, before its script, of a Node that we start and that is to obey the signal in its own way. Node obeys it
 * 10 ms after its start, and no script can be there before 30: it then tries to open the debugger, and fails.
 */
export const DEBUGGER_NOWHERE: readonly string[] = [NOWHERE];

/** The same of one that need not obey it: since 22.14 Node can keep the signal from everybody, listeners included. */
export const withoutSignal = (): readonly string[] => [
  process.allowedNodeEnvironmentFlags.has(SWITCH) ? SWITCH : NOWHERE,
];

// With a listener of ours Node leaves the signal to it.
process.on('SIGUSR1', () => undefined);

/** Node may still be about to obey one that came before. */
const LOOK_AFTER_MS = [0, 1_000];

if (!process.execArgv.some((argument) => argument === SWITCH || argument === NOWHERE)) {
  for (const ms of LOOK_AFTER_MS) setTimeout(endIfOpened, ms).unref();
}

/** Whoever it lets in may have done anything by now, and keeps the process from exiting. */
function endIfOpened(): void {
  const inspector = process.features.inspector ? process.getBuiltinModule?.('node:inspector') : undefined;
  if (inspector?.url() === undefined || isAskedFor()) return;
  writeSync(2, 'fatal: SIGUSR1 opened a debugger before this had started: start it again\n');
  process.kill(process.pid, 'SIGKILL');
}

/** By a person who looks for a fault. */
function isAskedFor(): boolean {
  const options = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)];
  return options.some((option) => /^--inspect(?:-brk|-wait)?(?:=|$)/.test(option));
}
