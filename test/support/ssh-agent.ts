// Owns: a real ssh-agent for tests, and one in front of it that takes its time before it signs, or says no.
// Leaves: who uses it (the tests).
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { AtEnd } from './at-end.ts';
import type { Scratch } from './temp-repo.ts';

export interface TestAgent {
  readonly socket: string;
  readonly add: (privateKey: string) => void;
}

/** An agent that has no keys yet. */
export async function startAgent(atEnd: AtEnd, scratch: Scratch): Promise<TestAgent> {
  const socket = join(scratch.directory, 'agent');
  const child = spawn('ssh-agent', ['-D', '-a', socket], { env: scratch.env, stdio: ['ignore', 'pipe', 'ignore'] });
  atEnd(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  // It says where it listens once it does.
  await once(child.stdout, 'data');
  const env = { ...scratch.env, SSH_AUTH_SOCK: socket };
  return { socket, add: (privateKey) => void execFileSync('ssh-add', ['-q', '-'], { env, input: privateKey }) };
}

/** SSH_AGENTC_SIGN_REQUEST and SSH_AGENT_FAILURE (draft-miller-ssh-agent, 7). */
const SIGN_REQUEST = 13;
const FAILURE = Buffer.from([0, 0, 0, 1, 5]);

export interface Owner {
  readonly socket: string;
  /** How often he was asked. */
  readonly asked: () => number;
}

/** Whoever the keys belong to is asked before each is used, and answers after a time: with yes, or with no. */
export async function askingOwner(
  atEnd: AtEnd,
  { socket: agent }: TestAgent,
  { afterMs, allows }: { readonly afterMs: number; readonly allows: boolean },
): Promise<Owner> {
  const socket = `${agent}-of-owner`;
  const open = new Set<Socket>();
  let asked = 0;
  const server = createServer((client) => {
    const real = connect(agent);
    for (const each of [client, real]) {
      open.add(each);
      each.on('error', () => undefined).on('close', () => open.delete(each));
    }
    real.pipe(client);
    // A request comes in one piece: the client writes it so, and waits for the answer.
    client.on('data', (request: Buffer) => {
      if (request[4] !== SIGN_REQUEST) return real.write(request);
      asked += 1;
      const timer = setTimeout(() => (allows ? real.write(request) : client.write(FAILURE)), afterMs);
      client.once('close', () => clearTimeout(timer));
      return undefined;
    });
    client.on('close', () => real.destroy());
  });
  server.listen(socket);
  await once(server, 'listening');
  atEnd(async () => {
    for (const each of open) each.destroy();
    server.close();
    await once(server, 'close');
  });
  return { socket, asked: () => asked };
}
