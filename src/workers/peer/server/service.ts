// Owns: what makes up the serving of one network, put together: the door, the watches, git and git-annex.
// Leaves: each of them, and the port (serve-loop.ts).

import path from 'node:path';
import { unattendedGitEnvironment } from '../../../shared/git-environment.ts';
import { formatPeerUrl, networkOf, type PeerAddress, parsePeerUrl } from '../../../shared/p2p/address.ts';
import { ADDRESSES_FILE, MOST_CREDENTIAL_BYTES } from '../../../shared/p2p/credentials.ts';
import type { ObjectName, RefMove } from '../../../shared/remote.ts';
import type { Acquaintances, ServeTask } from '../../../shared/serve-messages.ts';
import { readRegularFile } from '../../../shared/system/read-regular-file.ts';
import { aborted } from '../../../shared/timing/wait.ts';
import type { NoteChild } from '../../run-command.ts';
import type { Closing } from '../../transport.ts';
import type { Listening, Network, NetworkContext } from '../network/network.ts';
import { createGitService } from './connect.ts';
import { watchCredentials } from './credentials-watch.ts';
import { createDoor } from './door.ts';
import { type News, openNews } from './news.ts';
import { createObjectService } from './objects.ts';
import { createQuestions, type Questions } from './questions.ts';
import { watchOwnRefs } from './ref-watch.ts';
import type { ServeOutbox } from './serve-outbox.ts';
import { CREDENTIALS, createTokens } from './tokens.ts';

export interface Service {
  /** Resolves when all is closed after that was asked for; rejects with a DaemonError when it ends by itself. */
  readonly run: (network: Network | Promise<Network>) => Promise<void>;
  readonly offer: (refs: readonly RefMove[], objects?: readonly ObjectName[]) => void;
  /** Also before anybody can come. */
  readonly acquaint: (acquaintances: Acquaintances) => void;
  readonly recheck: () => void;
  readonly questions: Questions;
}

export function createService(task: ServeTask, outbox: ServeOutbox, closing: Closing): Service {
  const { log } = outbox;
  const noteChild: NoteChild = (pgid, running) => outbox.report({ kind: 'child', pgid, running });
  const questions = createQuestions(outbox.report);
  const objects = createObjectService({ task, noteChild, log });
  const door = createDoor({
    ownUuid: task.uuid,
    tokens: createTokens(task.gitDir, log),
    services: {
      connect: createGitService({ task, questions, noteChild, log }),
      objects: objects.serve,
      agree: objects.agree,
      invite: questions.invite,
    },
    changed: () => outbox.peersChanged(door.peers),
    wrongToken: outbox.wrongToken,
    log,
  });
  const watched = new AbortController();
  const serving: { listening?: Listening; news?: News; acquaintances?: Acquaintances } = {};
  const acquaint = (acquaintances: Acquaintances): void => {
    serving.acquaintances = acquaintances;
    serving.listening?.meet?.(acquaintances.settings);
    serving.news?.acquaint(acquaintances);
  };
  const context: NetworkContext = {
    ...{ directory: task.directory, gitDir: task.gitDir, torProxy: task.torProxy, noteChild, log },
    ...{ settings: task.settings, secrets: task.secrets },
    environment: unattendedGitEnvironment(process.env, undefined, task.repositoryVariables),
  };
  const serve = async (network: Network): Promise<void> => {
    const options = { known: knownAddresses(task), uuid: task.uuid, onStream: door.take };
    const listening = task.news?.isAll ? undefined : await network.listen(options, context, closing.kindly);
    if (listening) serving.listening = listening;
    try {
      const news = await newsOver(network);
      if (news) serving.news = news;
      if (serving.acquaintances) acquaint(serving.acquaintances);
      const addresses = listening?.addresses.map(formatPeerUrl) ?? [];
      outbox.report({ kind: 'listening', how: listening?.how ?? news?.how ?? '', addresses });
      await Promise.race([aborted(closing.kindly), ...[listening, news].flatMap((each) => each?.ended ?? [])]);
    } finally {
      await closeAll(listening);
    }
  };
  const newsOver = async ({ announce }: Network): Promise<News | undefined> => {
    if (task.news === undefined || announce === undefined) return undefined;
    const { report } = outbox;
    return openNews({ task: { ...task, news: task.news }, announce, context, report, noteChild }, closing.kindly);
  };
  const closeAll = async (listening: Listening | undefined): Promise<void> => {
    // One that has ended by itself leaves nobody to be kind to.
    if (!closing.kindly.aborted) door.dropAll();
    void aborted(closing.now).then(door.dropAll);
    // Who is busy goes on over what the network has running.
    await door.close();
    await Promise.all([listening, serving.news].map((each) => each?.close(closing.now)));
  };
  return {
    questions,
    offer: (refs, objects) => {
      door.offer(refs, objects);
      serving.news?.changedHere();
    },
    acquaint,
    recheck: door.recheck,
    run: async (network) => {
      const credentials = watchCredentials(task.gitDir, door.recheck);
      let watching: Promise<void> = Promise.resolve();
      try {
        const opened = await network;
        await new Promise<void>((ready) => {
          watching = watchOwnRefs({ task, offer: door.offer, log, noteChild }, ready, watched.signal);
          void watching.then(ready);
          void aborted(closing.kindly).then(() => ready());
        });
        if (!closing.kindly.aborted) await serve(opened);
      } finally {
        credentials.close();
        watched.abort();
        await watching;
        // Also of one to which nobody could come.
        await door.close();
      }
    },
  };
}

/** Own addresses on this network that git-annex, or somebody else, has written down. */
function knownAddresses({ gitDir, network }: ServeTask): PeerAddress[] {
  const file = path.join(gitDir, CREDENTIALS, ADDRESSES_FILE);
  const read = readRegularFile(file, { mostBytes: MOST_CREDENTIAL_BYTES, follow: false });
  if (read.kind !== 'read') return [];
  return new TextDecoder()
    .decode(read.bytes)
    .split('\n')
    .flatMap((line) => {
      const address = parsePeerUrl(line.trim());
      return 'why' in address || networkOf(address) !== network ? [] : [address];
    });
}
