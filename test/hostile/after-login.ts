// Owns: what a server can do below its commands once somebody has logged in: floods, silence, channels that are none.
// Leaves: what commands say (watchers.ts, upload-packs.ts), and what comes before (before-login.ts).
import {
  afterReady,
  atUploadPack,
  type Evil,
  type EvilChannel,
  type EvilExec,
  isWatcher,
  type Link,
} from './behaviour.ts';
import { forwarded, frames, sized } from './frames.ts';

/** So much later it begins: the remote is connected then. */
const AFTER_MS = 1_500;

/** Such payloads as soon as the watcher is ready. */
const flooding = (make: (index: number) => Uint8Array, more: Partial<Evil> = {}): Evil => ({
  ...more,
  onExec: afterReady((_channel, link) => {
    setTimeout(() => {
      link.begun();
      link.flood(make);
    }, AFTER_MS);
  }),
});

/** Does it to each session that is asked for. */
const toSessions = (then: (link: Link) => void): Evil => ({
  calm: true,
  onSession: (link) => {
    link.begun();
    then(link);
  },
});

const toEachExec = (then: (exec: EvilExec) => void): Evil => ({
  calm: true,
  onExec: (exec) => {
    exec.begun();
    then(exec);
  },
});

/** Does it to the channel of the watcher, once that is ready. */
const toTheWatcher = (then: (channel: EvilChannel, link: Link) => void, more: Partial<Evil> = {}): Evil => ({
  ...more,
  onExec: afterReady((channel, exec) => {
    setTimeout(() => {
      exec.begun();
      then(channel, exec);
    }, AFTER_MS);
  }),
});

/** Does it to the channel of an upload-pack, and never speaks as one. */
const toTheUploadPack = (then: (channel: EvilChannel, link: Link) => void, more: Partial<Evil> = {}): Evil => ({
  ...more,
  onExec: atUploadPack((channel, exec) => {
    channel.stream.resume();
    exec.begun();
    then(channel, exec);
  }),
});

const together = (link: Link, ...payloads: readonly Uint8Array[]): void => {
  link.socket.cork();
  for (const payload of payloads) link.send(payload);
  link.socket.uncork();
};

