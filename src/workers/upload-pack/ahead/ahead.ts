// Owns: all that others see of asking ahead: channels to upload-pack that may know git's questions before it is there.
// Leaves: what is asked (predict.ts), the answers (answers.ts), the one that waits (warm.ts): nobody else imports those.
import type { RefAdvertisement } from '../../../shared/refs/ref-advertisement.ts';
import type { Channel, OpenChannel } from '../channel.ts';
import { type AskableChannel, askableChannel } from './ask.ts';
import { createPrediction, type News, type PredictionOptions } from './predict.ts';
import { createPrepared } from './warm.ts';

export type { News } from './predict.ts';

/** A channel to upload-pack like any other, to whoever uses it. */
export type AheadChannel = Pick<AskableChannel, keyof Channel | 'hasFetched'>;

export interface AheadOptions extends PredictionOptions {
  /** Runs upload-pack in protocol v2, as far as the server has it. */
  readonly run: () => ReturnType<OpenChannel>;
  /** As `run`, before it is needed. */
  readonly runSpare: () => ReturnType<OpenChannel>;
  /** Bytes came that a fetch waits for but does not see: answers to what git did not ask. */
  readonly onActivity: () => void;
}

/** To be used only of a server that is known to speak protocol v2, but for `open`. */
export interface Ahead {
  /** A fresh one, that is asked nothing but by git. Throws as `run` does. */
  readonly open: () => Promise<AheadChannel>;
  /** The one that waits, if what it lists is to be expected; undefined if there is none, or none but one that was asked because of news. */
  readonly take: (client: 'fetch' | 'fetch-after-news') => Promise<AheadChannel | undefined>;
  /** Sees to it that one waits, for a while. */
  readonly prepare: () => void;
  /** A fetch is on its way, because of this: one is prepared for it, and asked what git will ask. */
  readonly expectFetch: (news: News) => void;
  /** So the refs were listed, for others than git, which was found to have them all. */
  readonly sawListing: (refs: RefAdvertisement) => void;
  /** None waits any more. */
  readonly close: () => void;
}

export function createAhead({ run, runSpare, onActivity, ...options }: AheadOptions): Ahead {
  const prediction = createPrediction(options);
  const askable = (channel: Channel): AskableChannel => askableChannel(channel, { prediction, onUnseen: onActivity });
  const open = async (): Promise<AskableChannel> => askable(await run());
  const openSpare = async (): Promise<AskableChannel> => askable(await runSpare());
  const { start: prepare, expect, take, close } = createPrepared(openSpare);
  const expectFetch = (news: News): void => {
    prediction.tell(news);
    expect(news);
  };
  return { open, take, prepare, expectFetch, sawListing: prediction.sawListing, close };
}
