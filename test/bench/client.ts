// Owns: the client side of the benchmark: a repository whose remotes are a server's, alike for every competitor.
// Leaves: the servers (server.ts), and what runs in the repository (competitors.ts, plain-git.ts).
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AtEnd } from '../support/at-end.ts';
import { setUpSshClient } from '../support/ssh-client.ts';
import { makeRepo, type TestRepo } from '../support/temp-repo.ts';
import { startProxy, type TcpProxy } from './proxy.ts';
import type { BenchServer, ServerRepository } from './server.ts';

export interface BenchClient {
  readonly repo: TestRepo;
  readonly env: Readonly<Record<string, string>>;
  readonly remotes: readonly BenchRemote[];
  /** For `ssh -F`. */
  readonly sshConfig: string;
  /** All that went over the wire so far. */
  readonly wireBytes: () => number;
}

export interface BenchRemote {
  readonly name: string;
  /** Its URL, and what both daemons call it. */
  readonly uri: string;
  readonly repository: ServerRepository;
  /** What its `main` is here. */
  readonly tipHere: () => string;
}

export interface ClientOptions {
  /** Also the name of its directory. */
  readonly name: string;
  /** What its remotes are. */
  readonly repositories: readonly ServerRepository[];
  readonly roundTripMs?: number;
  /** Lines for its git config. */
  readonly config?: string;
}

/**
 * Makes a repository with git-annex's marks, every remote at a host name of its own, by way of proxies of its own.
 * ssh is told its config by `annex-ssh-options` alone, which both daemons obey: ssh takes the home directory from
 * passwd, and any of core.sshCommand and GIT_SSH_COMMAND would keep git-annex's fetches from its open connection.
 */
export async function makeClient(atEnd: AtEnd, server: BenchServer, options: ClientOptions): Promise<BenchClient> {
  const { name, repositories, roundTripMs = 0, config = '' } = options;
  const { scratch, tip, key } = server;
  const repo = await makeRepo(scratch, name);
  await repo.git('annex', 'init', '--quiet', name);
  const proxies = new Map<number, TcpProxy>();
  const ssh = setUpSshClient(join(scratch.directory, `${name}-home`), key);
  for (const { sshd } of repositories) {
    if (proxies.has(sshd.port)) continue;
    const proxy = await startProxy(atEnd, sshd.port, roundTripMs);
    proxies.set(sshd.port, proxy);
    ssh.trust(sshd.knownHosts.replace(`:${sshd.port} `, `:${proxy.port} `));
  }
  const hosts = repositories.map(({ name, sshd }) => hostLines(name, sshd.host, proxies.get(sshd.port)?.port ?? 0));
  ssh.configure(hosts.join('\n'));
  const remotes = repositories.map((repository) => remoteOf(repo, repository));
  const sections = remotes.map((remote) => configLines(remote, ssh.configFile));
  appendFileSync(join(repo.directory, '.git/config'), sections.join('') + config);
  await knowAllRefs(repo, repositories, tip);
  const wireBytes = (): number => [...proxies.values()].reduce((sum, proxy) => sum + proxy.bytes(), 0);
  return { repo, env: scratch.env, remotes, sshConfig: ssh.configFile, wireBytes };
}

function remoteOf(repo: TestRepo, repository: ServerRepository): BenchRemote {
  const { name, directory } = repository;
  const file = join(repo.directory, '.git/refs/remotes', name, 'main');
  return { name, uri: `ssh://${name}${directory}`, repository, tipHere: () => readFileSync(file, 'utf8').trim() };
}

const hostLines = (name: string, host: string, port: number): string => `Host ${name}
  HostName ${host}
  Port ${port}`;

const configLines = ({ name, uri, repository }: BenchRemote, sshConfig: string): string => `[remote "${name}"]
	url = ${uri}
	fetch = +refs/heads/*:refs/remotes/${name}/*
	annex-uuid = ${repository.annexUuid}
	annex-ssh-options = -F ${sshConfig}
`;

/** As after a fetch from each: what a daemon then finds is only what moved since. */
async function knowAllRefs(repo: TestRepo, repositories: readonly ServerRepository[], tip: string): Promise<void> {
  const [first, ...others] = repositories;
  if (!first) throw new Error('a client without remotes');
  await repo.git('fetch', '--quiet', first.directory, `refs/heads/*:refs/remotes/${first.name}/*`);
  const annexTip = await repo.git('rev-parse', `refs/remotes/${first.name}/git-annex`);
  for (const { name } of others) {
    const folder = join(repo.directory, '.git/refs/remotes', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'main'), `${tip}\n`);
    writeFileSync(join(folder, 'git-annex'), `${annexTip}\n`);
  }
}
