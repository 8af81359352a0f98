// Owns: what git alone takes for a fetch, run by hand: over a new login, over an open ControlMaster, from a local path.
// Leaves: what is fetched (sections/).
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AtEnd } from '../support/at-end.ts';
import { until } from '../support/next-line.ts';
import type { BenchClient, BenchRemote } from './client.ts';

const run = promisify(execFile);

/** Runs git in the client, and gives what it took in ms; throws where it fails, and it has said why on stderr. */
export type TimedGit = (...args: readonly string[]) => Promise<number>;

/** git, calling ssh with the client's config. */
export function plainGit({ repo, env, sshConfig }: BenchClient, sshOptions = ''): TimedGit {
  const withSsh = { ...env, GIT_SSH_COMMAND: `ssh -F ${sshConfig} ${sshOptions}` };
  return async (...args) => {
    const startedAtMs = performance.now();
    // What it says may be more than anybody wants to keep.
    const child = spawn('git', args, { cwd: repo.directory, env: withSsh, stdio: ['ignore', 'ignore', 'inherit'] });
    const [status] = await once(child, 'exit');
    if (status !== 0) throw new Error(`git ${args[0]} has ended with ${status}`);
    return performance.now() - startedAtMs;
  };
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
