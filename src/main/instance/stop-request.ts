// Owns: the one wait of a running daemon: for whatever ends it first, and the signals it obeys.
// Leaves: how it ends (daemon.ts), and what ends it if it does not (watchdog.ts).
import { STOP } from '../patience.ts';

export interface StopRequest {
  /** Asks the daemon to end; the first call counts. */
  readonly stop: (why: string) => void;
  /** A bug showed itself: the daemon ends in order, and says so with its exit status. */
  readonly fail: (error: unknown) => void;
  /** Settles with the exit status at the first `stop` or `fail`. */
  readonly requested: Promise<number>;
}

/** git's exit status for what is fatal. */
const FATAL = 128;

/** `begins` is called once, at the first of them, with why it ends. */
export function createStopRequest(
  log: (level: 'info' | 'error', text: string) => void,
  begins: (why: string) => void,
): StopRequest {
  let resolveRequested: (status: number) => void = () => undefined;
  const requested = new Promise<number>((resolve) => {
    resolveRequested = resolve;
  });
  let hasBegun = false;
  const settle = (status: number, why: string): void => {
    if (!hasBegun) {
      hasBegun = true;
      begins(why);
      setTimeout(() => process.exit(status), STOP.goneMs).unref();
    }
    resolveRequested(status);
  };
  return {
    stop: (why) => {
      log('info', `stopping: ${why}`);
      settle(0, why);
    },
    fail: (error) => {
      log('error', `stopping after a fault of our own: ${error instanceof Error ? error.stack : String(error)}`);
      settle(FATAL, `a fault of its own: ${error instanceof Error ? error.message : String(error)}`);
    },
    requested,
  };
}

/** What a signal asks of a daemon that goes on. */
export interface SignalActions {
  readonly reload: () => void;
  /** Writes all that is known of the remotes into the log. */
  readonly describe: () => void;
}

/**
 * SIGTERM and SIGINT stop, SIGHUP reloads, SIGUSR1 describes, and a fault that nobody caught fails. For the life of the
 * process: a second signal must not cut short what the first one began. `actions` is asked at each signal.
 */
export function handleSignals(request: StopRequest, actions: () => SignalActions): void {
  process.on('SIGTERM', () => request.stop('SIGTERM'));
  process.on('SIGINT', () => request.stop('SIGINT'));
  process.on('SIGHUP', () => actions().reload());
  process.on('SIGUSR1', () => actions().describe());
  process.on('uncaughtException', request.fail);
  process.on('unhandledRejection', request.fail);
}
