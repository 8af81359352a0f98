// Owns: the command `restart`: by whom the daemon that runs is to be started again, and having that done.
// Leaves: stopping and starting (instance/place.ts, start.ts).
import { readFileSync } from 'node:fs';
import { closeInherited } from '../host/inherited.ts';
import { outputOf, runSystemCommand } from '../host/system-command.ts';
import { workingDirectory } from '../host/working-directory.ts';
import { wordsOf } from '../instance/pid-file.ts';
import { pidOf, type Running, runningDaemon } from '../instance/running-daemon.ts';
import { prepareStateDirectory, type StateDirectory } from '../instance/state-directory.ts';
import { UserError } from '../user-error.ts';
import { parseCommandLine } from './command-line.ts';
import type { Handler } from './handler.ts';
import { unitOf } from './service-unit.ts';
import { startIn } from './start-here.ts';
import { type Starting, startingOf } from './starting.ts';
import { findCommonDirectory } from './this-repository.ts';

export const restartCommand: Handler = async (call, { print }) => {
  closeInherited();
  const cwd = workingDirectory();
  const directory = prepareStateDirectory(await findCommonDirectory(cwd, process.env));
  const running = await runningDaemon(directory);
  const unit = running && (await unitThatRuns(running));
  if (unit) {
    await restartUnit(unit);
    print(`restarted by systemd: ${unit.name}\n`);
    return 0;
  }
  const before = running ? startedWith(directory, running) : {};
  // By the new one, once it has seen that it can begin.
  const starting: Starting = { ...before, ...startingOf(call), replace: running !== undefined };
  print(`${await startIn(directory, { ...starting, cwd, env: process.env })}\n`);
  return 0;
};

interface ServiceUnit {
  readonly manager: 'user' | 'system';
  readonly name: string;
}

/** Throws a UserError (1) where somebody else has started it, and has to start it again. */
async function unitThatRuns(running: Running): Promise<ServiceUnit | undefined> {
  if (running.kind === 'unnamed' || running.mode === 'background') return undefined;
  if (running.mode === 'foreground')
    throw new UserError(`the daemon${pidOf(running)} is controlled by the program that started it`, 1);
  const name = unitOf(cgroupOf(running.pid));
  for (const manager of name === undefined ? [] : MANAGERS)
    if (name !== undefined && (await isMainOf({ manager, name }, running.pid))) return { manager, name };
  throw new UserError(
    `the daemon${pidOf(running)} was started by 'git remote-daemon run': whoever did that has to restart it; ` +
      "or 'git remote-daemon start --replace' takes over, in the background",
    1,
  );
}

const MANAGERS = ['user', 'system'] as const;

function cgroupOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    // No Linux, or it has ended.
    return '';
  }
}

/** One that was begun by hand in a terminal is in the unit of that. */
async function isMainOf({ manager, name }: ServiceUnit, pid: number): Promise<boolean> {
  const args = [`--${manager}`, 'show', '--property=MainPID', '--value', '--', name];
  return (await outputOf('systemctl', args, { env: process.env })) === `${pid}`;
}

async function restartUnit({ manager, name }: ServiceUnit): Promise<void> {
  const args = [`--${manager}`, 'restart', '--', name];
  const done = await runSystemCommand('systemctl', args, { env: process.env, limitMs: RESTARTED_WITHIN_MS });
  if (done.kind === 'exited' && done.status === 0) return;
  const why = done.kind === 'exited' && done.stderr !== '' ? `: ${done.stderr.split('\n')[0]}` : '';
  throw new UserError(`systemctl --${manager} restart ${name} failed${why}`);
}

/** It waits until the old one is gone. */
const RESTARTED_WITHIN_MS = 60_000;

/** As the daemon that runs was told to be. */
function startedWith(directory: StateDirectory, running: Running): Partial<Starting> {
  if (running.kind === 'unnamed') return {};
  const known = wordsOf(directory, running).filter((word) => AGAIN.test(word));
  const command = parseCommandLine(['start', ...known], {});
  return command.kind === 'call' ? startingOf(command.call) : {};
}

/** Which of its words are said again. */
const AGAIN = /^--(?:remote-id=|verbose$|quiet$)|^-[vq]$/;
