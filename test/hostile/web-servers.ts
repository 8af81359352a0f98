// Owns: what servers can do that are asked over http and git://, below git's own words.
// Leaves: what an upload-pack says there (upload-packs.ts).
import type { Socket } from 'node:net';
import { type Evil, pour } from './behaviour.ts';
import { pkt } from './pack-talk.ts';

const ADVERTISEMENT = 'Content-Type: application/x-git-upload-pack-advertisement\r\nCache-Control: no-cache\r\n';
const OK = `HTTP/1.1 200 OK\r\n${ADVERTISEMENT}\r\n`;

/** Once somebody has asked. */
const answering = (scheme: 'git' | 'http', then: (socket: Socket) => void, more: Partial<Evil> = {}): Evil => ({
  ...more,
  scheme,
  onSocket: (socket, { begun }) => {
    socket.once('data', () => {
      begun();
      then(socket);
    });
  },
});

const answeringHttp = (...words: readonly string[]): Evil =>
  answering(
    'http',
    (socket) => {
      for (const word of words) socket.write(word);
      socket.end();
    },
    { calm: true },
  );

export const WEB_SERVERS: Record<string, Evil> = {
  'http: headers without end': answering('http', (socket) =>
    pour(socket, (index) => (index === 0 ? 'HTTP/1.1 200 OK\r\n' : `X-Evil-${index}: ${'h'.repeat(500)}\r\n`)),
  ),
  'http: refs without end': answering('http', (socket) =>
    pour(socket, (index) =>
      index === 0
        ? `${OK}${pkt('# service=git-upload-pack\n')}0000`
        : pkt(`${String(index).padStart(40, '0')} refs/heads/b${index}\n`),
    ),
  ),
  'http: a byte a second': answering('http', (socket) => pour(socket, () => 'H', 1)),
  'http: never answered': answering('http', () => undefined),
  'http: sent around in circles': answeringHttp(
    'HTTP/1.1 302 Found\r\nLocation: /again/info/refs?service=git-upload-pack\r\nContent-Length: 0\r\n\r\n',
  ),
  'http: sent to a file': answeringHttp(
    'HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n',
  ),
  'http: an error of long words': answeringHttp(
    'HTTP/1.1 500 \x1b[31mNo\x07\r\nContent-Type: text/plain\r\n\r\n',
    '\x1b[2J\u200b\u202e'.repeat(20_000),
  ),
  'http: a password is asked for': answeringHttp(
    'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="\x1b[31m\u200bevil"\r\nContent-Length: 0\r\n\r\n',
  ),
  'http: refs of no git': answeringHttp(OK, 'x'.repeat(100_000)),
  'git: never answered': answering('git', () => undefined),
  'git: cut at once': answering('git', (socket) => socket.destroy()),
  'git: other bytes without end': answering('git', (socket) => pour(socket, () => 'x'.repeat(10_000))),
  'git: error of long words': answering(
    'git',
    (socket) => void socket.write(pkt(`ERR ${'\x1b[31m\u200bno '.repeat(6_000)}`)),
  ),
};
