// Owns: the process in which one case's server runs, so that a flood takes none of the time of those who measure.
// Leaves: what it does there (cases.ts). `node evil-main.js CASE`; says LISTENING and BEGUN, hears HEAL, ends with stdin.
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
let evil = serverOf(process.argv[2] ?? '');
let hasBegun = false;
const begun = (): void => {
  if (!hasBegun) say('BEGUN');
  hasBegun = true;
};

const hostKey = makeKeyPair();
const env = Object.fromEntries(Object.entries(process.env).flatMap(([key, value]) => (value ? [[key, value]] : [])));
const server = createEvilServer({ evil: () => evil, stage: { begun }, hostKey: hostKey.privateKey, env });
const sockets = new Set<Socket>();
server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));
server.listen(0, HOST);
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
say(`LISTENING ${port} ${knownHostsLine(HOST, port, hostKey.publicKey)}`.trimEnd());

const orders = createInterface({ input: process.stdin });
orders.on('line', (line) => {
  if (line !== 'HEAL') return;
  evil = HEALTHY;
  for (const socket of sockets) socket.destroy();
});
orders.on('close', () => process.exit());
