// Owns: people whose repositories meet over telehash on loopback, each with a daemon and the commands of `peer`.
// Leaves: what they do (end-to-end/peers-telehash.test.ts, the bench).
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { AtEnd } from './at-end.ts';
import { type CommandResult, type Daemon, PROGRAM, startDaemon } from './daemon.ts';
import { freePort } from './free-port.ts';
import { untilRef } from './scene.ts';
import { commit, type Environment, makeRepo, type Scratch, type TestRepo } from './temp-repo.ts';

export interface Person {
  readonly name: string;
  readonly repo: TestRepo;
  readonly env: Environment;
  readonly scratch: Scratch;
  readonly port: number;
  /** Runs `git-remote-daemon peer …` with that on its stdin. */
  readonly peer: (input: string, ...words: readonly string[]) => Promise<CommandResult>;
  readonly start: () => Daemon;
}

/** What comes is a pack at once, so that it can be seen coming, and what is random is not made smaller. */
const PLAIN = '[core]\n\tcompression = 0\n\tbigFileThreshold = 1m\n[transfer]\n\tunpackLimit = 1\n';

/** A repository with one commit. `through`: where others are to find it, if not where it listens. */
export async function telehashPerson(
  atEnd: AtEnd,
  scratch: Scratch,
  name: string,
  through?: (port: number) => Promise<number>,
): Promise<Person> {
  const helpers = join(dirname(PROGRAM), '../helpers');
  const env = { ...scratch.env, PATH: [helpers, scratch.env.PATH].join(delimiter) };
  const repo = await makeRepo({ ...scratch, env }, name);
  const port = await freePort('127.0.0.1');
  const path = through ? `\ttelehashPath = 127.0.0.1:${await through(port)}\n` : '';
  const config = `[remotedaemon]\n\ttelehashListen = 127.0.0.1:${port}\n${path}${PLAIN}`;
  appendFileSync(join(repo.directory, '.git/config'), config);
  await commit(repo, `The first of ${name}`);
  return {
    ...{ name, repo, env, port, scratch: { ...scratch, env } },
    peer: (input, ...words) => runPeer(atEnd, repo.directory, env, input, words),
    start: () => startDaemon(atEnd, repo.directory, env),
  };
}

/** Each has the other as a remote by its name, once both daemons run. */
export async function pair(host: Person, guest: Person): Promise<string> {
  const invited = await host.peer('', 'invite', '--network=telehash', '--write', `--name=${guest.name}`);
  if (invited.status !== 0) throw new Error(invited.stderr);
  const accepted = await guest.peer(invited.stdout, 'accept', host.name, '--write', '-');
  if (accepted.status !== 0) throw new Error(accepted.stderr);
  return invited.stdout.trim();
}

/** Resolves once all others have what each has. */
export async function untilAllHave(people: readonly Person[]): Promise<void> {
  for (const { name, repo } of people) {
    const tip = await repo.git('rev-parse', 'main');
    const others = people.filter((other) => other.name !== name);
    await Promise.all(others.map((other) => untilRef(other.repo, `refs/remotes/${name}/main`, tip)));
  }
}

function runPeer(
  atEnd: AtEnd,
  cwd: string,
  env: Environment,
  input: string,
  words: readonly string[],
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, 'peer', ...words], { cwd, env });
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
