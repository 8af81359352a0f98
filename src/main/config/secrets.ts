// Owns: secrets.ini: who may read it, and that what ini makes of a line is what its writer meant. The only ini here.
// Leaves: where the file is (instance/state-directory.ts), and using the secrets (workers/ssh).
import path from 'node:path';
import ini from 'ini';
import type { NetworkSecrets } from '../../shared/p2p/network-settings.ts';
import type { SecretSection } from '../../shared/rungs/rung.ts';
import { readOwnFile } from '../instance/own-file.ts';
import { UserError } from '../user-error.ts';

/** By section and key. */
export type Secrets = { readonly [S in SecretSection]: Readonly<Record<string, string>> } & {
  /** By network: of each of its accounts the section `[NETWORK "ACCOUNT"]`. */
  readonly networks: Readonly<Record<string, NetworkSecrets>>;
};

interface ReadSecrets {
  readonly sections: Secrets;
  /** For the log, one line each; no secret is in them. */
  readonly warnings: readonly string[];
}

const OTHERS_MAY = 0o077;
/** A person writes it. */
const MOST_BYTES = 1024 * 1024;

/** What may stand in a section. */
interface Section {
  /** What a value is called to a person. */
  readonly value: string;
  /** The key under which a secret is kept. Throws a UserError, which begins with `at`. */
  readonly keyOf: (written: string, at: string, home: string) => string;
}

const SECTIONS: { readonly [S in SecretSection]: Section } = {
  passphrases: { value: 'passphrase', keyOf: pathOfKey },
};

/** Networks that have accounts. */
const NETWORKS: Readonly<Record<string, Section>> = {
  xmpp: { value: 'value', keyOf: keyOfAccount },
};

/** No file: no secrets. Throws a UserError, which names the line, for what would be misread or is open to others. */
export function readSecrets(file: string, home: string): ReadSecrets {
  const text = readPrivateFile(file);
  return parseSecrets(text ?? '', file, home);
}

/** `file` is for complaints only. */
export function parseSecrets(text: string, file: string, home: string): ReadSecrets {
  const sections = createSections();
  const warnings: string[] = [];
  /** What is being read; undefined: before the first. */
  let into: OpenSection | 'unknown' | undefined;
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const at = `${file}, line ${index + 1}`;
    if (/^\s*(?:[;#]|$)/.test(line)) continue;
    if (/^\s*\[/.test(line)) {
      const name = sectionName(line, at);
      into = sections.open(name) ?? 'unknown';
      if (into === 'unknown') warnings.push(`${at}: this version knows no section [${name}]`);
      continue;
    }
    if (into === undefined) warnings.push(`${at}: nothing is read before a section such as [passphrases]`);
    if (into === undefined || into === 'unknown') continue;
    const { kind, values } = into;
    const { key: written, value } = readLine(line, at, kind.value);
    const key = kind.keyOf(written, at, home);
    if (values.has(key)) throw new UserError(`${at}: this key has a ${kind.value} above already; remove one`);
    values.set(key, value);
  }
  return { sections: sections.all(), warnings };
}

interface OpenSection {
  readonly kind: Section;
  readonly values: Map<string, string>;
}

/** A section may stand in several places. */
function createSections() {
  const passphrases = new Map<string, string>();
  const networks = new Map<string, Map<string, Map<string, string>>>();
  const open = (name: string): OpenSection | undefined => {
    if (isKnown(name)) return { kind: SECTIONS[name], values: passphrases };
    const [, network = '', account = ''] = /^([\w-]+)[ \t]+"([^"\\]+)"$/.exec(name) ?? [];
    const kind = Object.hasOwn(NETWORKS, network) ? NETWORKS[network] : undefined;
    if (kind === undefined) return undefined;
    const accounts = networks.get(network) ?? new Map<string, Map<string, string>>();
    const values = accounts.get(account) ?? new Map<string, string>();
    networks.set(network, accounts.set(account, values));
    return { kind, values };
  };
  const plain = <V, W>(map: ReadonlyMap<string, V>, of: (value: V) => W): Record<string, W> =>
    Object.fromEntries([...map].map(([key, value]) => [key, of(value)]));
  const all = (): Secrets => ({
    passphrases: Object.fromEntries(passphrases),
    networks: plain(networks, (accounts) => plain(accounts, (values) => Object.fromEntries(values))),
  });
  return { open, all };
}

/** What is known of an account of XMPP (workers/peer/network/xmpp/account.ts). */
const ACCOUNT_KEYS = ['password', 'service', 'ca'];

function keyOfAccount(written: string, at: string): string {
  if (ACCOUNT_KEYS.includes(written)) return written;
  throw new UserError(`${at}: an account has a password, and maybe a service and a ca: this is none of them`);
}

const isKnown = (name: string): name is SecretSection => Object.hasOwn(SECTIONS, name);

function pathOfKey(written: string, at: string, home: string): string {
  const file = written.replace(/^~(?=\/)/, () => home);
  if (!path.isAbsolute(file)) throw new UserError(`${at}: write the whole path of the key, or begin it with ~/`);
  return file;
}

function readPrivateFile(file: string): string | undefined {
  const found = readOwnFile(file, MOST_BYTES);
  if (found.kind === 'odd') throw new UserError(found.why);
  if (found.kind === 'missing') return undefined;
  // First of all: the mode is that of the other name, too.
  if (found.hasOtherNames) throw new UserError(`${file} has another name as well (a hard link): write it anew`);
  if (found.mode & OTHERS_MAY) throw new UserError(`${file} is open to other users: chmod 600 it`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(found.content);
  } catch {
    throw new UserError(`${file} is not UTF-8: write it anew`);
  }
}

function sectionName(line: string, at: string): string {
  const [, name] = /^\[([^\]]*)\][ \t]*$/.exec(line) ?? [];
  if (name === undefined) throw new UserError(`${at}: a section is [name] at the start of a line, with nothing behind`);
  return name;
}

/** One `key = value`, as written and as ini reads it: both have to be the same. */
function readLine(line: string, at: string, what: string): { readonly key: string; readonly value: string } {
  const equals = line.indexOf('=');
  if (equals === -1) throw new UserError(`${at}: there is no "=", so no ${what}`);
  const written = { key: unquote(line.slice(0, equals)), value: unquote(line.slice(equals + 1)) };
  const parsed: Readonly<Record<string, Readonly<Record<string, unknown>>>> = ini.parse(`[it]\n${line}`);
  const [[key, value] = [], ...more] = Object.entries(parsed.it ?? {});
  // ini makes a boolean of "true", quoted or not; quoted, there is no doubt about what was meant.
  const read = typeof value === 'string' || written.value?.quoted ? String(value) : undefined;
  if (more.length > 0 || key === undefined || key !== written.key?.text) {
    throw new UserError(`${at}: the path of the key would be misread: put it in double quotes, without = in it`);
  }
  if (read === undefined || read !== written.value?.text) {
    throw new UserError(`${at}: the ${what} would be misread: put it in double quotes, with JSON's escapes`);
  }
  return { key, value: read };
}

/** What somebody who wrote this meant; undefined for quotes around what is no JSON string. */
function unquote(written: string): { readonly text: string; readonly quoted: boolean } | undefined {
  const text = written.replace(/^[ \t]+|[ \t]+$/g, '');
  if (!/^".*"$/s.test(text)) return { text, quoted: false };
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? { text: value, quoted: true } : undefined;
  } catch {
    // Not JSON: the caller says so, with the line's number.
    return undefined;
  }
}
