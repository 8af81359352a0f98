// Owns: a process that is a daemon to the lock, the pid file and the control pipe, and does nothing else.
// Leaves: being one (src/main/daemon.ts). It runs what is built, as every process that is not a test does.

import { readFileSync } from 'node:fs';
import net from 'node:net';
import { openPipeEndpoint } from '../../../dist/for-tests/src/main/control/pipe-endpoint.js';
import { startTimeOf } from '../../../dist/for-tests/src/main/host/process-identity.js';
import { makeFifo } from '../../../dist/for-tests/src/main/host/system-command.js';
import { serveRequests } from '../../../dist/for-tests/src/main/instance/request-socket.js';
import { acquireLock } from '../../../dist/for-tests/src/main/instance/running-daemon.js';
import { prepareStateDirectory } from '../../../dist/for-tests/src/main/instance/state-directory.js';
import { writeStatus } from '../../../dist/for-tests/src/main/instance/status-file.js';
import { createLog } from '../../../dist/for-tests/src/main/log/log.js';

/** Arguments: the common git dir, the mode, and any of `replace`, `deaf` (never stops by itself), `no-status`, `old` (of another version), `no-answer` (has no socket), `tells-all` (its socket is that of earlier versions). */
const [commonDir, mode, ...ways] = process.argv.slice(2);
const { version: VERSION } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
const say = (text) => process.stdout.write(`${text}\n`);

async function main() {
  const directory = prepareStateDirectory(commonDir);
  const lock = await acquireLock(directory, mode, ways.includes('replace'));
  let endpoint;
  let closeSocket = () => undefined;
  const stop = async (why) => {
    say(`told ${why}`);
    if (ways.includes('deaf')) return;
    await endpoint?.close();
    closeSocket();
    lock.release();
    process.exit(0);
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  if (mode !== 'foreground') {
    const line = ({ text }) => (text === 'STOP' ? stop(text) : say(`told ${text}`));
    endpoint = await openPipeEndpoint(
      directory,
      { makeFifo, log: say, isInPlace: lock.isInPlace },
      { line, closed: say, greeting: () => [] },
    );
  }
  if (!ways.includes('no-status')) writeStatus(directory, status(), await startTimeOf(process.pid));
  const carryOut = ({ ask }, { answer }) => {
    if (ask !== 'status') say(`asked to ${ask}`);
    else answer({ say: 'status', status: status() });
  };
  if (ways.includes('tells-all')) await tellAll(directory);
  const server = { carryOut, isInPlace: lock.isInPlace, log: say };
  const hasNone = ['no-status', 'no-answer', 'tells-all'].some((way) => ways.includes(way));
  if (!hasNone) closeSocket = await serveRequests(directory, server);
  const log = createLog({ kind: 'file', path: directory.log });
  log.info('posing', 'is there');
  say('ready');
  setInterval(() => undefined, 1_000);
}

/** Says how it is, whatever it is asked, before it is. */
function tellAll({ requests }) {
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(`${JSON.stringify({ ...status(), version: '0.0.0', programVersion: undefined })}\n`);
  });
  return new Promise((resolve) => server.listen(requests, resolve));
}

function status() {
  const common = {
    pid: process.pid,
    version: 1,
    programVersion: ways.includes('old') ? '0.0.0' : VERSION,
    startedAt: new Date().toISOString(),
    mode,
    held: 'no',
  };
  return { ...common, remotes: [], skipped: [], droppedLines: 0 };
}

main().catch((error) => {
  say(`failed ${error.exitStatus} ${error.message}`);
  process.exit(error.exitStatus);
});
