// Owns: what stands for tor where git-annex is tried: a SOCKS5 server that leads to the hidden services which torrc names.
// Leaves: where it runs, and the hidden services (annex-peer.ts). Run by: node annex-peer-tor.mjs TORRC PORT
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

const [torrc = '/etc/tor/torrc', port = '9050'] = process.argv.slice(2);
/** General failure of the server, and what tor says of a hidden service that nobody serves: host unreachable. */
const [GRANTED, UNREACHABLE] = [0, 4];

/** The unix socket behind an onion address, read anew for each who asks. */
function socketOf(onion, wantedPort) {
  let isWanted = false;
  for (const line of readFileSync(torrc, 'utf8').split('\n')) {
    const [word, value = '', target = ''] = line.split(' ');
    if (word === 'HiddenServiceDir') isWanted = readFileSync(join(value, 'hostname'), 'utf8').trim() === onion;
    if (word === 'HiddenServicePort' && isWanted && Number(value) === wantedPort) return target.replace(/^unix:/, '');
  }
  return undefined;
}

const answer = (code) => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);

function lead(client, request) {
  const length = request[4] ?? 0;
  const path = socketOf(request.subarray(5, 5 + length).toString(), request.readUInt16BE(5 + length));
  if (path === undefined) return void client.end(answer(UNREACHABLE));
  const service = connect({ path, allowHalfOpen: true }, () => {
    client.write(answer(GRANTED));
    // What a service said before it closed is still to be read when a write to it fails: so it is read first, and at
    // once, however slow the client is.
    client.on('data', (bytes) => setImmediate(() => service.write(bytes)));
    client.on('end', () => setImmediate(() => service.end()));
    service.on('data', (bytes) => void client.write(bytes));
    service.on('end', () => client.end());
  });
  service.on('error', () => (service.connecting || service.pending ? client.end(answer(UNREACHABLE)) : client.end()));
  client.on('close', () => service.destroy());
}

createServer({ allowHalfOpen: true }, (client) => {
  client.on('error', () => client.destroy());
  client.once('data', () => {
    client.write(Buffer.from([5, 0]));
    client.once('data', (request) => lead(client, request));
  });
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
