// Owns: the keys of one remote as git reads them, its URLs among them, and what is said of those that are malformed.
// Leaves: what they mean for watching (remotes.ts), and which are known (key-names.ts).
import { printable } from '../../shared/printable.ts';
import { type GitConfig, rewriteUrl } from './git-config.ts';
import { REMOTE_KEYS, unknownKeyWarning } from './key-names.ts';

/** One remote's keys. */
export interface Section {
  readonly name: string;
  /** The last value that is not empty. */
  readonly get: (key: string) => string | undefined;
  readonly getAll: (key: string) => readonly string[];
  /** `malformed` values are warned of, and count as not set. */
  readonly isSet: (key: string) => boolean | undefined;
  readonly global: GitConfig;
  readonly warn: (text: string) => void;
}

/** The other keys of yes and no are false where they are not set. */
const TRUE_UNLESS_SET: readonly string[] = ['annex-sync', 'annex-pull'];

export function openSection(config: GitConfig, name: string, warnings: string[]): Section {
  const warn = (text: string): void => {
    warnings.push(printable(text));
  };
  const prefix = `remote.${name}.`;
  const known: readonly string[] = REMOTE_KEYS.map((key) => key.toLowerCase());
  for (const key of config.keys()) {
    const own = key.startsWith(prefix) ? key.slice(prefix.length) : '';
    if (own.startsWith('remotedaemon') && !known.includes(own)) warn(unknownKeyWarning(prefix, own, REMOTE_KEYS));
  }
  return {
    name,
    get: (key) => config.get(prefix + key) || undefined,
    getAll: (key) => config.getAll(prefix + key),
    isSet: (key) => {
      const value = config.getBool(prefix + key);
      if (value !== 'malformed') return value;
      const used = TRUE_UNLESS_SET.includes(key);
      warn(`${prefix}${key} is ${JSON.stringify(config.get(prefix + key))}: write true or false; ${used} is used`);
      return undefined;
    },
    global: config,
    warn,
  };
}

/** git fetches from the first. */
export const firstUrl = (urls: readonly string[]): string | undefined => notForgotten(urls)[0];

/** An empty one forgets those before it (git-config(1), `remote.<name>.url`). */
const notForgotten = (urls: readonly string[]): readonly string[] => urls.slice(urls.lastIndexOf('') + 1);

/** Where git pushes to: without a pushurl, to every url, for which pushInsteadOf then goes before insteadOf (remote.c). */
export function pushUrls({ global, getAll }: Section): string[] {
  const own = notForgotten(getAll('pushurl'));
  if (own.length > 0) return own.map((url) => rewriteUrl(global, url));
  return notForgotten(getAll('url')).map((url) => {
    const pushed = rewriteUrl(global, url, 'pushInsteadOf');
    return pushed === url ? rewriteUrl(global, url) : pushed;
  });
}
