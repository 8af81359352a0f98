// Owns: where this account is at home, also where passwd does not know it, as in a container.
// Leaves: what is read there (whoever needs it).
import { userInfo } from 'node:os';

/** As ssh takes it, from passwd; undefined: it knows no such account. `entry`: gives that of this account, or throws. */
export function homeInPasswd(entry: () => { readonly homedir: string } = userInfo): string | undefined {
  try {
    return entry().homedir;
  } catch {
    return undefined;
  }
}

/** `home`: $HOME, which wins, as everywhere but in ssh. Where nobody tells it is the root, as of a system's account. */
export const homeHere = (home = process.env.HOME, entry?: () => { readonly homedir: string }): string =>
  home || homeInPasswd(entry) || '/';
