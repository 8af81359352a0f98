// Owns: the control protocol as this daemon speaks it: over stdio or over pipes, wherever these can be, and obeyed by the supervisor.
// Leaves: how lines travel (control/), where pipes are (instance/pipes-place.ts), and all else of the daemon (daemon.ts).
import type { Endpoint, EndpointListener } from './control/endpoint.ts';
import { type Commands, createLineHandler } from './control/line-handler.ts';
import { openPipeEndpoint } from './control/pipe-endpoint.ts';
import { openStdioEndpoint } from './control/stdio-endpoint.ts';
import type { DaemonContext } from './daemon-context.ts';
import { CannotMakeFifo, makeFifo } from './host/system-command.ts';
import { leavePipesElsewhere, takePipesElsewhere } from './instance/pipes-place.ts';
import type { Holder } from './supervisor/holds.ts';
import type { Supervisor } from './supervisor/supervisor.ts';

/** All who speak the control protocol hold as one. */
const CONTROL: Holder = 'control';

export const commandsOf = (supervisor: Supervisor, reload: () => void, stop: (why: string) => void): Commands => ({
  pause: () => supervisor.hold(CONTROL, 'paused'),
  lostnet: () => supervisor.hold(CONTROL, 'no-network'),
  resume: () => supervisor.resume(CONTROL),
  changed: supervisor.changed,
  reload,
  stop,
});

/** Throws a UserError where it cannot be spoken. */
export async function openEndpoint(
  { options, directory, isInPlace, log, onStop }: DaemonContext,
  commands: Commands,
  greeting: () => string[],
): Promise<Endpoint> {
  const logControl = (text: string): void => log.info('control', text);
  const { line, end } = createLineHandler(commands, logControl);
  onStop(end);
  const listener: EndpointListener = { line, closed: commands.stop, greeting };
  if (options.mode === 'foreground') return openStdioEndpoint(listener);
  const tools = { makeFifo, isInPlace, log: logControl };
  leavePipesElsewhere(directory);
  try {
    return await openPipeEndpoint(directory, tools, listener);
  } catch (error) {
    if (!(error instanceof CannotMakeFifo)) throw error;
    onStop(() => leavePipesElsewhere(directory));
    return openPipeEndpoint(takePipesElsewhere(directory, options.env), tools, listener);
  }
}
