// Owns: a private sshd on a loopback port, run by whoever runs the tests; its connections can be counted and cut.
// Leaves: whether it is installed (peers.ts), and the client's side (ssh-client.ts).
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AtEnd } from './at-end.ts';
import { freePort } from './free-port.ts';
import { until } from './next-line.ts';
import { findProgram } from './peers.ts';
import { childrenOf, descendantsOf, endMarked, killQuietly, MARKER } from './processes.ts';
import { knownHostsLine, makeKeyPair } from './ssh-keys.ts';
import type { Environment, Scratch, TestRepo } from './temp-repo.ts';

const HOST = '127.0.0.1';

export interface OpensshPeer {
  readonly host: string;
  readonly port: number;
  /** `ssh://host:port/directory`. */
  readonly url: (directory: string) => string;
  readonly knownHosts: string;
  /** Open right now, counted by the processes that serve them; logging in or logged in. */
  readonly connections: () => number;
  /** It, and all that runs there for whoever is logged in. */
  readonly processes: () => number[];
  /** Logins that succeeded, ever. */
  readonly logins: () => number;
  /** Kills what serves the open connections, with all that runs there. The server goes on listening. */
  readonly dropConnections: () => void;
  /** Ends the server and all connections. */
  readonly stop: () => Promise<void>;
  /** Starts it again, on the same port. */
  readonly start: () => Promise<void>;
  /** What it has logged. */
  readonly log: () => string;
}

/** Starts an sshd in which commands see the scratch directory's environment and none of the account's own start-up files. */
export async function startOpensshPeer(
  atEnd: AtEnd,
  scratch: Scratch,
  authorizedKeys: readonly string[],
  moreConfig: readonly string[] = [],
): Promise<OpensshPeer> {
  const program = findProgram('sshd');
  if (!program) throw new Error('no sshd here: see lacksPeers()');
  const hostKey = makeKeyPair();
  const id = serverIdOf(scratch);
  const port = await freePort(HOST);
  const config = writeConfig(scratch, { port, id, hostKey: hostKey.privateKey, authorizedKeys, moreConfig });
  // A file, and no pipe: what was done at the server can be counted at once, and not only when this process reads.
  const logFile = `${config}.log`;
  const log = (): string => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  const options = ['-D', '-E', logFile, '-f', config, ...toleranceOptions(program, config)];
  let sshd: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const before = log().length;
    const started = spawn(program, options, { stdio: 'ignore', env: { PATH: '/usr/bin:/bin', [MARKER]: id } });
    sshd = started;
    await until('sshd listens', () => {
      if (started.exitCode !== null) throw new Error(`sshd has ended:\n${log()}`);
      return log().slice(before).includes('Server listening on ');
    });
  };
  const dropConnections = (): void => {
    for (const pid of descendantsOf(sshd?.pid ?? -1)) killQuietly(pid);
  };
  const stop = async (): Promise<void> => {
    const serving = descendantsOf(sshd?.pid ?? -1);
    if (sshd && sshd.exitCode === null && sshd.signalCode === null) {
      sshd.kill('SIGKILL');
      await once(sshd, 'exit');
    }
    for (const pid of serving) killQuietly(pid);
    await endMarked(id);
  };
  atEnd(stop);
  await start();
  return {
    host: HOST,
    port,
    url: (directory) => `ssh://${HOST}:${port}${directory}`,
    knownHosts: knownHostsLine(HOST, port, hostKey.publicKey),
    connections: () => childrenOf(sshd?.pid ?? -1).length,
    processes: () => (sshd?.pid === undefined ? [] : [sshd.pid, ...descendantsOf(sshd.pid)]),
    logins: () => log().match(/^Accepted publickey for /gm)?.length ?? 0,
    dropConnections,
    stop,
    start,
    log,
  };
}

/** The marker of the sshds of a scratch directory, and of all that runs there. */
export const serverIdOf = ({ id }: Scratch): string => `${id}-server`;

/** git-annex-shell's notifychanges refuses a repository that git-annex was never set up in. */
export async function initAnnex(repo: TestRepo): Promise<void> {
  await repo.git('annex', 'init', '--quiet', 'server');
}

interface ServerSettings {
  readonly port: number;
  readonly id: string;
  readonly hostKey: string;
  readonly authorizedKeys: readonly string[];
  readonly moreConfig: readonly string[];
}

function writeConfig(scratch: Scratch, settings: ServerSettings): string {
  const { port, id, hostKey, authorizedKeys, moreConfig } = settings;
  const folder = join(scratch.directory, 'sshd');
  mkdirSync(folder, { mode: 0o700 });
  const [keyFile, keysFile, configFile] = [join(folder, 'host_key'), join(folder, 'keys'), join(folder, 'config')];
  writeFileSync(keyFile, hostKey, { mode: 0o600 });
  writeFileSync(keysFile, `${authorizedKeys.join('\n')}\n`, { mode: 0o600 });
  // Where root runs it, sshd wants the folder that its package's service makes.
  if (process.getuid?.() === 0 && !existsSync('/run/sshd')) mkdirSync('/run/sshd', { mode: 0o755, recursive: true });
  const lines = [
    `Port ${port}`,
    `ListenAddress ${HOST}`,
    `HostKey ${keyFile}`,
    `AuthorizedKeysFile ${keysFile}`,
    'AuthenticationMethods publickey',
    'PermitRootLogin prohibit-password',
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
    'PrintMotd no',
    'LogLevel VERBOSE',
    'MaxStartups 100',
    // Bash runs $HOME/.bashrc at every login, which is slow for some; with this $HOME there is none.
    `SetEnv ${asSetEnv({ ...scratch.env, [MARKER]: id })}`,
    ...moreConfig,
  ];
  writeFileSync(configFile, `${lines.join('\n')}\n`);
  return configFile;
}

const asSetEnv = (env: Environment): string =>
  Object.entries(env)
    .map(([name, value]) => `"${name}=${value}"`)
    .join(' ');

/** OpenSSH 9.8 and later shut out an address that was refused too often; older ones do not know the option. */
function toleranceOptions(program: string, config: string): string[] {
  const options = ['-o', 'PerSourcePenalties=no'];
  try {
    execFileSync(program, ['-t', '-f', config, ...options], { stdio: 'ignore' });
    return options;
  } catch {
    // An older sshd; and a config that is wrong for another reason shows when it starts.
    return [];
  }
}
