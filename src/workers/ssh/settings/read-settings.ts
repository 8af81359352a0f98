// Owns: asking the ssh program for its settings of one host; OpenSSH's defaults where there is no such program.
// Leaves: what the answer says (settings.ts).
import { userInfo } from 'node:os';
import { DaemonError } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import { shownWord } from '../../../shared/shell-word.ts';
import type { Exit } from '../../../shared/system/child-process.ts';
import { saysItPasses } from '../../../shared/system/errno.ts';
import { homeHere } from '../../../shared/system/home.ts';
import { timerMs } from '../../../shared/timing/timer-ms.ts';
import { ANSWER } from '../../patience.ts';
import { CommandNotStarted, type CommandOptions, runForOutput, startFailure } from '../../run-command.ts';
import { parseSettings, type RawSettings, type SettingsContext } from './settings.ts';

/** Whom to ask about: the host as the user wrote it, and what a URL says beyond it. */
export interface Destination {
  readonly host: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
}

/** With whom is told of the processes that ask it. */
export interface SshProgram extends Pick<CommandOptions, 'directory' | 'noteChild'> {
  readonly program: string;
  readonly options: readonly string[];
}

export interface ReadSettings {
  readonly raw: RawSettings;
  readonly context: SettingsContext;
  /** False where there is no ssh program to turn to. */
  readonly hasProgram: boolean;
}

/** Port and user as git appends them: after the options, so that ssh itself decides which wins. */
export function destinationArguments({ host, user, port }: Destination): string[] {
  return [...(port === undefined ? [] : ['-p', String(port)]), user === undefined ? host : `${user}@${host}`];
}

/** What a person would type to get there, fit to be copied from a message. */
export function typedCall({ program, options }: Pick<SshProgram, 'program' | 'options'>, to: Destination): string {
  const words = [program, ...options, ...destinationArguments(to)];
  return printable(words.map(shownWord).join(' '));
}

/** Its own words, where it had any; what came from the system, or from somebody who ended it, says nothing of the config. */
export function refusedSettings(program: string, { signal }: Exit, stderr: string): DaemonError {
  if (signal !== null) return new DaemonError('not-now', `${program} -G was ended by ${signal}`);
  const code = saysItPasses(stderr) ? 'not-now' : 'bad-ssh-config';
  return new DaemonError(code, printable(stderr) || `${program} -G failed`);
}

/** The settings for a host. Throws bad-ssh-config for what ssh itself refuses, with its words; not-now. */
export async function readSettings(
  { program, options, ...child }: SshProgram,
  destination: Destination,
  signal: AbortSignal,
): Promise<ReadSettings> {
  const account = accountHere();
  const context = { directory: child.directory, variables: process.env, localUser: account.user };
  const late = AbortSignal.timeout(timerMs(ANSWER.settingsMs));
  try {
    const args = [...options, '-G', ...destinationArguments(destination)];
    const { exit, stdout, stderr, isWhole } = await runForOutput(program, args, {
      ...child,
      signal: AbortSignal.any([signal, late]),
    });
    if (exit.status !== 0) throw refusedSettings(program, exit, stderr);
    // Half of the settings would be laxer ones; what is printed last is how a host is reached.
    if (!isWhole) throw new DaemonError('timed-out', `${program} -G does not end its answer`);
    // ssh takes the home directory from passwd, not from $HOME.
    return { raw: parseSettings(stdout), context: { ...context, home: account.home }, hasProgram: true };
  } catch (error) {
    if (late.aborted) throw new DaemonError('timed-out', `${program} -G does not answer`, { cause: error });
    if (!(error instanceof CommandNotStarted)) throw error;
    if (error.code !== 'ENOENT') throw startFailure(error, 'bad-ssh-config');
    if (options.length > 0) throw new DaemonError('bad-ssh-config', `there is no ${program} to take ${options[0]}`);
    const home = homeHere();
    return {
      raw: defaultSettings(destination, account.user, home),
      context: { ...context, home },
      hasProgram: false,
    };
  }
}

/** What ssh_config(5) says holds where nothing is configured. */
export function defaultSettings({ host, user, port }: Destination, localUser: string, home: string): RawSettings {
  const files = (directory: string): string => `${directory}known_hosts ${directory}known_hosts2`;
  return new Map([
    ['hostname', [host.toLowerCase()]],
    ['user', [user ?? localUser]],
    ['port', [String(port ?? 22)]],
    ['identityfile', ['rsa', 'ecdsa', 'ed25519'].map((type) => `${home}/.ssh/id_${type}`)],
    ['userknownhostsfile', [files(`${home}/.ssh/`)]],
    ['globalknownhostsfile', [files('/etc/ssh/ssh_')]],
  ]);
}

function accountHere(): { readonly user: string; readonly home: string } {
  try {
    const { username, homedir: home } = userInfo();
    return { user: username, home };
  } catch {
    // This uid is not in passwd (a container): ssh would refuse to run at all.
    return { user: process.env.USER ?? 'nobody', home: homeHere() };
  }
}
