// Owns: the user manager of systemd as the one that starts services, told by systemctl(1).
// Leaves: the unit's text (systemd-unit.ts) and name (service-name.ts).
import fs from 'node:fs';
import path from 'node:path';
import { printable } from '../../../shared/printable.ts';
import { shownWord } from '../../../shared/shell-word.ts';
import { type Outcome, outputOf, runSystemCommand } from '../../host/system-command.ts';
import { UserError } from '../../user-error.ts';
import type { Seen, ServiceManager } from './manager.ts';
import { escapedPath, TEMPLATE, unitOf, whyNoUnit } from './service-name.ts';
import { systemdUnit, whyNotStarted } from './systemd-unit.ts';
import type { UserManager } from './which-manager.ts';

/** Starting waits for node to be executed, stopping for TimeoutStopSec of the unit at most. */
const LIMIT_MS = 30_000;
/** Another login manager may be slow, and what it says is only a hint. */
const LINGER_LIMIT_MS = 3_000;
const SHOWN = ['LoadState', 'ActiveState', 'UnitFileState', 'MainPID', 'Result', 'ExecMainStatus', 'ConditionResult'];

export interface Place {
  /** XDG_CONFIG_HOME, or what stands for it. */
  readonly config: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Throws a UserError where there can be no unit of this repository. */
export function systemdFor(top: string, user: UserManager, { config, env }: Place): ServiceManager {
  const why = whyNoUnit(top);
  if (why !== undefined) throw new UserError(`${printable(top)}: ${why}`);
  const folder = path.join(config, 'systemd/user');
  if (!user.reads.some((each) => realOf(each) === realOf(folder))) {
    throw new UserError(`your systemd reads no units from ${folder}: it was started with another XDG_CONFIG_HOME`);
  }
  const unit = unitOf(escapedPath(top));
  const systemctl = (...args: readonly string[]): Promise<Outcome> =>
    runSystemCommand('systemctl', ['--user', ...args], { env, limitMs: LIMIT_MS });
  const tell = async (...args: readonly string[]): Promise<void> => {
    const outcome = await systemctl(...args);
    if (outcome.kind === 'exited' && outcome.status === 0) return;
    const said = outcome.kind === 'missing' ? 'it is gone' : printable(outcome.stderr.split('\n')[0] ?? '');
    throw new UserError(`systemctl --user ${args[0]}: ${said || `it did not end within ${LIMIT_MS / 1000} s`}`);
  };
  return {
    title: `systemd user unit ${unit}`,
    file: path.join(folder, TEMPLATE),
    isShared: true,
    text: (mark) => {
      const whyNot = whyNotStarted(mark.node);
      if (whyNot !== undefined) throw new UserError(printable(whyNot));
      return systemdUnit(mark, user.version);
    },
    look: async () => {
      const shown = await systemctl('show', ...SHOWN.map((each) => `--property=${each}`), unit);
      return seen(shown.kind === 'exited' ? shown.stdout : '');
    },
    begin: async () => {
      await tell('daemon-reload');
      await tell('enable', '--quiet', unit);
      // As it was refused before, it may be so no more.
      await systemctl('reset-failed', unit);
      await tell('restart', unit);
    },
    end: async () => {
      // It may run without being enabled, and be enabled by a link alone.
      await tell('disable', '--quiet', '--now', unit);
      await systemctl('reset-failed', unit);
    },
    isUnused: async () => {
      const listed = await systemctl('list-units', '--all', '--plain', '--no-legend', unitOf('*'));
      const others = listed.kind === 'exited' ? listed.stdout.split('\n').map((line) => line.split(' ')[0]) : [];
      const isOther = (name: string | undefined): boolean => name !== undefined && name !== '' && name !== unit;
      return !others.some(isOther) && !linked(folder).some(isOther);
    },
    forget: () => tell('daemon-reload'),
    remarks: async () => ((await lingers(env)) === false ? [WITHOUT_LINGER] : []),
    knows: user.knows,
    variablesGo: `write them to a file in ${shownWord(path.join(config, 'environment.d'))}, and log in anew`,
    logCommand: `journalctl --user -u ${shownWord(unit)}`,
  };
}

/** Without links, also where its last parts are yet to be made: a home may have two names, as /home and /var/home. */
function realOf(at: string): string {
  const above = path.dirname(at);
  try {
    return fs.realpathSync(at);
  } catch {
    return above === at ? at : path.join(realOf(above), path.basename(at));
  }
}

const WITHOUT_LINGER =
  'It runs while you are logged in; to have it run always, from the start of the machine: loginctl enable-linger';

/** systemd.unit(5), systemctl(1): what `show` prints. */
export function seen(shown: string): Seen {
  const values = new Map(shown.split('\n').map((line) => [line.split('=', 1)[0] ?? '', line.replace(/^[^=]*=/, '')]));
  const ofKey = (name: string): string => values.get(name) ?? '';
  const active = ofKey('ActiveState');
  const pid = Number(ofKey('MainPID'));
  const enabled = /^(?:enabled|linked|static)/.test(ofKey('UnitFileState'));
  if (active === 'active') return { enabled, runs: 'running', ...(pid > 0 && { pid }) };
  const status = Number(ofKey('ExecMainStatus'));
  const result = ofKey('Result');
  // Then it is the signal's number.
  const isSignal = result === 'signal' || result === 'core-dump';
  const failed = isSignal ? `${result} ${status}` : `${result}${status > 0 ? `, exit status ${status}` : ''}`;
  if (active === 'activating') return { enabled, runs: 'waiting', why: `it is started again after ${failed}` };
  if (active === 'failed') return { enabled, runs: 'failed', why: failed };
  return { enabled, runs: 'stopped', ...(ofKey('ConditionResult') === 'no' && enabled && { why: NEVER }) };
}

const NEVER = 'it was not started yet, or the repository was not there';

/** Instances of the template that something here is to start. */
function linked(folder: string): string[] {
  const [before, after] = TEMPLATE.split('@') as [string, string];
  const isInstance = (name: string): boolean =>
    name.startsWith(`${before}@`) && name.endsWith(after) && name !== TEMPLATE;
  const names = (at: string): string[] => (fs.existsSync(at) ? fs.readdirSync(at) : []);
  return names(folder)
    .filter((name) => /\.(?:wants|requires|upholds)$/.test(name))
    .flatMap((name) => names(path.join(folder, name)))
    .filter(isInstance);
}

/** Whether the user manager goes on without a login; undefined: nobody knows. */
async function lingers(env: NodeJS.ProcessEnv): Promise<boolean | undefined> {
  const uid = String(process.getuid?.());
  const args = ['show-user', uid, '--property=Linger', '--value'];
  const said = await outputOf('loginctl', args, { env, limitMs: LINGER_LIMIT_MS });
  return said === 'yes' ? true : said === 'no' ? false : undefined;
}
