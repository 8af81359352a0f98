// Owns: people who have a repository and a daemon each, and become peers by an invitation, over whichever network.
// Leaves: the network (hyper-testnet.ts), and those whose tokens and remotes are made by hand (peer-mesh.ts).
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import type { AtEnd } from './at-end.ts';
import { type CommandResult, type Daemon, PROGRAM, startDaemon } from './daemon.ts';
import { untilRef } from './scene.ts';
import { commit, type Environment, makeRepo, type Scratch, type TestRepo } from './temp-repo.ts';

export interface Person {
  readonly name: string;
  readonly repo: TestRepo;
  readonly env: Environment;
  /** Runs `git-remote-daemon peer …` with that on its stdin. */
  readonly peer: (input: string, ...words: readonly string[]) => Promise<CommandResult>;
  readonly start: (through?: readonly string[]) => Daemon;
}

export interface PersonOptions {
  readonly scratch: Scratch;
  /** `key=value` of git config. */
  readonly config: readonly string[];
}

/** With one commit. What comes stays a pack, so that it can be seen coming; what is random is not made smaller. */
export async function makePerson(atEnd: AtEnd, name: string, { scratch, config }: PersonOptions): Promise<Person> {
  const repo = await makeRepo(scratch, name);
  // As if it were installed: git finds the remote helpers.
  const env = { ...scratch.env, PATH: [join(dirname(PROGRAM), '../helpers'), scratch.env.PATH].join(delimiter) };
  for (const each of [...config, 'core.compression=0', 'core.bigFileThreshold=1m', 'transfer.unpackLimit=1']) {
    const [key = '', ...value] = each.split('=');
    await repo.git('config', '--add', key, value.join('='));
  }
  await commit(repo, `The first of ${name}`);
  return {
    name,
    repo,
    env,
    peer: (input, ...words) => runWithInput(atEnd, { cwd: repo.directory, env }, input, ['peer', ...words]),
    start: (through = []) => startDaemon(atEnd, repo.directory, env, ['--foreground'], through),
  };
}

/** One line that lets `there` in at `here`, by whose name they are remotes of each other once they have met. */
export async function pair(here: Person, there: Person, network: string): Promise<string> {
  const invited = await here.peer('', 'invite', `--network=${network}`, `--name=${there.name}`);
  if (invited.status !== 0) throw new Error(`${here.name} cannot invite: ${invited.stderr}`);
  const accepted = await there.peer(invited.stdout, 'accept', here.name, '-');
  if (accepted.status !== 0) throw new Error(`${there.name} cannot accept: ${accepted.stderr}`);
  return invited.stdout.trim();
}

/** Commits in one, and resolves once all others have it. */
export async function commitAmong(here: Person, people: readonly Person[]): Promise<string> {
  const tip = await commit(here.repo);
  await untilAmong(here, people, tip);
  return tip;
}

export async function untilAmong(here: Person, people: readonly Person[], tip: string): Promise<void> {
  const others = people.filter(({ name }) => name !== here.name);
  await Promise.all(others.map(({ repo }) => untilRef(repo, `refs/remotes/${here.name}/main`, tip)));
}

function runWithInput(
  atEnd: AtEnd,
  options: { readonly cwd: string; readonly env: Environment },
  input: string,
  args: readonly string[],
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], options);
    atEnd(() => void child.kill('SIGKILL'));
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.on('error', () => undefined).end(input);
    child.on('error', reject);
    child.on('close', (status) => resolve({ status: status ?? -1, stdout, stderr }));
  });
}
