// Owns: a web server in front of `git http-backend`, behind a password, which can refuse, fail, stop and come back.
// Leaves: the repositories (temp-repo.ts), and who knows the password (the tests).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AtEnd } from './at-end.ts';
import { freePort } from './free-port.ts';
import { killQuietly } from './processes.ts';
import type { Environment, Scratch } from './temp-repo.ts';

const HOST = '127.0.0.1';

export interface HttpPeer {
  readonly port: number;
  /** `http://host:port/name.git`, for a repository in the scratch directory. */
  readonly url: (directory: string) => string;
  readonly user: string;
  readonly password: string;
  /** Requests with the right password, and those without. */
  readonly served: () => number;
  readonly refused: () => number;
  /** From now on it answers with this status; undefined: as it should. */
  readonly answerWith: (status: number | undefined) => void;
  readonly stop: () => Promise<void>;
  /** Listens again, on the same port. */
  readonly start: () => Promise<void>;
}

/** Serves what is in the scratch directory, to whoever says the password. */
export async function startHttpPeer(atEnd: AtEnd, scratch: Scratch): Promise<HttpPeer> {
  const [user, password] = ['tester', `secret-${scratch.id}`];
  const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  let status: number | undefined;
  let served = 0;
  let refused = 0;
  const server = createServer((request, response) => {
    if (status !== undefined) {
      response.writeHead(status).end();
    } else if (request.headers.authorization !== wanted) {
      refused += 1;
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end();
    } else {
      served += 1;
      serve(request, response, scratch.env, scratch.directory);
    }
  });
  const port = await freePort(HOST);
  const start = async (): Promise<void> => {
    server.listen(port, HOST);
    await once(server, 'listening');
  };
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  atEnd(stop);
  await start();
  return {
    port,
    url: (directory) => `http://${HOST}:${port}${directory.slice(scratch.directory.length)}`,
    user,
    password,
    served: () => served,
    refused: () => refused,
    answerWith: (next) => {
      status = next;
    },
    stop,
    start,
  };
}

/** One request as CGI (RFC 3875): git-http-backend(1). */
function serve(request: IncomingMessage, response: ServerResponse, env: Environment, root: string): void {
  const { pathname, search } = new URL(request.url ?? '/', `http://${HOST}`);
  const child = spawn('git', ['http-backend'], {
    env: {
      ...env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'tester',
      REMOTE_ADDR: HOST,
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => child.stdin.destroy());
  response.on('close', () => {
    if (child.pid !== undefined && child.exitCode === null) killQuietly(child.pid);
  });
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  child.on('close', () => answer(response, Buffer.concat(said)));
}

function answer(response: ServerResponse, said: Buffer): void {
  const end = said.indexOf('\r\n\r\n');
  const lines = said.subarray(0, Math.max(end, 0)).toString('latin1').split('\r\n');
  const headers = lines.map((line) => [line.replace(/:.*$/s, ''), line.replace(/^[^:]*: ?/, '')] as const);
  const status = headers.find(([name]) => name === 'Status')?.[1];
  for (const [name, value] of headers) if (name !== 'Status' && name !== '') response.setHeader(name, value);
  response.writeHead(end === -1 ? 500 : Number.parseInt(status ?? '200', 10)).end(said.subarray(end + 4));
}
