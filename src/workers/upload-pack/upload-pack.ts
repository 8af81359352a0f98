// Owns: running a remote's upload-pack for one client after the other.
// Leaves: its spelling (spelling.ts), asking it ahead (ahead/ahead.ts), the socket the clients come over (relay.ts).
import type { Readable } from 'node:stream';
import { gatherBytes } from '../../shared/gathered-bytes.ts';
import { createFlushWatch } from '../../shared/git-protocol/flush-watch.ts';
import { versionSpoken } from '../../shared/git-protocol/greeting.ts';
import type { FrameKind } from '../../shared/git-protocol/relay-frame.ts';
import type { RefAdvertisement } from '../../shared/refs/ref-advertisement.ts';
import { ANSWER } from '../patience.ts';
import { type AheadChannel, type AheadOptions, createAhead, type News } from './ahead/ahead.ts';
import type { Channel, ChannelExit, OpenChannel } from './channel.ts';
import { canWait, type Run, type Spelling, type SpellingState, step, toTry } from './spelling.ts';

/** A `git fetch`, which asks much the same as the last one did, maybe because of news; or a listing, by a fresh process. */
export type ClientKind = 'fetch' | 'fetch-after-news' | 'listing';

/** Git's end of a command: what it sends, and what it is told. */
export interface Client {
  readonly kind: ClientKind;
  readonly input: Readable;
  readonly inputEnded: Promise<void>;
  /** False: wait for `drained`. */
  readonly write: (kind: FrameKind, payload: Uint8Array) => boolean;
  readonly drained: (then: () => void) => void;
  /** Says the exit status, and that this was all. */
  readonly finish: (status: number) => void;
  /** Resolves when git, or the process it runs, is gone. */
  readonly gone: Promise<void>;
}

export interface UploadPackOptions extends Omit<AheadOptions, 'run' | 'runSpare'> {
  readonly openChannel: OpenChannel;
  /** For one that is started before it is needed; throws where that would be in the way. */
  readonly openSpare: OpenChannel;
  /** What git asks a server for: `git-upload-pack '/dir'`. */
  readonly command: string;
  /** Where it is known which spelling serves, before any has. */
  readonly spelling?: SpellingState;
  /** False: after a fetch none is started for the next one, before there are news. */
  readonly startsBeforeNews?: boolean;
}

/** What ssh exits with when it fails by itself (ssh(1)). */
export const NO_CONNECTION = 255;

export interface UploadPack {
  /** Serves a client; settles when that is done, and never rejects. Which spelling works is remembered. */
  readonly serve: (client: Client) => Promise<void>;
  /**
   * A fetch is on its way, because of this: starts an upload-pack for it, if it may wait, and asks what it will ask.
   * One of protocol v0 is never started beforehand.
   */
  readonly expectFetch: (news: News) => void;
  /** So the refs were listed, and git has them all. */
  readonly sawListing: (refs: RefAdvertisement) => void;
  readonly close: () => void;
}

export function createUploadPack(all: UploadPackOptions): UploadPack {
  const { openChannel, openSpare, command, spelling: known = { kind: 'unknown' }, ...others } = all;
  const { startsBeforeNews = true, ...options } = others;
  const byEnv = `env GIT_PROTOCOL=version=2 ${command}`;
  const run = {
    env: () => openChannel(byEnv),
    requested: () => openChannel(command, { GIT_PROTOCOL: 'version=2' }),
  };
  const ahead = createAhead({ ...options, run: run.env, runSpare: () => openSpare(byEnv) });
  let spelling: SpellingState = known;

  const converseBy = async (client: Client, channel: Channel, by: Spelling, hasOther = false): Promise<Outcome> => {
    const outcome = await converse(channel, client, hasOther ? ANSWER.spellingMs : undefined);
    spelling = step(spelling, { by, said: saidBy(outcome) });
    return outcome;
  };
  /** The exit status to tell, or undefined if it never spoke, which is worth another try where there is one. */
  const serveBy = async (client: Client, by: Spelling, isLast: boolean): Promise<Served | undefined> => {
    const isAhead = by === 'env' && client.kind !== 'listing';
    const channel = isAhead ? await ahead.open() : await run[by]();
    const { first, exit, complaints, isSilent } = await converseBy(client, channel, by, !isLast);
    if (!first && !isLast && (isSilent || (exit.kind === 'status' && exit.status !== 0))) return undefined;
    client.write('stderr', complaints);
    return servedBy(channel, exit);
  };
  /** As `serveBy`, by the one that waits; undefined also if there was none, or it had ended while it waited. */
  const serveWaiting = async (client: Client): Promise<Served | undefined> => {
    const channel = client.kind === 'listing' ? undefined : await ahead.take(client.kind);
    if (channel === undefined) return undefined;
    const { first, exit } = await converseBy(client, channel, 'env');
    return first && servedBy(channel, exit);
  };
  const serveOne = async (client: Client): Promise<Served> => {
    const served = await serveWaiting(client);
    if (served) return served;
    const [first, second] = toTry(spelling);
    return (
      (await serveBy(client, first, second === undefined)) ??
      (second && (await serveBy(client, second, true))) ?? { status: NO_CONNECTION, hasFetched: false }
    );
  };
  return {
    serve: async (client) => {
      let hasFetched = false;
      try {
        const served = await serveOne(client);
        hasFetched = served.hasFetched;
        client.finish(served.status);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        client.write('stderr', Buffer.from(`git-remote-daemon: ${why}\n`));
        client.finish(NO_CONNECTION);
      }
      // What moved once often moves again.
      if (startsBeforeNews && hasFetched && canWait(spelling)) ahead.prepare();
      await client.gone;
    },
    expectFetch: (news) => {
      if (canWait(spelling)) ahead.expectFetch(news);
    },
    sawListing: ahead.sawListing,
    close: ahead.close,
  };
}

