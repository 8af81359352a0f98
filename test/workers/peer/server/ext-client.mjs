// Owns: a client for `git fetch ext::…`, as small as it can be: AUTH, CONNECT, and git's streams in DATA lines.
// Leaves: the client of the product (src/workers/peer/client).
import net from 'node:net';

const [path, uuid, token, service, ...more] = process.argv.slice(2);
const socket = net.connect({ path, allowHalfOpen: true });
let held = Buffer.alloc(0);
let left = 0;
let isDone = false;
const fail = (text) => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};
socket.write(`AUTH ${uuid} ${token}\nCONNECT ${[service, ...more].join(' ')}\n`);
process.stdin.on('data', (chunk) => {
  for (let at = 0; at < chunk.length; at += 65536) {
    const piece = chunk.subarray(at, at + 65536);
    socket.write(`DATA ${piece.length}\n`);
    if (!socket.write(piece)) {
      process.stdin.pause();
      socket.once('drain', () => process.stdin.resume());
    }
  }
});
// What git says last ends a v0 conversation; of v2 its end of stdin does.
process.stdin.on('end', () => socket.write('CONNECTDONE 0\n'));
const line = (text) => {
  const [word, rest = ''] = [text.split(' ')[0], text.slice(text.indexOf(' ') + 1)];
  if (word === 'DATA') left = Number(rest);
  else if (word === 'CONNECTDONE') {
    isDone = true;
    socket.write(`CONNECTDONE ${rest}\n`);
    process.stdout.write('', () => process.exit(Number(rest)));
  } else if (word !== 'AUTH-SUCCESS') fail(text);
};
socket.on('data', (chunk) => {
  held = Buffer.concat([held, chunk]);
  for (;;) {
    if (left > 0) {
      const piece = held.subarray(0, left);
      if (piece.length === 0) return;
      left -= piece.length;
      held = held.subarray(piece.length);
      if (!process.stdout.write(piece)) {
        socket.pause();
        process.stdout.once('drain', () => socket.resume());
      }
      continue;
    }
    const end = held.indexOf(10);
    if (end === -1) return;
    const text = held.subarray(0, end).toString();
    held = held.subarray(end + 1);
    line(text);
  }
});
socket.on('end', () => isDone || fail('the server is gone'));
socket.on('error', (error) => fail(error.message));
