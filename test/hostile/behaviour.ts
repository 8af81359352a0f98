// Owns: what a case is: how a stranger misbehaves, by hooks that take the place of what is proper, and what must be seen.
// Leaves: the cases (before-login.ts and its like), carrying them out (evil-ssh.ts), and measuring (frame.ts).
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import type { AuthContext, Connection, ServerChannel, ServerConfig } from 'ssh2';

/** In ms and MB; what is measured of each case. */
export interface Limits {
  /** From the end of a push to the good server until its commit is here. */
  readonly fetchedMs: number;
  /** Until `status` has answered. */
  readonly statusMs: number;
  /** Until main has logged a line that it was sent. */
  readonly heardMs: number;
  /** From STOP to the end. */
  readonly stopMs: number;
  readonly memoryMb: number;
  readonly logKb: number;
}

/** What is particular about a case, beside what all of them must show. */
export interface Expectations {
  /** It costs nobody anything while it goes on: several of these are tried beside one daemon. */
  readonly calm?: true;
  /** So many remotes are at the evil server; 1. */
  readonly remotes?: number;
  /** So long it goes on; 4. */
  readonly seconds?: number;
  readonly limits?: Partial<Limits>;
  /** There must be a WARNING of it. */
  readonly told?: true;
  /** Fetches of the evil remote, at most. */
  readonly mostFetches?: number;
  /** Processor seconds of the daemon, at most. */
  readonly mostCpuS?: number;
  /** Keys of the evil remotes, without `remote.<name>.`. */
  readonly config?: Readonly<Record<string, string>>;
  /** The server behaves again after it: the remote must be connected within a minute. */
  readonly heals?: true;
  /** It may well not come to it, as nobody talks to such a server any more. */
  readonly mayNotBegin?: true;
}

/** What a behaviour is told of. */
export interface Stage {
  /** The stranger has done what the case is about, once at least. */
  readonly begun: () => void;
}

/** One connection, logged in or not. */
export interface Link extends Stage {
  readonly client: Connection;
  readonly socket: Socket;
  /** Sends a payload as a packet, whatever the state of the connection. */
  readonly send: (payload: Uint8Array) => void;
  /** In place of what the server would answer by itself, such as `channelClose`. */
  readonly forget: (answer: string) => void;
  /** Sends such payloads as fast as they are taken, or so many a second, until the connection is over. */
  readonly flood: (make: (index: number) => Uint8Array, perSecond?: number) => void;
}

/** A command as the client asked for it; nothing is answered by itself. */
export interface EvilExec extends Link {
  readonly command: string;
  readonly accept: () => EvilChannel;
  readonly reject: () => void;
  /** Does what a proper server would. */
  readonly run: () => void;
}

export interface EvilChannel {
  readonly stream: ServerChannel;
  /** The number that the client gave it. */
  readonly id: number;
}

/** How a server misbehaves. Each hook takes the place of what is proper; one that is absent leaves it so. */
export interface Evil extends Expectations {
  /** ssh. The others are all by `onSocket`. */
  readonly scheme?: 'ssh' | 'git' | 'http';
  readonly server?: Partial<ServerConfig>;
  readonly onSocket?: (socket: Socket, stage: Stage) => void;
  readonly onConnection?: (link: Link) => void;
  readonly onAuth?: (login: AuthContext, link: Link) => void;
  readonly onReady?: (link: Link) => void;
  /** A session is asked for, and not answered. */
  readonly onSession?: (link: Link) => void;
  readonly onExec?: (exec: EvilExec) => void;
}

export const isWatcher = ({ command }: EvilExec): boolean => /^exec \/bin\/sh -c|notifychanges/.test(command);
export const isUploadPack = ({ command }: EvilExec): boolean => /upload-pack/.test(command);

/** Does it to the watcher, which was said to be ready, and runs everything else. */
export const afterReady =
  (then: (channel: EvilChannel, exec: EvilExec) => void): NonNullable<Evil['onExec']> =>
  (exec) => {
    if (!isWatcher(exec)) return exec.run();
    const channel = exec.accept();
    channel.stream.resume();
    channel.stream.write(/notifychanges/.test(exec.command) ? 'READY\n' : 'HELLO\nREADY inotifywait\n');
    then(channel, exec);
  };

/** Is ready and tells nothing; does it to upload-packs. */
export const atUploadPack =
  (then: (channel: EvilChannel, exec: EvilExec) => void): NonNullable<Evil['onExec']> =>
  (exec) => {
    if (isUploadPack(exec)) then(exec.accept(), exec);
    else afterReady(() => undefined)(exec);
  };

/** Writes what is made as fast as it is taken, or so much a second, until the stream is over. */
export function pour(stream: Writable, make: (index: number) => string | Uint8Array, perSecond?: number): void {
  const startedAtMs = performance.now();
  let index = 0;
  const due = (): number =>
    perSecond === undefined ? index + 200 : ((performance.now() - startedAtMs) / 1_000) * perSecond;
  const pump = (): void => {
    if (stream.destroyed || !stream.writable) return;
    let flows = true;
    for (const end = due(); index < end && flows; index += 1) flows = stream.write(make(index));
    if (!flows) stream.once('drain', pump);
    else setTimeout(pump, perSecond === undefined ? 0 : 10);
  };
  stream.on('error', () => stream.destroy());
  pump();
}
