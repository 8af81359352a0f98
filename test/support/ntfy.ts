// Owns: a web server that does what ntfy does for one topic: it streams its messages as lines of JSON, and takes them.
// Leaves: what is made of them (test/end-to-end/recipes.test.ts). As ntfy's pages "Subscribe via API" and "Publish" have it.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { AtEnd } from './at-end.ts';

export interface Ntfy {
  /** `http://host:port`; the topic is `my-topic`. */
  readonly url: string;
  readonly subscribers: () => number;
  /** What comes every 45 s. */
  readonly keepAlive: () => void;
  /** Cuts all connections. */
  readonly drop: () => void;
}

const TOPIC = 'my-topic';

export async function startNtfy(atEnd: AtEnd): Promise<Ntfy> {
  const readers = new Set<ServerResponse>();
  const tell = (event: string, more = {}, to: Iterable<ServerResponse> = readers): void => {
    const line = JSON.stringify({ id: randomUUID().slice(0, 12), time: 1_700_000_000, event, topic: TOPIC, ...more });
    for (const reader of to) reader.write(`${line}\n`);
  };
  const subscribe = (answer: ServerResponse): void => {
    answer.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' });
    tell('open', {}, [answer]);
    readers.add(answer);
    answer.on('close', () => readers.delete(answer));
  };
  const server = createServer(async (request, answer) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'GET' && url.pathname === `/${TOPIC}/json`) subscribe(answer);
    else if (request.method === 'POST' && url.pathname === `/${TOPIC}`) {
      tell('message', { message: await messageOf(request, url.searchParams) });
      answer.end('{}\n');
    } else answer.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const drop = (): void => server.closeAllConnections();
  atEnd(async () => {
    const closed = once(server, 'close');
    server.close();
    drop();
    await closed;
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    subscribers: () => readers.size,
    keepAlive: () => tell('keepalive'),
    drop,
  };
}

/** Its body; or, as `tpl=1` has it, a template that is filled from the JSON of the body. */
async function messageOf(request: IncomingMessage, query: URLSearchParams): Promise<string> {
  const body = await text(request);
  if (query.get('tpl') !== '1') return body;
  const values: Record<string, unknown> = JSON.parse(body);
  return (query.get('m') ?? '').replace(/\{\{\.(\w+)\}\}/g, (_whole, name) => String(values[name]));
}