export const AFTER_LOGIN = {
  'channel open never answered': { ...toSessions(() => undefined), seconds: 45, told: true },
  'exec never answered': { ...toEachExec(() => undefined), seconds: 45, told: true, remotes: 8 },
  'exec refused': toEachExec((exec) => exec.reject()),
  'channel open confirmed by the thousand': {
    onSession: ({ begun, flood }) => {
      begun();
      flood(() => frames.openConfirmation(0, 0));
    },
  },
  'channel opened without window': toSessions(({ send }) => send(frames.openConfirmation(0, 0, 0, 0))),
  'channel opened with packets of one byte': toSessions(({ send }) =>
    send(frames.openConfirmation(0, 0, 2 ** 32 - 1, 1)),
  ),
  'channel close never answered': {
    calm: true,
    onConnection: ({ forget }) => {
      forget('channelClose');
      forget('channelEOF');
    },
    onExec: (exec) => {
      exec.begun();
      exec.run();
    },
  },
  'cut at login': {
    calm: true,
    onReady: ({ socket, begun }) => {
      begun();
      socket.destroy();
    },
  },
  'keepalive never answered': {
    calm: true,
    onConnection: ({ forget }) => {
      forget('requestFailure');
      forget('requestSuccess');
    },
    onExec: afterReady((_channel, { begun }) => begun()),
  },
  'frozen once it is ready': {
    calm: true,
    onExec: afterReady((_channel, { begun, socket }) => {
      setTimeout(() => {
        begun();
        socket.pause().removeAllListeners('data');
      }, AFTER_MS);
    }),
  },
  'global request flood': flooding((index) => frames.globalRequest(`evil-${index}@evil`, true)),
  'host keys by the hundred': flooding((index) =>
    frames.globalRequest(
      'hostkeys-00@openssh.com',
      false,
      Buffer.concat(
        Array.from({ length: 400 }, (_none, count) =>
          sized(Buffer.concat([sized('ssh-ed25519'), sized(Buffer.alloc(32, index + count))])),
        ),
      ),
    ),
  ),
  'ignore flood': flooding(() => frames.ignore(64)),
  'ignore flood of big ones': flooding(() => frames.ignore(30_000)),
  'debug flood': flooding((index) => frames.debug(`debug ${index} \x1b[2J\u200b`)),
  'unimplemented flood': flooding((index) => frames.unimplemented(index)),
  'banner flood after login': flooding((index) => frames.banner(`banner ${index} \u202e\x07`)),
  'channels opened by the server': flooding((index) => frames.channelOpen('forwarded-tcpip', index, forwarded())),
  'agent and X11 asked for': flooding((index) =>
    frames.channelOpen(index % 2 ? 'x11' : 'auth-agent@openssh.com', index, forwarded()),
  ),
  'channels of no known type': flooding((index) => frames.channelOpen(`${'t'.repeat(20_000)}${index}`, index)),
  'data for no channel': flooding((index) => frames.data(7_000 + index, 'd'.repeat(1_000))),
  'closes of no channel': flooding((index) => frames.close(9_000 + index)),
  'answers to nothing': flooding((index) => (index % 2 ? frames.requestSuccess() : frames.requestFailure())),
  'payloads of no meaning': flooding((index) => Buffer.from([192 + (index % 60), 1, 2, 3])),
  'payloads that end too early': flooding((index) => Buffer.from([80 + (index % 21), 0, 0])),
  'disconnect with words': toTheWatcher((_channel, { send }) =>
    send(frames.disconnect(11, `\x1b[31mbye\u200b ${'d'.repeat(30_000)}`)),
  ),
  'rekey storm': {
    onExec: afterReady((_channel, { client, begun, socket }) => {
      const again = (): void => {
        if (!socket.destroyed) client.rekey(again);
      };
      setTimeout(() => {
        begun();
        again();
      }, AFTER_MS);
    }),
  },
  'window without end': toTheWatcher(({ id }, { flood }) => flood(() => frames.windowAdjust(id, 2 ** 32 - 1))),
  'success and failure by the thousand': toTheWatcher(({ id }, { flood }) =>
    flood((index) => (index % 2 ? frames.success(id) : frames.failure(id))),
  ),
  'requests on the channel': toTheWatcher(({ id }, { flood }) => flood(() => frames.exitStatus(id, 3))),
  'exit status without end': toTheUploadPack(({ id }, { send }) => send(frames.exitStatus(id, 0))),
  'exit signal of long words': toTheUploadPack(({ id }, { send }) => {
    send(frames.exitSignal(id, `\x1b[31m\u200b${'S'.repeat(15_000)}`));
    send(frames.close(id));
  }),
  'closed twice': toTheUploadPack(({ id }, link) => together(link, frames.close(id), frames.close(id), frames.eof(id))),
  'data after end': toTheUploadPack(({ id }, link) => together(link, frames.eof(id), frames.data(id, 'late\n'))),
  'extended data after end': {
    ...toTheUploadPack(({ id }, link) =>
      setTimeout(() => together(link, frames.eof(id), frames.extendedData(id, 'late\n')), 100),
    ),
  },
  'watcher: extended data after end': toTheWatcher(({ id }, link) =>
    together(link, frames.eof(id), frames.extendedData(id, 'late\n')),
  ),
  'watcher: data after close': toTheWatcher(({ id }, link) =>
    together(link, frames.close(id), frames.data(id, 'DONE\n'), frames.extendedData(id, 'x')),
  ),
  'data after close': toTheUploadPack(({ id }, link) =>
    together(
      link,
      frames.exitStatus(id, 0),
      frames.close(id),
      frames.data(id, 'late'),
      frames.extendedData(id, 'late'),
    ),
  ),
  'extended data of other kinds': toTheUploadPack(({ id }, { flood }) =>
    flood((index) => frames.extendedData(id, 'e'.repeat(1_000), 2 + index)),
  ),
  'window ignored by the watcher': toTheWatcher(({ id }, { flood }) =>
    flood(() => frames.data(id, 'y'.repeat(30_000))),
  ),
  'window ignored by stderr': {
    seconds: 12,
    ...toTheUploadPack(({ id }, { flood }) => flood(() => frames.extendedData(id, `${'z'.repeat(29_999)}\n`))),
  },
  'window ignored before the answer to exec': {
    seconds: 12,
    onExec: (exec) => {
      if (!isWatcher(exec)) return exec.run();
      exec.begun();
      exec.flood(() => frames.data(0, 'y'.repeat(30_000)));
    },
  },
} as const satisfies Record<string, Evil>;
