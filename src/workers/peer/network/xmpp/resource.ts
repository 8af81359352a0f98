// Owns: by what name this repository is one of several programs of an account: peers find it by that, so it is kept.
// Leaves: keeping it (../kept-secret.ts), and the account (account.ts).
import { randomBytes } from 'node:crypto';
import { isMainThread } from 'node:worker_threads';
import { DaemonError } from '../../../../shared/failures.ts';
import { keptSecret } from '../kept-secret.ts';

const FORM = /^(git-annex-[\da-f]{12})\r?\n?$/;

/** Made where there is none; the server has no two of one name. Throws a DaemonError. */
export function ownResource(gitDir: string): string {
  const text = keptSecret({ gitDir, name: 'xmpp' }, () => `git-annex-${randomBytes(6).toString('hex')}\n`);
  const [, name] = FORM.exec(text) ?? [];
  if (name !== undefined) return name;
  throw new DaemonError('not-set-up', 'the file xmpp in .git/annex/creds holds no name: remove it to have a new one');
}

/** A program for git alone is beside the daemon, which has that name. */
export const resourceHere = (gitDir: string): string =>
  isMainThread ? `${ownResource(gitDir)}.${randomBytes(4).toString('hex')}` : ownResource(gitDir);
