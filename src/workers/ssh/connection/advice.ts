// Owns: what a person is told to do about a key file that could not be used.
// Leaves: telling which failure it was (ssh2-login.ts), and all other advice (shared/login-advice.ts).
import { THEN_RESUME } from '../../../shared/login-advice.ts';
import { printable } from '../../../shared/printable.ts';

/** A key file that could not be used. */
export interface LockedKey {
  readonly path: string;
  /**
   * `no-passphrase`: none is known; `wrong-passphrase`; `odd-format`: nothing here can decrypt it; `exposed`: others may
   * read it, so that it is used by nobody.
   */
  readonly why: 'no-passphrase' | 'wrong-passphrase' | 'odd-format' | 'exposed';
}

const SECRETS = '.git/remote-daemon/secrets.ini';
const THEN_RELOAD = "then 'git remote-daemon reload'";

const ADVICE = {
  exposed: (paths) => `other accounts may read ${paths}, so it is not used: chmod 600 ${paths}, ${THEN_RESUME}`,
  'no-passphrase': (paths) =>
    `no passphrase is known for ${paths}: use an ssh agent or write the passphrase to ${SECRETS}, ${THEN_RELOAD}`,
  'wrong-passphrase': (paths) =>
    `the passphrase in secrets.ini does not open ${paths}: correct it in ${SECRETS}, ${THEN_RELOAD}`,
  'odd-format': (paths) => `only an ssh agent can open ${paths}: add it there, ${THEN_RESUME}`,
} as const satisfies Record<LockedKey['why'], (paths: string) => string>;

/** For the keys that could not be used; of several reasons the nearest to being mended. Undefined where there is none. */
export function lockedAdvice(locked: readonly LockedKey[]): string | undefined {
  for (const why of ['exposed', 'wrong-passphrase', 'no-passphrase', 'odd-format'] as const) {
    const paths = locked.filter((key) => key.why === why).map(({ path }) => printable(path));
    if (paths.length > 0) return ADVICE[why](paths.join(why === 'exposed' ? ' ' : ', '));
  }
  return undefined;
}
