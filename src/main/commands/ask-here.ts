// Owns: asking the daemon of this repository for something, and what a person is told where that is not to be had.
// Leaves: the socket (instance/ask-daemon.ts), and what is made of the answers (the commands).
import { setTimeout as sleep } from 'node:timers/promises';
import type { Request } from '../../shared/requests.ts';
import { type Asked, askDaemon, type Listening } from '../instance/ask-daemon.ts';
import { isStarted, NONE_RUNS, pidOf, type Running, runningDaemon } from '../instance/running-daemon.ts';
import type { StateDirectory } from '../instance/state-directory.ts';
import { UserError } from '../user-error.ts';
import { stateDirectoryHere } from './this-repository.ts';

export interface AskingHere extends Omit<Listening, 'onAnswer'> {
  /** Not called for `refused`, which is thrown as a UserError (1). */
  readonly onAnswer: (answer: Told) => void;
  /** What helps where none runs, behind `no daemon is running here: `. */
  readonly instead?: string;
}

export type Told = Exclude<Parameters<Listening['onAnswer']>[0], { say: 'refused' }>;

/** Between its lock and its socket a daemon reads its config, and ends what a killed one left. */
const SOCKET_WITHIN_MS = 5_000;
const AGAIN_MS = 50;

/** Resolves once all is answered. Throws a UserError for all else. */
export async function askHere(request: Request, asking: AskingHere): Promise<void> {
  const directory = await stateDirectoryHere();
  const giveUpAt = performance.now() + SOCKET_WITHIN_MS;
  let isLast = false;
  for (;;) {
    const asked: Asked = directory ? await askIn(directory, request, asking) : { kind: 'nobody' };
    if (asked.kind === 'answered') return;
    const running = directory && (await runningDaemon(directory));
    if (!running) throw asked.kind === 'nobody' ? noneRuns(asking.instead) : ENDED;
    if (asked.kind !== 'nobody' || isLast) throw whyNot(asked, running);
    isLast = isStarted(directory, running) || performance.now() > giveUpAt;
    await sleep(AGAIN_MS);
  }
}

/** The same of a daemon that is known to have a socket, if it has one. */
export function askIn(
  directory: StateDirectory,
  request: Request,
  { onAnswer, ...listening }: AskingHere,
): Promise<Asked> {
  return askDaemon(directory, request, {
    ...listening,
    onAnswer: (answer) => {
      if (answer.say === 'refused') throw new UserError(answer.why, 1);
      onAnswer(answer);
    },
  });
}

const noneRuns = (instead: string | undefined): UserError =>
  new UserError(instead === undefined ? NONE_RUNS : `${NONE_RUNS}: ${instead}`, 1);

const ENDED = new UserError('the daemon ended before that was done', 1);

function whyNot(asked: Exclude<Asked, { kind: 'answered' }>, running: Running): UserError {
  const daemon = `the daemon${pidOf(running)}`;
  switch (asked.kind) {
    case 'older':
      return new UserError(`${daemon} is of version ${asked.status.programVersion}, which cannot do that: ${ANEW}`);
    case 'nobody':
      return new UserError(`${daemon} has no socket to be asked by, as its log says: ${ANEW}`);
    case 'silent':
      return new UserError(`${daemon} does not answer: ${ANEW}`);
    case 'broken':
      return new UserError(`${daemon} has hung up: too many ask it at once; try again`, 1);
    case 'given-up':
      return new UserError('it was given up', 1);
    default:
      return asked satisfies never;
  }
}

const ANEW = "'git remote-daemon restart'";