/** How a client was served: the exit status to tell it, and whether it asked for objects. */
interface Served {
  readonly status: number;
  readonly hasFetched: boolean;
}

const servedBy = (channel: Channel & Partial<AheadChannel>, exit: ChannelExit): Served => ({
  status: exit.kind === 'status' ? exit.status : NO_CONNECTION,
  hasFetched: channel.hasFetched?.() ?? false,
});

/** Of complaints, until it is known what they are worth. */
const MOST_HELD_BYTES = 64 * 1024;

interface Outcome {
  /** The first bytes of its output; undefined: none came. */
  readonly first: Buffer | undefined;
  readonly exit: ChannelExit;
  /** What was held of its stderr, as it never spoke. */
  readonly complaints: Uint8Array;
  /** It was given up, as it neither spoke nor ended in time. */
  readonly isSilent: boolean;
}

const isV2 = (first: Uint8Array): boolean => versionSpoken(first) === 'v2';

function saidBy({ first }: Outcome): Run['said'] {
  if (first === undefined) return 'none';
  return isV2(first) ? 'v2' : 'other';
}

/**
 * Carries bytes both ways until the command has ended, or in v2 until all that git asked was answered and it has closed
 * its end: how upload-pack exits then is not worth the way there and back. Git waits for the server to speak first, so
 * its own bytes, and complaints that a second try makes void, are held until then. `silentMs`: it may be silent so long.
 */
async function converse(channel: Channel, client: Client, silentMs: number | undefined): Promise<Outcome> {
  const watch = createFlushWatch();
  let first: Buffer | undefined;
  const held = gatherBytes(MOST_HELD_BYTES);
  let hungUp = false;
  let end: (exit: ChannelExit) => void = () => undefined;
  const over = new Promise<ChannelExit>((resolve) => {
    end = resolve;
  });
  const endIfAnswered = (): void => {
    if (hungUp && first !== undefined && isV2(first) && watch.isAnswered()) end({ kind: 'status', status: 0 });
  };
  const forward = (kind: 'stdout' | 'stderr', chunk: Uint8Array): void => {
    if (client.write(kind, chunk)) return;
    channel[kind].pause();
    client.drained(() => channel[kind].resume());
  };
  const speak = (chunk: Buffer): void => {
    first = chunk;
    client.input.on('data', watch.onClientBytes).pipe(channel.stdin);
    if (held.totalBytes() > 0) forward('stderr', held.view());
    held.clear();
  };
  channel.stdout.on('data', (chunk: Buffer) => {
    if (!first) speak(chunk);
    watch.onServerBytes(chunk);
    forward('stdout', chunk);
    endIfAnswered();
  });
  channel.stderr.on('data', (chunk: Buffer) => {
    if (first) forward('stderr', chunk);
    else held.add(chunk);
  });
  // Git is gone; or it ended its input before it heard anything, which it does only when it goes.
  void client.gone.then(channel.close);
  void client.inputEnded.then(() => {
    hungUp = true;
    if (!first) channel.close();
    // What it said last is still on its way through the pipe.
    setImmediate(endIfAnswered);
  });
  let isSilent = false;
  const giveUp = (): void => {
    isSilent = first === undefined;
    if (isSilent) end({ kind: 'lost' });
  };
  const timer = silentMs === undefined ? undefined : setTimeout(giveUp, silentMs);
  const exit = await Promise.race([channel.exit, over]);
  clearTimeout(timer);
  if (isSilent) channel.close();
  client.input.unpipe(channel.stdin);
  return { first, exit, complaints: held.view(), isSilent };
}
