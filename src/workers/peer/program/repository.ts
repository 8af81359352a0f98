// Owns: which repository a program of a network was started in.
// Leaves: what is in it (whoever asks).
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { CannotHelp } from '../helper/cannot-help.ts';

const GIT_MS = 10_000;

/** Its common git dir. Throws CannotHelp. */
export async function findRepository(): Promise<string> {
  const args = ['rev-parse', '--git-common-dir'];
  const asked = await promisify(execFile)('git', args, { timeout: GIT_MS }).catch(() => undefined);
  if (asked === undefined) throw new CannotHelp('there is no repository here: run it in one');
  return path.resolve(asked.stdout.replace(/\n$/, ''));
}
