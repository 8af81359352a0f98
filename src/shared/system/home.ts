// Owns: where this account is at home, also where passwd does not know it, as in a container.
// Leaves: what is read there (whoever needs it).
import { userInfo } from 'node:os';

/** As ssh takes it, from passwd; undefined: it knows no such account. */
export function homeInPasswd(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

/** `home`: $HOME, which wins, as everywhere but in ssh. Where nobody tells it is the root, as of a system's account. */
export const homeHere = (home = process.env.HOME): string => home || homeInPasswd() || '/';
