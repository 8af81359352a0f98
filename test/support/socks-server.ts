// Owns: what stands for tor's proxy: a SOCKS5 server that leads names to sockets of the tests, and can misbehave.
// Leaves: hidden services (whoever listens at those sockets).
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { AtEnd } from './at-end.ts';

export type Behaviour =
  | 'serves'
  /** Each reply byte by byte, and bound to a name. */
  | 'serves in crumbs'
  /** The reply, and what the other side says first, in one piece. */
  | 'serves at once'
  | 'says nothing'
  | 'wants a login'
  | 'hangs when it is asked'
  | 'ends at once'
  | 'ends when it is asked'
  | 'ends in the middle of its reply'
  | 'is a web server'
  | 'replies an odd address'
  /** A reply that is not 0. */
  | number;

export interface SocksServer {
  readonly proxy: { readonly host: string; readonly port: number };
  /** `ONION:PORT` leads to that unix socket from now on. */
  readonly lead: (name: string, socket: string) => void;
  readonly behave: (how: Behaviour) => void;
  /** Names that were asked for. */
  readonly asked: readonly string[];
  /** Connections that are open. */
  readonly open: () => number;
  /** Cuts all connections there are. */
  readonly cut: () => void;
}

const UNREACHABLE = 4;
const BOUND_BY_NAME = [3, 4, ...Buffer.from('here'), 0, 0];
const BOUND = [1, 0, 0, 0, 0, 0, 0];

export async function socksServer(atEnd: AtEnd): Promise<SocksServer> {
  const services = new Map<string, string>();
  const open = new Set<Socket>();
  const asked: string[] = [];
  let how: Behaviour = 'serves';
  const server = createServer({ allowHalfOpen: true }, (client) => {
    open.add(client.on('close', () => open.delete(client)));
    client.on('error', () => client.destroy());
    client.on('end', leave);
    void talk(client, how, (name) => {
      asked.push(name);
      return services.get(name);
    });
  }).listen(0, '127.0.0.1');
  const cut = (): void => {
    for (const client of open) client.destroy();
  };
  atEnd(async () => {
    cut();
    if (server.listening) await once(server.close(), 'close');
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    proxy: { host: '127.0.0.1', port },
    lead: (name, socket) => void services.set(name, socket),
    behave: (next) => {
      how = next;
    },
    asked,
    open: () => open.size,
    cut,
  };
}

function leave(this: Socket): void {
  this.destroy();
}

async function talk(client: Socket, how: Behaviour, find: (name: string) => string | undefined): Promise<void> {
  if (how === 'ends at once') return void client.resume().end();
  await once(client, 'data');
  if (how === 'says nothing') return;
  if (how === 'is a web server') return void client.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  await say(client, how, [5, how === 'wants a login' ? 2 : 0]);
  const [request]: Buffer[] = await once(client, 'data');
  if (request === undefined || how === 'hangs when it is asked') return;
  if (how === 'ends when it is asked') return void client.end();
  if (how === 'ends in the middle of its reply') return void client.end(Buffer.of(5, 0, 0, 1, 127));
  if (how === 'replies an odd address') return void client.write(Buffer.of(5, 0, 0, 9, 0, 0));
  if (typeof how === 'number') return void client.end(Buffer.of(5, how, 0, ...BOUND));
  const length = request[4] ?? 0;
  const socket = find(`${request.subarray(5, 5 + length)}:${request.readUInt16BE(5 + length)}`);
  if (socket === undefined) client.end(Buffer.of(5, UNREACHABLE, 0, ...BOUND));
  else lead(client, socket, how);
}

function lead(client: Socket, socket: string, how: Behaviour): void {
  client.off('end', leave);
  const service = connect({ path: socket, allowHalfOpen: true });
  service.on('error', () => client.destroy());
  client.on('close', () => service.destroy());
  service.on('close', () => client.destroy());
  service.once('connect', async () => {
    const granted = [5, 0, 0, ...(how === 'serves in crumbs' ? BOUND_BY_NAME : BOUND)];
    if (how === 'serves at once') {
      const [first]: Buffer[] = await once(service, 'data');
      client.write(Buffer.concat([Buffer.from(granted), first ?? Buffer.of()]));
    } else await say(client, how, granted);
    client.pipe(service);
    service.pipe(client);
  });
}

async function say(client: Socket, how: Behaviour, bytes: readonly number[]): Promise<void> {
  if (how !== 'serves in crumbs') return void client.write(Buffer.from(bytes));
  for (const byte of bytes) {
    client.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
}
