// Owns: carrying between git and a service of the other side, once that has spoken, until both are done or one has gone.
// Leaves: how the service is reached (door.ts, dial.ts), and what is said in it.
import { gatherBytes } from '../../../shared/gathered-bytes.ts';
import { createFlushWatch } from '../../../shared/git-protocol/flush-watch.ts';
import { versionSpoken } from '../../../shared/git-protocol/greeting.ts';
import type { Service } from '../../../shared/p2p/lines.ts';
import { within } from '../../../shared/timing/within.ts';
import type { Channel } from '../../upload-pack/channel.ts';
import { type GitEnds, onceGone } from './git-ends.ts';

export type Joined =
  | { readonly kind: 'served'; readonly status: number }
  /** It never spoke: nothing of git was lost with it. `complaint`: what it said of that, maybe nothing. */
  | { readonly kind: 'silent'; readonly complaint: string };

/** What git's helpers exit with when they fail. */
export const FAILED = 128;

/** Each service says at least every 5 s that it is at work (uploadpack.keepAlive, receive.keepAlive), where git is not old. */
const SILENCE_MS = 600_000;
/** The same when git has said its last: a fetch is all here then; what was pushed may still be looked through. */
const LAST_SILENCE_MS: Readonly<Record<Service, number>> = {
  'git-upload-pack': 15_000,
  'git-receive-pack': 120_000,
};
const LAST_WORDS_MS = 1_000;
/** Enough to know the version of the protocol by. */
const GREETING_BYTES = 32;
/** Of complaints, until it is known what they are worth. */
const MOST_HELD_BYTES = 64 * 1024;

/** `firstMs`: how long it may take to speak. Never rejects; the channel is closed afterwards, and git's ends are not. */
export async function joinGit(channel: Channel, git: GitEnds, service: Service, firstMs: number): Promise<Joined> {
  const held = gatherBytes(MOST_HELD_BYTES);
  const hold = (bytes: Uint8Array): void => held.add(bytes);
  channel.stderr.on('data', hold);
  const first = await firstWord(channel, git, firstMs);
  if (first !== 'spoken') {
    // What it complains of may still be on its way.
    if (first === 'ended') await within(channel.exit, LAST_WORDS_MS);
    channel.close();
    if (first === 'gone') return { kind: 'served', status: FAILED };
    return { kind: 'silent', complaint: Buffer.from(held.view()).toString('utf8') };
  }
  git.output.write('\n');
  git.complaints.write(held.view());
  channel.stderr.off('data', hold).on('data', (bytes: Uint8Array) => void git.complaints.write(bytes));
  const status = await carry(channel, git, service);
  channel.close();
  await new Promise<void>((resolve) => git.output.write('', () => resolve()));
  return { kind: 'served', status };
}

/** `gone`: git is. */
function firstWord({ stdout }: Channel, git: GitEnds, limitMs: number): Promise<'spoken' | 'ended' | 'late' | 'gone'> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle('late'), limitMs);
    const stopLooking = onceGone(git, () => settle('gone'));
    const settle = (what: 'spoken' | 'ended' | 'late' | 'gone'): void => {
      clearTimeout(timer);
      stopLooking();
      resolve(what);
    };
    stdout.once('readable', () => settle(stdout.readableLength > 0 ? 'spoken' : 'ended'));
    stdout.once('close', () => settle('ended'));
  });
}

/** Gives the exit status: that of the service, or FAILED where one of the two has gone before. */
async function carry(channel: Channel, git: GitEnds, service: Service): Promise<number> {
  const { isOver, ...hears } = watchWords(service);
  let timer: NodeJS.Timeout | undefined;
  let hasEnded = false;
  const cut = new Promise<number>((resolve) => {
    const waitFor = (ms: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => resolve(FAILED), ms);
    };
    const ended = (): void => (isOver() ? resolve(0) : waitFor(LAST_SILENCE_MS[service]));
    channel.stdout.on('data', (bytes: Buffer) => {
      hears.server(bytes);
      // As long as it is git's turn to speak, nobody is waited for: it may ask a person, or run a hook.
      if (hasEnded) ended();
      else clearTimeout(timer);
    });
    git.input.on('data', (bytes: Buffer) => {
      hears.git(bytes);
      waitFor(SILENCE_MS);
    });
    git.input.once('end', () => {
      hasEnded = true;
      ended();
    });
    git.output.once('error', () => resolve(FAILED));
  });
  channel.stdout.pipe(git.output, { end: false });
  git.input.pipe(channel.stdin);
  const exited = channel.exit.then((exit) => (exit.kind === 'status' ? exit.status : FAILED));
  const status = await Promise.race([exited, cut]);
  clearTimeout(timer);
  git.input.unpipe(channel.stdin);
  channel.stdout.unpipe(git.output);
  return status;
}

/**
 * In protocol v2 upload-pack waits for more until its client goes, and git may go without a word. All is said then that
 * was asked for: how it exits is not worth the way there and back, and a peer does not hear that git has closed its end.
 */
function watchWords(service: Service) {
  const watch = createFlushWatch();
  let first = Buffer.alloc(0);
  return {
    server: (bytes: Uint8Array): void => {
      if (versionSpoken(first) === 'unclear') first = Buffer.concat([first, bytes.subarray(0, GREETING_BYTES)]);
      watch.onServerBytes(bytes);
    },
    git: watch.onClientBytes,
    isOver: (): boolean => service === 'git-upload-pack' && versionSpoken(first) === 'v2' && watch.isAnswered(),
  };
}
