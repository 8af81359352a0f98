// Owns: running a remote's upload-pack for one client after the other, by the spelling the server takes.
// Leaves: the socket the clients come over (relay.ts).
import type { Readable } from 'node:stream';
import { createFlushWatch } from '../../shared/git-protocol/flush-watch.ts';
import type { FrameKind } from '../../shared/git-protocol/relay-frame.ts';
import type { RefAdvertisement } from '../../shared/refs/ref-advertisement.ts';
import { askable, speaksV2 } from './ahead/ask.ts';
import { createForesight, type ForesightOptions, type News } from './ahead/predict.ts';
import { createPrepared } from './ahead/warm.ts';
import type { Channel, ChannelExit, OpenChannel } from './channel.ts';

/** A `git fetch`, which asks much the same as the last one did, maybe because of news; or a listing of our own. */
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

export interface UploadPackOptions extends ForesightOptions {
  readonly openChannel: OpenChannel;
  /** What git asks a server for: `git-upload-pack '/dir'`. */
  readonly command: string;
  /** Called when bytes come that a fetch waits for but does not see. */
  readonly activity: () => void;
}

/** What ssh exits with when it fails by itself (ssh(1)). */
export const NO_CONNECTION = 255;

/**
 * Stock sshd drops GIT_PROTOCOL, so it is set by `env` where the account has a shell. `asked`: requested of the
 * server, which may ignore it; protocol v0 is then what one gets.
 */
type Spelling = 'env' | 'asked';

export interface UploadPack {
  /** Serves a client; settles when that is done, and never rejects. Which spelling works is remembered. */
  readonly serve: (client: Client) => Promise<void>;
  /**
   * A fetch is on its way, because of this: starts an upload-pack for it, if it may wait, and asks what it will ask. One
   * that speaks protocol v2 looks at the refs only when it is asked (gitprotocol-v2(5)), so it is none the older for
   * waiting; one of v0 is never started beforehand.
   */
  readonly expectFetch: (news: News) => void;
  /** So the refs were listed, and git has them all. */
  readonly sawListing: (refs: RefAdvertisement) => void;
  readonly close: () => void;
}

export function createUploadPack(options: UploadPackOptions): UploadPack {
  const { openChannel, command, activity } = options;
  const foresight = createForesight(options);
  const byEnv = (): Promise<Channel> => openChannel(`env GIT_PROTOCOL=version=2 ${command}`);
  const fetches = (): void => {
    hasFetched = true;
  };
  const askableByEnv = async () => askable(await byEnv(), { foresight, fetches, passes: activity });
  let works: Spelling | undefined;
  let canWait = false;
  /** Since one was last prepared. */
  let hasFetched = false;
  const prepared = createPrepared(askableByEnv);

  const converseBy = async (client: Client, channel: Channel, spelling: Spelling): Promise<Outcome> => {
    const outcome = await converse(channel, client);
    if (outcome.first) works = spelling;
    canWait = works === 'env' && outcome.first !== undefined && speaksV2(outcome.first);
    return outcome;
  };
  /** The exit status to tell, or undefined if it never spoke, which is worth another try where there is one. */
  const serveBy = async (client: Client, spelling: Spelling, isLast: boolean): Promise<number | undefined> => {
    const asked = (): Promise<Channel> => openChannel(command, { GIT_PROTOCOL: 'version=2' });
    const env = client.kind === 'listing' ? byEnv : askableByEnv;
    const channel = await (spelling === 'env' ? env() : asked());
    const { first, exit, complaints } = await converseBy(client, channel, spelling);
    if (!first && !isLast && exit.kind === 'status' && exit.status !== 0) return undefined;
    client.write('stderr', complaints);
    return exit.kind === 'status' ? exit.status : NO_CONNECTION;
  };
  /** The exit status of the prepared one, or undefined if there was none, or it had ended while it waited. */
  const servePrepared = async (client: Client): Promise<number | undefined> => {
    const channel = client.kind === 'listing' ? undefined : await prepared.take(client.kind);
    if (channel === undefined) return undefined;
    const { first, exit } = await converseBy(client, channel, 'env');
    if (first === undefined) return undefined;
    return exit.kind === 'status' ? exit.status : NO_CONNECTION;
  };
  const serveOne = async (client: Client): Promise<number> =>
    (await servePrepared(client)) ??
    (await serveBy(client, works ?? 'env', works !== undefined)) ??
    (await serveBy(client, 'asked', true)) ??
    NO_CONNECTION;
  return {
    serve: async (client) => {
      try {
        client.finish(await serveOne(client));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        client.write('stderr', Buffer.from(`git-remote-daemon: ${why}\n`));
        client.finish(NO_CONNECTION);
      }
      // What moved once often moves again.
      if (canWait && hasFetched) prepared.start();
      if (client.kind !== 'listing') hasFetched = false;
      await client.gone;
    },
    expectFetch: (news) => {
      if (canWait) prepared.expect(news);
    },
    sawListing: foresight.sawListing,
    close: prepared.close,
  };
}

/** Chunks of complaints that are kept until it is known what they are worth. */
const MOST_HELD = 100;

interface Outcome {
  /** The first bytes of its output; undefined: none came. */
  readonly first: Buffer | undefined;
  readonly exit: ChannelExit;
  /** What was held of its stderr, as it never spoke. */
  readonly complaints: Uint8Array;
}

/**
 * Carries bytes both ways until the command has ended, or in v2 until all that git asked was answered and it has closed
 * its end: how upload-pack exits then is not worth the way there and back. Git waits for the server to speak first, so
 * its own bytes, and complaints that a second try makes void, are held until then.
 */
async function converse(channel: Channel, client: Client): Promise<Outcome> {
  const watch = createFlushWatch();
  let first: Buffer | undefined;
  let held: Buffer[] = [];
  let hungUp = false;
  let end: (exit: ChannelExit) => void = () => undefined;
  const over = new Promise<ChannelExit>((resolve) => {
    end = resolve;
  });
  const endIfAnswered = (): void => {
    if (hungUp && first !== undefined && speaksV2(first) && watch.isAnswered()) end({ kind: 'status', status: 0 });
  };
  const forward = (kind: 'stdout' | 'stderr', chunk: Buffer): void => {
    if (client.write(kind, chunk)) return;
    channel[kind].pause();
    client.drained(() => channel[kind].resume());
  };
  const speak = (chunk: Buffer): void => {
    first = chunk;
    client.input.on('data', watch.heardClient).pipe(channel.stdin);
    for (const complaint of held) forward('stderr', complaint);
    held = [];
  };
  channel.stdout.on('data', (chunk: Buffer) => {
    if (!first) speak(chunk);
    watch.heardServer(chunk);
    forward('stdout', chunk);
    endIfAnswered();
  });
  channel.stderr.on('data', (chunk: Buffer) => {
    if (first) forward('stderr', chunk);
    else if (held.length < MOST_HELD) held.push(chunk);
  });
  // Git is gone; or it ended its input before it heard anything, which it does only when it goes.
  void client.gone.then(channel.close);
  void client.inputEnded.then(() => {
    hungUp = true;
    if (!first) channel.close();
    // What it said last is still on its way through the pipe.
    setImmediate(endIfAnswered);
  });
  const exit = await Promise.race([channel.exit, over]);
  client.input.unpipe(channel.stdin);
  return { first, exit, complaints: Buffer.concat(held) };
}
