// Owns: what of git's config no remote has for itself, and may all the same be what one failed for want of. Pure.
// Leaves: what is tried again when it is another (main/supervisor).
import path from 'node:path';
import type { GitConfig } from './git-config.ts';
import { splitShellWords } from './shell-words.ts';

/** Of these sections every key: by them git reaches a server, logs in, and takes what it is sent, or does not. */
const SECTIONS: ReadonlySet<string> = new Set([
  'credential',
  'credentialcache',
  'credentialstore',
  'fetch',
  'fsck',
  'hook',
  'http',
  'https',
  'pack',
  'protocol',
  'receive',
  'safe',
  'ssh',
  'transfer',
  'url',
]);
/** And these; `remote.<n>.…` where our own reading knows nothing of it. */
const KEYS =
  /^(?:core\.(?:askpass|gitproxy|hookspath|sshcommand|packedgit\w*|bigfilethreshold)|remote\..*\.(?:proxy|proxyauthmethod|serveroption|promisor|partialclonefilter))$/;

const isMeans = (key: string): boolean => SECTIONS.has(key.slice(0, key.indexOf('.'))) || KEYS.test(key);

export interface Means {
  /** What these keys are, to be compared. May hold a password. */
  readonly keys: readonly (readonly [key: string, values: readonly string[]])[];
  /** Files that they name, absolute, which logins rest on. */
  readonly files: readonly string[];
}

export function readMeans(config: GitConfig, home: string): Means {
  const keys = [...new Set(config.keys().filter(isMeans))].sort();
  return {
    keys: keys.map((key) => [key, config.getAll(key)]),
    files: [...new Set(keys.flatMap((key) => config.getAll(key).flatMap((value) => filesIn(key, value, home))))],
  };
}

/** A path of git's, in which `~/` is the home directory; of a helper, the one that it is given. */
function filesIn(key: string, value: string, home: string): string[] {
  const names = /^http\..*(?:cookiefile|ssl(?:cert|key|cainfo))$/.test(key)
    ? [value]
    : /^credential\..*helper$|^credential\.helper$/.test(key)
      ? optionsOf(value, /^--(?:file|socket)$/)
      : [];
  return names.map((name) => name.replace(/^~\//, `${home}/`)).filter((name) => path.isAbsolute(name));
}

/** The values of options, each as a word of its own or after `=`. */
function optionsOf(command: string, option: RegExp): string[] {
  const words = splitShellWords(command, undefined) ?? command.split(/\s+/);
  return words.flatMap((word, at) => {
    const [name = '', value = words[at + 1]] = word.split(/=(.*)/s);
    return option.test(name) && value !== undefined ? [value] : [];
  });
}
