// Owns: what git alone takes for a fetch, run by hand: over a new login, over an open ControlMaster, from a local path.
// Leaves: what is fetched (sections/).
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AtEnd } from '../support/at-end.ts';
import { until } from '../support/next-line.ts';
import type { Environment } from '../support/temp-repo.ts';
import type { BenchClient, BenchRemote } from './client.ts';

const run = promisify(execFile);
const MOST_SAID = 4_000;

/** Runs git in the client, and gives what it took in ms; throws with its stderr. */
export type TimedGit = (...args: readonly string[]) => Promise<number>;

/** git, calling ssh with the client's config. */
export function plainGit({ repo, env, sshConfig }: BenchClient, sshOptions = ''): TimedGit {
  const withSsh = { ...env, GIT_SSH_COMMAND: `ssh -F ${sshConfig} ${sshOptions}` };
  return async (...args) => {
    const startedAtMs = performance.now();
    await quietly(args, repo.directory, withSsh);
    return performance.now() - startedAtMs;
  };
}

/** Its answer, which may be more than anybody wants to keep, is dropped. */
async function quietly(args: readonly string[], cwd: string, env: Environment): Promise<void> {
  const child = spawn('git', args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MOST_SAID);
  });
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`git ${args[0]} has ended with ${status}: ${said}`);
}

/** Opens a master connection to the remote's host, and gives a git that goes over it. */
export async function gitOverControlMaster(
  atEnd: AtEnd,
  client: BenchClient,
  { name }: BenchRemote,
): Promise<TimedGit> {
  return plainGit(client, `-S ${await openControlMaster(atEnd, client, name)}`);
}

/** Gives the path for `ssh -S`, when the connection is up. */
export async function openControlMaster(
  atEnd: AtEnd,
  { repo, env, sshConfig }: BenchClient,
  host: string,
): Promise<string> {
  const path = join(repo.directory, '.git/master');
  const master = spawn('ssh', ['-F', sshConfig, '-M', '-S', path, '-N', host], { env, stdio: 'ignore' });
  atEnd(() => void master.kill());
  const check = ['-F', sshConfig, '-S', path, '-O', 'check', host];
  await until('the ControlMaster is up', () => {
    return run('ssh', check, { env }).then(
      () => true,
      () => false,
    );
  });
  return path;
}
