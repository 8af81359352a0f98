// Owns: running a remote's upload-pack for one client after the other, by the spelling the server takes.
// Leaves: the socket the clients come over (relay.ts).
import type { Readable } from 'node:stream';
import type { FrameKind } from '../../shared/protocol/relay-frame.ts';
import type { Channel, ChannelExit, Connection } from './connection.ts';

/** Git's end of a command: what it sends, and what it is told. */
export interface Client {
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

/** Serves one client; settles when that is done, and never rejects. */
export type UploadPack = (client: Client) => Promise<void>;

export interface UploadPackOptions {
  readonly connection: Connection;
  /** What git asks an ssh server for: `git-upload-pack '/dir'`. */
  readonly command: string;
}

/** What ssh exits with when it fails by itself (ssh(1)). */
export const NO_CONNECTION = 255;

/**
 * Stock sshd drops GIT_PROTOCOL, so it is set by `env` where the account has a shell. `asked`: requested of the
 * server, which may ignore it; protocol v0 is then what one gets.
 */
type Spelling = 'env' | 'asked';

/** Which spelling works is remembered. */
export function createUploadPack({ connection, command }: UploadPackOptions): UploadPack {
  let works: Spelling | undefined;

  /** The exit status to tell, or undefined if the account may have no `env`, which is worth another try. */
  const serveBy = async (client: Client, spelling: Spelling, isLast: boolean): Promise<number | undefined> => {
    const channel =
      spelling === 'env'
        ? await connection.exec(`env GIT_PROTOCOL=version=2 ${command}`)
        : await connection.exec(command, { GIT_PROTOCOL: 'version=2' });
    const { spoke, exit, complaints } = await converse(channel, client);
    if (spoke) works = spelling;
    if (!spoke && !isLast && exit.kind === 'status' && exit.status !== 0) return undefined;
    client.write('stderr', complaints);
    return exit.kind === 'status' ? exit.status : NO_CONNECTION;
  };

  return async (client) => {
    try {
      const status = await serveBy(client, works ?? 'env', works !== undefined);
      client.finish(status ?? (await serveBy(client, 'asked', true)) ?? NO_CONNECTION);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      client.write('stderr', Buffer.from(`git-remote-daemon: ${why}\n`));
      client.finish(NO_CONNECTION);
    }
    await client.gone;
  };
}

interface Outcome {
  /** Whether a first byte of its output came. */
  readonly spoke: boolean;
  readonly exit: ChannelExit;
  /** What was held of its stderr, as it never spoke. */
  readonly complaints: Uint8Array;
}

/**
 * Carries bytes both ways until the command has ended. Git waits for the server to speak first, so its own bytes, and
 * complaints that a second try makes void, are held until then.
 */
async function converse(channel: Channel, client: Client): Promise<Outcome> {
  let spoke = false;
  let held: Buffer[] = [];
  const forward = (kind: 'stdout' | 'stderr', chunk: Buffer): void => {
    if (client.write(kind, chunk)) return;
    channel[kind].pause();
    client.drained(() => channel[kind].resume());
  };
  const speak = (): void => {
    spoke = true;
    client.input.pipe(channel.stdin);
    for (const complaint of held) forward('stderr', complaint);
    held = [];
  };
  channel.stdout.on('data', (chunk: Buffer) => {
    if (!spoke) speak();
    forward('stdout', chunk);
  });
  channel.stderr.on('data', (chunk: Buffer) => {
    if (spoke) forward('stderr', chunk);
    else held.push(chunk);
  });
  // Git is gone; or it ended its input before it heard anything, which it does only when it goes.
  void client.gone.then(channel.close);
  void client.inputEnded.then(() => spoke || channel.close());
  const exit = await channel.exit;
  client.input.unpipe(channel.stdin);
  return { spoke, exit, complaints: Buffer.concat(held) };
}
