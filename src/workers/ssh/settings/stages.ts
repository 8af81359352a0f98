// Owns: the hosts on the way to a target, each with its settings, looked through to the end before anybody is called.
// Leaves: their keys, and who speaks to them (route.ts).
import { DaemonError } from '../../../shared/failures.ts';
import { THEN_RESUME } from '../../../shared/login-advice.ts';
import { printable } from '../../../shared/printable.ts';
import { sshCallIn } from './proxy-command.ts';
import { isUnsafeName } from './quote.ts';
import { type Destination, type ReadSettings, readSettings, type SshProgram } from './read-settings.ts';
import { type JumpHost, proxyOf } from './settings.ts';

export interface Stage {
  readonly program: SshProgram;
  readonly destination: Destination;
  readonly settings: ReadSettings;
}

/** Jump hosts in all, and ssh programs that a ProxyCommand starts. */
const MOST_JUMPS = 8;

interface Search {
  readonly target: string;
  readonly signal: AbortSignal;
  /** Who has been asked for on this way, and how. */
  readonly asked: Set<string>;
}

/**
 * From here to the target, which is the last. Throws bad-ssh-config: above all for a way that leads through a host
 * again, which the ssh program would follow until no process can be started any more.
 */
export function stagesTo(target: Stage, signal: AbortSignal): Promise<readonly Stage[]> {
  return stagesWithin({ target: target.destination.host, signal, asked: new Set() }, target);
}

async function stagesWithin(search: Search, stage: Stage): Promise<readonly Stage[]> {
  noteAsked(search, stage);
  const proxy = proxyOf(stage.settings.raw, stage.settings.context);
  switch (proxy.kind) {
    case 'none':
      return [stage];
    case 'command': {
      const call = sshCallIn(proxy.command, stage.settings);
      // It is run as it stands; only where it leads has to be known.
      const next = call && (await askedFor(search, { ...stage.program, ...call }, call.to).catch(saysItself(search)));
      if (next !== undefined) await stagesWithin(search, next);
      return [stage];
    }
    case 'jump':
      return [...(await stagesOverJumps(search, stage.program, proxy.hosts)), stage];
    default:
      return proxy satisfies never;
  }
}

/** The first is reached as its own settings say; the others through the one before, whatever theirs say (ssh.c). */
async function stagesOverJumps(search: Search, program: SshProgram, hosts: readonly JumpHost[]): Promise<Stage[]> {
  const ofJumps = { ...program, options: configFileOption(program.options) };
  const stages: Stage[] = [];
  for (const host of hosts) {
    if (isUnsafeName(host.host) || (host.user !== undefined && isUnsafeName(host.user))) {
      throw new DaemonError(
        'bad-ssh-config',
        `ProxyJump names the host "${printable(host.host)}", which is not allowed`,
      );
    }
    if (stages.length === 0) {
      stages.push(...(await stagesWithin(search, await askedFor(search, ofJumps, host))));
      continue;
    }
    const stage = { ...(await askedFor(search, withoutJumps(ofJumps), host)), program: ofJumps };
    noteAsked(search, stage);
    stages.push(stage);
  }
  return stages;
}

const withoutJumps = (program: SshProgram): SshProgram => ({
  ...program,
  options: [...program.options, '-oProxyJump=none'],
});

const askedFor = async ({ signal }: Search, program: SshProgram, destination: Destination): Promise<Stage> => ({
  program,
  destination,
  settings: await readSettings(program, destination, signal),
});

/** What ssh refuses it will refuse when it is run, with its words. */
const saysItself =
  ({ signal }: Search) =>
  (): undefined =>
    signal.throwIfAborted() as undefined;

/** Asked for in the same way again, a host is reached in the same way again. */
function noteAsked({ asked, target }: Search, { program, destination: { host, user, port } }: Stage): void {
  const question = JSON.stringify([program.program, program.options, host, user, port]);
  const fault = (why: string): DaemonError =>
    new DaemonError(
      'bad-ssh-config',
      `the way to ${printable(target)} ${why}; correct ProxyJump or ProxyCommand in the ssh config, ${THEN_RESUME}`,
    );
  if (asked.has(question)) throw fault(`leads through ${printable(host)} again and again`);
  if (asked.size > MOST_JUMPS) throw fault(`leads over more than ${MOST_JUMPS} other hosts`);
  asked.add(question);
}

/** All that ssh hands on to the ssh it starts for a jump host (ssh.c): `-F file`. */
function configFileOption(options: readonly string[]): readonly string[] {
  const at = options.findIndex((option) => option.startsWith('-F'));
  return at === -1 ? [] : options.slice(at, options[at] === '-F' ? at + 2 : at + 1);
}
