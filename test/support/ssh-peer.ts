// Owns: an ssh server in this process: real logins by key, connections that are counted and can be cut.
// Leaves: what a command does there (server-commands.ts), and misbehaviour (ssh-scripts.ts).
import { once } from 'node:events';
import { connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import ssh2, { type Algorithms, type AuthContext, type Connection, type ParsedKey, type ServerChannel } from 'ssh2';
import type { AtEnd } from './at-end.ts';
import { freePort } from './free-port.ts';
import { runCommand } from './server-commands.ts';
import { type KeyPair, knownHostsLine, makeKeyPair } from './ssh-keys.ts';
import type { Environment } from './temp-repo.ts';

const HOST = '127.0.0.1';

/** One command as a client asked for it. `run` does what an ordinary server would. */
export interface Exec {
  readonly command: string;
  readonly channel: ServerChannel;
  readonly run: () => void;
  /** Cuts the connection it came over. */
  readonly drop: () => void;
}

export interface SshPeerOptions {
  /** What git, and any other command, runs under on the server. */
  readonly env: Environment;
  /** Public keys that may log in. */
  readonly authorizedKeys: readonly string[];
  readonly hostKeys?: readonly KeyPair[];
  /** What it speaks; ssh2's defaults. */
  readonly algorithms?: Algorithms;
  /** Said to everybody before login. */
  readonly banner?: string;
  /** Commands that are not even begun: the request itself is answered with no. */
  readonly refuses?: RegExp;
  /** So many commands run at once over one connection, and what becomes of one more. */
  readonly channels?: { readonly most: number; readonly beyond: 'refused' | 'declined' | 'broken' };
}

export interface SshPeer {
  readonly host: string;
  readonly port: number;
  /** `ssh://host:port/directory`. */
  readonly url: (directory: string) => string;
  /** A line for each host key. */
  readonly knownHosts: string;
  /** What commands do from now on; undefined: what they should. */
  readonly script: (behaviour: ((exec: Exec) => void) | undefined) => void;
  /** Logged in and open, right now. */
  readonly connections: () => number;
  /** Logins that succeeded, ever; and those that were refused. */
  readonly logins: () => number;
  readonly refusals: () => number;
  /** Every command asked for. */
  readonly execs: () => readonly string[];
  /** How often there was no room for another command. */
  readonly overfilled: () => number;
  /** Cuts all connections, without a goodbye. */
  readonly dropConnections: () => void;
  /** From now on nothing is read from the connections that are open: a link that is dead but was never closed. */
  readonly freeze: () => void;
  /** Listens no more, and cuts all connections. */
  readonly stop: () => Promise<void>;
  /** Listens again, on the same port. */
  readonly start: () => Promise<void>;
}

/** Starts a server on a free loopback port. */
export async function startSshPeer(atEnd: AtEnd, options: SshPeerOptions): Promise<SshPeer> {
  const hostKeys = options.hostKeys ?? [makeKeyPair()];
  const keys = options.authorizedKeys.map(parsePublicKey);
  const sockets = new Set<Socket>();
  const loggedIn = new Set<Connection>();
  const execs: string[] = [];
  let behaviour: ((exec: Exec) => void) | undefined;
  let logins = 0;
  let refusals = 0;
  let overfilled = 0;
  const onFull = (): void => {
    overfilled += 1;
  };
  const answer = (exec: Exec): void => {
    execs.push(exec.command);
    (behaviour ?? ((ordinary) => ordinary.run()))(exec);
  };

  const greet = (socket: Socket): void => {
    socket.setNoDelay(true);
    sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy()));
    // A server per connection: only so can a connection's own socket be cut.
    const ssh = new ssh2.Server({
      hostKeys: hostKeys.map((key) => key.privateKey),
      ...(options.algorithms && { algorithms: options.algorithms }),
      ...(options.banner === undefined ? {} : { banner: options.banner }),
    });
    ssh.on('connection', (client: Connection) => {
      client.on('authentication', (login) => {
        if (authenticate(login, keys) === 'refused') refusals += 1;
      });
      client.on('ready', () => {
        logins += 1;
        loggedIn.add(client);
        serve(client, options, { drop: () => socket.destroy(), answer, onFull });
        forward(client);
      });
      client.on('close', () => loggedIn.delete(client));
      // ssh2 does not always tell of a connection that was cut while it closed.
      socket.on('close', () => loggedIn.delete(client));
      // A reset by the other side, or a client that speaks no ssh: the connection is over, and that is all.
      client.on('error', () => socket.destroy());
    });
    ssh.injectSocket(socket);
  };

  const dropConnections = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const server = createServer(greet);
  const port = await freePort(HOST);
  await listen(server, port);
  const stop = async (): Promise<void> => {
    dropConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  atEnd(stop);
  return {
    host: HOST,
    port,
    url: (directory) => `ssh://${HOST}:${port}${directory}`,
    knownHosts: hostKeys.map((key) => knownHostsLine(HOST, port, key.publicKey)).join(''),
    script: (next) => {
      behaviour = next;
    },
    connections: () => loggedIn.size,
    logins: () => logins,
    refusals: () => refusals,
    execs: () => execs,
    overfilled: () => overfilled,
    dropConnections,
    freeze: () => {
      for (const socket of sockets) socket.pause().removeAllListeners('data');
    },
    stop,
    start: () => listen(server, port),
  };
}

