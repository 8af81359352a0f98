// Owns: an ssh server that lets anybody in, and does by hooks what no server does.
// Leaves: what that is (behaviour.ts), and the process it runs in (evil-main.ts).
import { createServer, type Socket } from 'node:net';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';
import { runCommand } from '../support/server-commands.ts';
import type { Environment } from '../support/temp-repo.ts';
import type { Evil, EvilChannel, Link, Stage } from './behaviour.ts';

/** What is asked of the inside of ssh2 1.17: to write what it would not. */
interface Insides {
  readonly _protocol: {
    readonly _packetRW: {
      readonly write: {
        readonly allocStart: number;
        readonly alloc: (bytes: number) => Buffer;
        readonly finalize: (packet: Buffer) => Buffer;
      };
    };
    readonly _cipher: { readonly encrypt: (packet: Buffer) => void };
  };
}
type Answers = Record<string, () => void>;

const MOST_QUEUED_BYTES = 4 * 1024 * 1024;
const AT_ONCE = 100;

export interface EvilServerOptions {
  readonly evil: () => Evil;
  readonly stage: Stage;
  readonly hostKey: string;
  /** What commands run under. */
  readonly env: Environment;
}

/** Listens nowhere yet. */
export function createEvilServer(options: EvilServerOptions): ReturnType<typeof createServer> {
  return createServer((socket) => {
    const evil = options.evil();
    socket.setNoDelay(true).on('error', () => socket.destroy());
    if (evil.onSocket) evil.onSocket(socket, options.stage);
    else speakSsh(socket, evil, options);
  });
}

function speakSsh(socket: Socket, evil: Evil, { stage, hostKey, env }: EvilServerOptions): void {
  const server = new ssh2.Server({ hostKeys: [hostKey], ...evil.server });
  server.on('connection', (client) => {
    const link = linkOver(client, socket, stage);
    client.on('error', () => socket.destroy());
    evil.onConnection?.(link);
    client.on('authentication', (login) => {
      if (evil.onAuth) evil.onAuth(login, link);
      else if (login.method === 'publickey') login.accept();
      else login.reject(['publickey']);
    });
    client.on('ready', () => {
      evil.onReady?.(link);
      client.on('session', (acceptSession) => {
        if (evil.onSession) return evil.onSession(link);
        serveSession(acceptSession(), evil, link, env);
      });
    });
  });
  server.injectSocket(socket);
}

function serveSession(session: ssh2.Session, evil: Evil, link: Link, env: Environment): void {
  session.on('env', (_accept, reject) => reject?.());
  session.on('exec', (accept, reject, { command }) => {
    const open = (): ServerChannel => accept().on('error', () => undefined);
    const run = (): void => runCommand(command, open(), env);
    if (evil.onExec) evil.onExec({ ...link, command, reject, run, accept: () => numbered(open()) });
    else run();
  });
}

function numbered(stream: ServerChannel): EvilChannel {
  const { outgoing } = stream as unknown as { readonly outgoing: { readonly id: number } };
  return { stream, id: outgoing.id };
}

function linkOver(client: Connection, socket: Socket, stage: Stage): Link {
  const { _protocol: protocol } = client as unknown as Insides;
  const send = (payload: Uint8Array): void => {
    if (socket.destroyed) return;
    const { write } = protocol._packetRW;
    const packet = write.alloc(payload.length);
    packet.set(payload, write.allocStart);
    protocol._cipher.encrypt(write.finalize(packet));
  };
  return {
    client,
    socket,
    begun: stage.begun,
    send,
    forget: (answer) => {
      (protocol as unknown as Answers)[answer] = () => undefined;
    },
    flood: (make, perSecond) => flood(socket, (index) => send(make(index)), perSecond),
  };
}

function flood(socket: Socket, sendNext: (index: number) => void, perSecond: number | undefined): void {
  const startedAtMs = performance.now();
  let index = 0;
  const due = (): number =>
    perSecond === undefined ? index + AT_ONCE : ((performance.now() - startedAtMs) / 1_000) * perSecond;
  const pump = (): void => {
    if (socket.destroyed) return;
    for (const end = due(); index < end && socket.writableLength < MOST_QUEUED_BYTES; index += 1) sendNext(index);
    if (socket.writableLength >= MOST_QUEUED_BYTES) socket.once('drain', pump);
    else setTimeout(pump, perSecond === undefined ? 0 : 10);
  };
  pump();
}
