// Owns: whose a directory is, in words for a person who is not its owner.
// Leaves: whether that matters (main/config, main/instance).
import fs from 'node:fs';

const PASSWD_BYTES = 1024 * 1024;

/** Why this user is not to write into a repository, and what to do; undefined: it is his own, or not there. */
export function whyForeign(directory: string): string | undefined {
  const owner = fs.statSync(directory, { throwIfNoEntry: false })?.uid;
  const self = process.geteuid?.();
  if (owner === undefined || self === undefined || owner === self) return undefined;
  const account = accountName(owner);
  const [is, to] = [account ?? `uid ${owner}`, account ?? `'#${owner}'`];
  return `${directory} belongs to ${is}, whom files of ${ownAccount()} would be in the way of; run this as ${is}: sudo -u ${to} git remote-daemon`;
}

/** For a person, and for chown(1). */
export function ownAccount(): string {
  const self = process.geteuid?.() ?? 0;
  return accountName(self) ?? String(self);
}

/** As /etc/passwd has it; undefined for one that is kept elsewhere, or has an odd name. */
export function accountName(uid: number): string | undefined {
  const line = passwd()
    .split('\n')
    .find((each) => each.split(':')[2] === String(uid));
  const name = line?.split(':')[0];
  return name !== undefined && /^[\w.][\w.-]*\$?$/.test(name) ? name : undefined;
}

function passwd(): string {
  try {
    const descriptor = fs.openSync('/etc/passwd', fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      const bytes = Buffer.alloc(PASSWD_BYTES);
      return bytes.toString('utf8', 0, fs.readSync(descriptor, bytes));
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {
    // Without it there are numbers.
    return '';
  }
}
