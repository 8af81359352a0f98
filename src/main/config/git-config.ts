// Owns: git's configuration as git itself reads it: includes, scopes, repeated keys, insteadOf; the only authority on it.
// Leaves: what our keys mean (settings.ts), which remotes there are (remotes.ts), and running git (main/git).
import path from 'node:path';
import { printable } from '../../shared/printable.ts';
import { UserError } from '../user-error.ts';

export interface GitAnswer {
  readonly ok: boolean;
  /** undefined: a signal ended it, or it could not be started; `stderr` says which. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a git command that only reads, in a directory and an environment that are settled already. Never rejects. */
export type RunGitQuietly = (args: readonly string[], options?: { readonly input?: string }) => Promise<GitAnswer>;

/** Section and variable names may be given in any case; a subsection's case counts. */
export interface GitConfig {
  /** The last value of a key; of one without `=`, ''. */
  readonly get: (key: string) => string | undefined;
  readonly getAll: (key: string) => readonly string[];
  /** In any of git's spellings; what git would refuse is `malformed`. */
  readonly getBool: (key: string) => boolean | 'malformed' | undefined;
  /** With git's units: `1k` is 1024. */
  readonly getInt: (key: string) => number | 'malformed' | undefined;
  /** Subsections of a section, in the order in which they first come. */
  readonly subsections: (section: string) => readonly string[];
  /** All keys, as git spells them: section and variable in lower case. */
  readonly keys: () => readonly string[];
  /** Absolute paths of the files it came from, and of those it includes once they exist. */
  readonly files: readonly string[];
  /** Whether some of it holds only on a branch (git-config(1), `onbranch`). */
  readonly dependsOnBranch: boolean;
}

interface Entry {
  readonly key: string;
  readonly value: string | undefined;
  /** Absolute path, where it came from a file. */
  readonly file: string | undefined;
}

/** Asks git, which runs in `directory`. `home`: what `~` means. Throws a UserError if a file cannot be read. */
export async function readGitConfig(git: RunGitQuietly, directory: string, home?: string): Promise<GitConfig> {
  const answer = await git(['config', '--null', '--list', '--show-origin', '--show-scope']);
  if (!answer.ok) throw new UserError(`git cannot read its configuration: ${complaintOf(answer)}`);
  return parseGitConfig(answer.stdout, directory, home);
}

/** Reads what `git config --null --list --show-origin --show-scope` printed in `directory`. */
export function parseGitConfig(listing: string, directory: string, home?: string): GitConfig {
  const entries = parseEntries(listing, directory);
  const values = byKey(entries);
  const last = (key: string): Entry | undefined => values.get(canonicalKey(key))?.at(-1);
  return {
    get: (key) => {
      const entry = last(key);
      return entry && (entry.value ?? '');
    },
    getAll: (key) => (values.get(canonicalKey(key)) ?? []).map(({ value }) => value ?? ''),
    getBool: (key) => {
      const entry = last(key);
      return entry && parseBool(entry.value);
    },
    getInt: (key) => {
      const entry = last(key);
      return entry && parseInteger(entry.value ?? '');
    },
    subsections: (section) => subsectionsOf([...values.keys()], section.toLowerCase()),
    keys: () => [...values.keys()],
    files: [...new Set(entries.flatMap((entry) => [...(entry.file ? [entry.file] : []), ...includedBy(entry, home)]))],
    dependsOnBranch: entries.some(({ key }) => /^includeif\.onbranch:/s.test(key)),
  };
}

/** Replaces the longest prefix that a `url.<base>.insteadOf` names; of equally long ones the first counts, as in git. */
export function rewriteUrl(config: GitConfig, url: string, key: 'insteadOf' | 'pushInsteadOf' = 'insteadOf'): string {
  const rewrites = config
    .subsections('url')
    .flatMap((base) => config.getAll(`url.${base}.${key}`).map((prefix) => ({ base, prefix })))
    .filter(({ prefix }) => url.startsWith(prefix))
    .toSorted((one, other) => other.prefix.length - one.prefix.length);
  const [best] = rewrites;
  return best ? best.base + url.slice(best.prefix.length) : url;
}

/** The first complaint of a git that failed, fit to be shown. */
export function complaintOf({ stderr }: Pick<GitAnswer, 'stderr'>): string {
  const lines = stderr.split('\n').filter((line) => line !== '');
  const complaint = lines.find((line) => /^(?:fatal|error): /.test(line)) ?? lines[0] ?? 'git did not say why';
  return printable(complaint.replace(/^(?:fatal|error): /, ''));
}

function parseEntries(listing: string, directory: string): Entry[] {
  const fields = listing.split('\0');
  const entries: Entry[] = [];
  // Scope, origin, then key and value with a line feed between; a key alone means true (git-config(1)).
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [origin = '', text = ''] = fields.slice(at + 1, at + 3);
    const [, key = text, value] = /^([^\n]*)\n(.*)$/s.exec(text) ?? [];
    const file = origin.startsWith('file:') ? path.resolve(directory, origin.slice('file:'.length)) : undefined;
    entries.push({ key, value, file });
  }
  return entries;
}

function byKey(entries: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> {
  const values = new Map<string, Entry[]>();
  for (const entry of entries) {
    const same = values.get(entry.key);
    if (same) same.push(entry);
    else values.set(entry.key, [entry]);
  }
  return values;
}

/** `A.b.C` → `a.b.c` with the case of what is between the first and the last dot kept. */
function canonicalKey(key: string): string {
  const first = key.indexOf('.');
  const last = key.lastIndexOf('.');
  return key.slice(0, first).toLowerCase() + key.slice(first, last) + key.slice(last).toLowerCase();
}

function subsectionsOf(keys: readonly string[], section: string): string[] {
  const inside = keys.filter((key) => key.startsWith(`${section}.`) && key.indexOf('.') !== key.lastIndexOf('.'));
  return [...new Set(inside.map((key) => key.slice(section.length + 1, key.lastIndexOf('.'))))];
}

/** As git reads a boolean; undefined is one without `=`. */
export function parseBool(value: string | undefined): boolean | 'malformed' {
  if (value === undefined || /^(?:true|yes|on)$/i.test(value)) return true;
  if (/^(?:false|no|off|)$/i.test(value)) return false;
  const number = parseInteger(value);
  return number === 'malformed' ? number : number !== 0;
}

function parseInteger(text: string): number | 'malformed' {
  // As strtoimax(3) with base 0 reads it: 0x is hexadecimal, a leading 0 octal.
  const [, sign = '', digits = '', unit = ''] = /^\s*([+-]?)(0x[0-9a-f]+|\d+)([kmg]?)$/i.exec(text) ?? [];
  const octal = /^0\d/.test(digits);
  if (digits === '' || (octal && /[89]/.test(digits))) return 'malformed';
  const scale = 1024 ** ' kmg'.indexOf(unit.toLowerCase() || ' ');
  const number = Number(octal ? `0o${digits}` : digits) * scale * (sign === '-' ? -1 : 1);
  return Number.isSafeInteger(number) ? number : 'malformed';
}

/** The file that an `include.path` names, which need not exist yet. */
function includedBy({ key, value, file }: Entry, home: string | undefined): string[] {
  if (!file || !value || !/^include(?:if\..*)?\.path$/s.test(key)) return [];
  const expanded = home === undefined ? value : value.replace(/^~(?=\/)/, () => home);
  // Of another user's home, or of where git is installed: git lists the file once it is there.
  return /^(?:~|%\(prefix\))/.test(expanded) ? [] : [path.resolve(path.dirname(file), expanded)];
}
