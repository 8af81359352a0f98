// Owns: the `%` tokens and `~` of ssh_config(5), as far as they can be expanded without guessing. Pure.
// Leaves: which settings take them (settings.ts, choose-connection.ts).
import { posix } from 'node:path';

/** The tokens we know the value of, and where relative paths start. */
export interface TokenValues {
  /** Home directory. */
  readonly d: string;
  /** The server's name or address, as connected to. */
  readonly h: string;
  readonly p: string;
  /** The user on the server. */
  readonly r: string;
  /** The user here. */
  readonly u: string;
  readonly directory: string;
}

/** An absolute path, or undefined if that would take a guess: another token, a variable, another user's home. */
export function expandPath(path: string, values: TokenValues): string | undefined {
  if (path === 'none' || path.includes('${')) return undefined;
  const atHome = path.replace(/^~(?=\/|$)/, '%d');
  if (atHome.startsWith('~')) return undefined;
  const expanded = expandTokens(atHome, { d: values.d, h: values.h, r: values.r, u: values.u });
  return expanded === undefined ? undefined : posix.resolve(values.directory, expanded);
}

/**
 * A ProxyCommand with its tokens in place, or undefined if it holds a token we do not know, or if a value is not
 * made of characters that mean nothing to a shell.
 */
export function expandCommand(
  command: string,
  values: TokenValues,
  more: Readonly<Record<string, string>> = {},
): string | undefined {
  const known = { h: values.h, p: values.p, r: values.r, ...more };
  const safe = Object.values(known).every((value) => /^[A-Za-z0-9][A-Za-z0-9_.:@%-]*$/.test(value));
  return safe ? expandTokens(command, known) : undefined;
}

/** Undefined for a token that is not among `values` (`%%` always is). */
function expandTokens(text: string, values: Readonly<Record<string, string>>): string | undefined {
  let known = true;
  const expanded = text.replace(/%(.?)/gsu, (_all, token: string) => {
    if (token === '%') return '%';
    known &&= Object.hasOwn(values, token);
    return values[token] ?? '';
  });
  return known ? expanded : undefined;
}
