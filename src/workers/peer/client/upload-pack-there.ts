// Owns: the upload-pack of a peer, run on a stream that is ready, or on a fresh one where that has died meanwhile.
// Leaves: the streams (ready-streams.ts, dial.ts), the service as a channel (service.ts), and git's words (upload-pack).
import { within } from '../../../shared/timing/within.ts';
import { PEER } from '../../patience.ts';
import type { UploadPackSurroundings } from '../../relayed.ts';
import type { OpenChannel } from '../../upload-pack/channel.ts';
import { createUploadPack, type UploadPack } from '../../upload-pack/upload-pack.ts';
import type { ReadyStream, ReadyStreams } from './ready-streams.ts';
import { connectService, type ServiceChannel } from './service.ts';
import type { PeerSession } from './session.ts';
import { withWholeAnswers } from './whole-answers.ts';

export interface StreamsToPeer {
  readonly ready: Pick<ReadyStreams, 'take'>;
  /** A fresh one. Throws a DaemonError. */
  readonly open: () => Promise<PeerSession>;
}

/** What a peer runs is what it is asked for by name. */
const SERVICE = 'git-upload-pack';

export function uploadPackThere(streams: StreamsToPeer, surroundings: UploadPackSurroundings): UploadPack {
  const { ready, open } = streams;
  const openFresh = async (): Promise<PeerChannel> => serviceOf(await open());
  const openReady = async (): Promise<PeerChannel | undefined> => {
    const stream = await ready.take();
    return stream && serviceOf(stream.session, stream.nextLine);
  };
  // git is told nothing before the peer has said something, so another stream is as good.
  const openAlive = async (): Promise<PeerChannel> => {
    const channel = await openReady();
    if (channel && (await isAnswered(channel))) return channel;
    channel?.close();
    return openFresh();
  };
  const openChannel: OpenChannel = async () => {
    const channel = await openAlive();
    return channel.isV2 ? channel : withWholeAnswers(channel, openAlive);
  };
  return createUploadPack({
    openChannel,
    // Whether it is alive is seen when it is asked, or when it is needed.
    openSpare: async () => (await openReady()) ?? openFresh(),
    command: SERVICE,
    // There is one: no shell has to be found, and a peer that knows of protocol v2 has said so.
    spelling: { kind: 'env', version: 'none' },
    // A stream is ready all the same; a peer runs few for all who come, and others may need one.
    startsBeforeNews: false,
    ...surroundings,
  });
}

interface PeerChannel extends ServiceChannel {
  readonly isV2: boolean;
}

function serviceOf(session: PeerSession, nextLine?: ReadyStream['nextLine']): PeerChannel {
  const isV2 = session.features.has('git-v2');
  return { ...connectService(session, SERVICE, { v2: isV2, nextLine }), isV2 };
}

async function isAnswered({ answered }: ServiceChannel): Promise<boolean> {
  let isAlive = false;
  const heard = answered.then((said) => {
    isAlive = said;
  });
  await within(heard, PEER.readyMs);
  return isAlive;
}
