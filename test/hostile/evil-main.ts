// Owns: the process in which the servers of some cases run, so that a flood takes none of the time of those who measure.
// Leaves: what they do there (cases.ts). `node evil-main.js CASE…`; says LISTENING and BEGUN, hears HEAL, ends with stdin.
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { knownHostsLine, makeKeyPair } from '../support/ssh-keys.ts';
import { serverOf } from './cases.ts';
import { createEvilServer } from './evil-ssh.ts';

const HOST = '127.0.0.1';
const HEALTHY = {};

// What a stranger breaks of itself, or what is torn down under it, is nobody's concern.
process.on('uncaughtException', () => undefined);
process.on('unhandledRejection', () => undefined);

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const env = Object.fromEntries(Object.entries(process.env).flatMap(([key, value]) => (value ? [[key, value]] : [])));
const hostKey = makeKeyPair();

/** Serves one case; gives what makes it a proper server. */
async function serve(name: string): Promise<() => void> {
  let evil = serverOf(name);
  let hasBegun = false;
  const begun = (): void => {
    if (!hasBegun) say(`BEGUN ${name}`);
    hasBegun = true;
  };
  const sockets = new Set<Socket>();
  const server = createEvilServer({ evil: () => evil, stage: { begun }, hostKey: hostKey.privateKey, env });
  server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));
  server.listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  say(`LISTENING ${port} ${knownHostsLine(HOST, port, hostKey.publicKey).trimEnd()}`);
  return () => {
    evil = HEALTHY;
    for (const socket of sockets) socket.destroy();
  };
}

const heal = new Map<string, () => void>();
for (const name of process.argv.slice(2)) heal.set(name, await serve(name));

const orders = createInterface({ input: process.stdin });
orders.on('line', (line) => heal.get(line.replace(/^HEAL /, ''))?.());
orders.on('close', () => process.exit());
