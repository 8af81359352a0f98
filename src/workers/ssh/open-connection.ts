// Owns: the way to a target: settings of each host on it, the choice of who speaks ssh, and the second try.
// Leaves: the choice itself (choose-connection.ts), and the two speakers.
import { DaemonError } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import type { SshTarget } from '../../shared/remote.ts';
import type { Connection } from './connection.ts';
import { connectOpenssh } from './openssh-connection.ts';
import { refuseUnsafeTarget } from './quote.ts';
import { type Destination, type ReadSettings, readSettings, type SshProgram } from './read-settings.ts';
import { routeTo } from './route.ts';
import { NeedsProgram } from './ssh2-login.ts';

export interface OpenContext {
  readonly directory: string;
  readonly passphrases: Readonly<Record<string, string>>;
  readonly log: (text: string) => void;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/** Connects to a target by ssh2, or by the ssh program where that is needed. Throws DaemonError, or when aborted. */
export async function openConnection(target: SshTarget, context: OpenContext): Promise<Connection> {
  refuseUnsafeTarget(target);
  const { command } = target;
  if (command.kind === 'shell') {
    return connectOpenssh(target, { directory: context.directory, why: 'a command of the user stands in for ssh' });
  }
  const program: SshProgram = { ...command, directory: context.directory };
  const settings = await readSettings(program, target, context.signal);
  const byProgram = (why: string): Connection => {
    if (!settings.hasProgram) throw new DaemonError('bad-ssh-config', `${why}, and there is no ${command.program}`);
    context.log(`${target.host}: by the ssh program, as ${why}`);
    return connectOpenssh(target, { directory: context.directory, why, raw: settings.raw });
  };
  try {
    return await bySsh2(program, target, settings, context);
  } catch (error) {
    if (error instanceof NeedsProgram) return byProgram(error.message);
    // It may know a way that ssh2 does not: GSSAPI, a security key, a standing master. It is asked once.
    if (error instanceof DaemonError && error.code === 'auth-refused' && settings.hasProgram) {
      context.log(error.detail);
      return byProgram('ssh2 was refused');
    }
    throw error;
  }
}

async function bySsh2(
  program: SshProgram,
  target: Destination,
  settings: ReadSettings,
  context: OpenContext,
): Promise<Connection> {
  const { hops, proxyCommand } = await routeTo(program, target, settings, context.signal);
  const timeout = hops.reduce((sum, { settings: { connectTimeoutMs } }) => sum + connectTimeoutMs, 0);
  const deadline = new AbortController();
  const why = new DaemonError('timed-out', `${printable(target.host)}: no login within ${timeout / 1000} s`);
  const timer = setTimeout(() => deadline.abort(why), timeout);
  try {
    const { connectSsh2 } = await import('./ssh2-connection.ts');
    return await connectSsh2(hops, {
      ...context,
      proxyCommand,
      signal: AbortSignal.any([context.signal, deadline.signal]),
    });
  } finally {
    clearTimeout(timer);
  }
}
