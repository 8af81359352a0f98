// Owns: the process that git runs instead of ssh: its stdin, stdout and stderr go to a relay's socket and come from it.
// Leaves: the relay (workers/upload-pack/relay.ts), and telling git to run this (shared/git-environment.ts).
import '../host/no-debugger.ts';
import { createConnection } from 'node:net';
import { createFrameReader, type Frame } from '../../shared/git-protocol/relay-frame.ts';

/** ssh's own exit status for a connection that did not come or broke (ssh(1)). */
const NO_CONNECTION = 255;

const [, , path = ''] = process.argv;
const socket = createConnection({ path, allowHalfOpen: true });
const readFrames = createFrameReader();
let status = NO_CONNECTION;

process.stdin.pipe(socket);
socket.on('data', (chunk) => {
  for (const frame of readFrames(chunk)) obey(frame);
});
socket.on('error', (error) => process.stderr.write(`git-remote-daemon: relay: ${error.message}\n`));
socket.on('close', leave);
socket.on('end', () => socket.destroy());
// git is gone: nobody is left to work for.
process.stdout.on('error', () => process.exit(NO_CONNECTION));

function obey({ kind, payload }: Frame): void {
  switch (kind) {
    case 'stdout':
      if (process.stdout.write(payload)) return;
      socket.pause();
      process.stdout.once('drain', () => socket.resume());
      return;
    case 'stderr':
      process.stderr.write(payload);
      return;
    case 'exit':
      status = payload[0] ?? NO_CONNECTION;
      return;
    default:
      kind satisfies never;
  }
}

/** Writes are still on their way to git: a callback comes behind them all. */
function leave(): void {
  process.stdout.write('', () => process.exit(status));
}