async function listen(server: NetServer, port: number): Promise<void> {
  server.listen(port, HOST);
  await once(server, 'listening');
}

function parsePublicKey(text: string): ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
}

/** Publickey only. `none`, and a key that is only asked about, are no refusals. */
function authenticate(login: AuthContext, keys: readonly ParsedKey[]): 'refused' | 'not-refused' {
  if (login.method !== 'publickey') {
    login.reject(['publickey']);
    return 'not-refused';
  }
  const known = keys.find((key) => key.getPublicSSH().equals(login.key.data));
  const proven =
    !login.signature || (login.blob && known?.verify(login.blob, login.signature, login.hashAlgo) === true);
  if (known && proven) {
    login.accept();
    return 'not-refused';
  }
  login.reject(['publickey']);
  return 'refused';
}

/** Serves as a jump host: bytes go on to where they are wanted. */
function forward(client: Connection): void {
  client.on('tcpip', (accept, reject, { destIP, destPort }) => {
    const onward = connect(destPort, destIP);
    onward.once('error', reject);
    onward.once('connect', () => {
      onward.off('error', reject).setNoDelay(true);
      const channel = accept();
      onward.on('error', () => channel.close());
      onward.on('close', () => channel.close());
      channel.on('close', () => onward.destroy());
      channel.pipe(onward).pipe(channel);
    });
  });
}

interface Serving {
  readonly drop: () => void;
  readonly answer: (exec: Exec) => void;
  readonly onFull: () => void;
}

/** Accepts sessions and their commands; environment is dropped, as stock sshd does with GIT_PROTOCOL. */
function serve(
  client: Connection,
  { env, refuses, channels }: SshPeerOptions,
  { drop, answer, onFull }: Serving,
): void {
  let open = 0;
  const isFull = (): boolean => {
    const full = channels !== undefined && open >= channels.most;
    if (full) onFull();
    return full;
  };
  client.on('session', (acceptSession, rejectSession) => {
    if (channels?.beyond !== 'declined' && isFull()) return channels?.beyond === 'broken' ? drop() : rejectSession();
    const session = acceptSession();
    session.on('env', (_accept, reject) => reject?.());
    session.on('pty', (_accept, reject) => reject?.());
    session.on('exec', (accept, reject, { command }) => {
      if (refuses?.test(command) || (channels?.beyond === 'declined' && isFull())) return reject();
      const channel = accept();
      open += 1;
      channel.once('close', () => {
        open -= 1;
      });
      channel.on('error', drop);
      answer({ command, channel, drop, run: () => runCommand(command, channel, env) });
    });
  });
}
