// Owns: the control protocol as this daemon speaks it: over stdio or over pipes, wherever these can be, and obeyed by the supervisor.
// Leaves: how lines travel (control/), where pipes are (instance/pipes-place.ts), and all else of the daemon (daemon.ts).
import type { Happened } from '../shared/events.ts';
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

/** `note` hears of each before it is obeyed. */
export function commandsOf(
  supervisor: Supervisor,
  reload: () => void,
  stop: (why: string) => void,
  note: (happened: Happened) => void,
): Commands {
  const noted =
    <Args extends readonly unknown[]>(happened: (...args: Args) => Happened, obey: (...args: Args) => void) =>
    (...args: Args): void => {
      note(happened(...args));
      obey(...args);
    };
  return {
    pause: noted(
      () => ({ event: 'PAUSE' }),
      () => supervisor.hold(CONTROL, 'paused'),
    ),
    lostnet: noted(
      () => ({ event: 'LOSTNET' }),
      () => supervisor.hold(CONTROL, 'no-network'),
    ),
    resume: noted(
      () => ({ event: 'RESUME' }),
      () => supervisor.resume(CONTROL),
    ),
    changed: noted((refs) => ({ event: 'CHANGED', refs }), supervisor.changed),
    reload: noted(() => ({ event: 'RELOAD' }), reload),
    stop: (why) => {
      // Another end, such as that of stdin, is told by why it came.
      if (why === STOP) note({ event: STOP });
      stop(why);
    },
  };
}

const STOP = 'STOP';

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
