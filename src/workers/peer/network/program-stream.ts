// Owns: the stdin and stdout of a network's program as one stream to a peer.
// Leaves: starting and ending the program (program-call.ts).
import { Duplex } from 'node:stream';
import { DaemonError } from '../../../shared/failures.ts';
import { within } from '../../../shared/timing/within.ts';
import { CLOSING } from '../../patience.ts';
import { endingOf, type ProgramCall } from './program-call.ts';

/** One that has closed a stream is about to end, mostly; a machine that is busy takes its time for that. */
const EXIT_MS = 5_000;

/**
 * Whether the peer is there shows only by and by: a program that fails before a byte has come makes the stream fail as
 * unreachable. Destroyed it ends the program, and it is closed when that is gone. Where both halves have ended the
 * program has some time to bring the last of it away.
 */
export function streamOfProgram({ program, child, lastWords, end }: ProgramCall): Duplex {
  let hasCome = false;
  const failure = async (): Promise<DaemonError | undefined> => {
    if (hasCome || !(await within(child.exited, EXIT_MS))) return undefined;
    const exit = await child.exited;
    if (exit.status === 0) return undefined;
    return new DaemonError('unreachable', `${program} ${endingOf(exit, await lastWords())}`);
  };
  const unwritten = async (cause: Error): Promise<Error> =>
    (await failure()) ?? new DaemonError('dropped', `${program} takes no more: the stream is over`, { cause });
  const written = (done: (error?: Error | null) => void) => (error?: Error | null) => {
    if (error) void unwritten(error).then(done);
    else done();
  };
  const stream = new Duplex({
    allowHalfOpen: true,
    read: () => void child.stdout.resume(),
    write: (chunk: Buffer, _encoding, done) => void child.stdin.write(chunk, written(done)),
    final: (done) => void child.stdin.end(written(done)),
    destroy: (error, done) => {
      const isDone = stream.readableEnded && stream.writableFinished;
      void end(isDone ? CLOSING.childMs : 0).then(() => done(error));
    },
  });
  child.stdout.on('data', (chunk: Buffer) => {
    hasCome = true;
    if (!stream.push(chunk)) child.stdout.pause();
  });
  const ended = async (): Promise<void> => {
    const why = await failure();
    if (why !== undefined) stream.destroy(why);
    else if (!stream.destroyed) stream.push(null);
  };
  child.stdout.once('close', () => void ended());
  return stream;
}
