// Owns: by which command an upload-pack is run where one is not answered, on made-up time.
// Leaves: what each spelling has shown (spelling.test.ts), and real servers (relay.test.ts, test/end-to-end).
import { PassThrough } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Channel, ChannelExit } from '../../../src/workers/upload-pack/channel.ts';
import { type Client, createUploadPack } from '../../../src/workers/upload-pack/upload-pack.ts';

/** A command that says this at once, and ends; one that says nothing stays until it is closed. */
function channelSaying(text: string): Channel & { readonly isClosed: () => boolean } {
  let end = (_exit: ChannelExit): void => undefined;
  const exit = new Promise<ChannelExit>((resolve) => {
    end = resolve;
  });
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  if (text !== '') {
    stdout.on('end', () => end({ kind: 'status', status: 0 }));
    stdout.end(text);
  }
  const state = { isClosed: false };
  const close = (): void => {
    state.isClosed = true;
    end({ kind: 'lost' });
  };
  return { stdin, stdout, stderr, exit, close, isClosed: () => state.isClosed };
}

test('an account that does not answer to our words for an upload-pack is asked in those of git', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const asked: string[] = [];
  const silent = channelSaying('');
  const uploadPack = createUploadPack({
    command: "git-upload-pack '/d'",
    openChannel: async (command) => {
      asked.push(command);
      return command.startsWith('env ') ? silent : channelSaying('0000');
    },
    openSpare: () => Promise.reject(new Error('nothing is started beforehand')),
    refs: { refspecs: [], tags: true },
    onActivity: () => undefined,
    onShapes: () => undefined,
  });
  let said = '';
  const finished = new Promise<number>((resolve) => {
    const client: Client = {
      kind: 'listing',
      input: new PassThrough(),
      inputEnded: new Promise(() => undefined),
      write: (kind, payload) => {
        said += `${kind} ${new TextDecoder().decode(payload)};`;
        return true;
      },
      drained: (then) => then(),
      finish: resolve,
      gone: Promise.resolve().then(() => new Promise(() => undefined)),
    };
    void uploadPack.serve(client);
  });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await finished).toBe(0);
  expect(asked).toEqual(["env GIT_PROTOCOL=version=2 git-upload-pack '/d'", "git-upload-pack '/d'"]);
  expect(said).toContain('stdout 0000;');
  expect(silent.isClosed()).toBe(true);
});
