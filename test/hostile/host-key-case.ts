// Owns: made-up ways to know hosts, from a seed: ssh_config, known_hosts files, and the server that is called.
// Leaves: the servers, and who is let in (host-keys.differential.test.ts).
import { createHash, createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

/** One line of known_hosts, still without the names and keys of this run. */
interface LineShape {
  readonly marker: '' | '@revoked ' | '@cert-authority ';
  readonly names: keyof typeof NAMES;
  readonly key: KeyName;
  readonly isHashed: boolean;
  readonly mangled: keyof typeof MANGLED;
  readonly file: 'first' | 'second';
}

export type KeyName = `${'right' | 'wrong'}-${'ed25519' | 'ecdsa' | 'rsa'}` | 'ca1' | 'ca2';

export interface HostKeyCase {
  readonly server: number;
  readonly hostName: string;
  readonly alias: string | undefined;
  readonly options: readonly string[];
  /** Where the two known_hosts files stand. */
  readonly files: 'user' | 'two' | 'global' | 'none';
  readonly lines: readonly LineShape[];
}

/** Keys as `type base64`. */
export type Keys = Readonly<Record<KeyName, string>>;

const NAMES = {
  withPort: (name: string, port: number) => `[${name}]:${port}`,
  plain: (name: string) => name,
  both: (name: string, port: number) => `${name},[${name}]:${port}`,
  among: (name: string, port: number) => `foo,[${name}]:${port},bar`,
  upper: (name: string, port: number) => `[${name.toUpperCase()}]:${port}`,
  upperPlain: (name: string) => name.toUpperCase(),
  anyPort: (name: string) => `[${name}]:*`,
  anyHost: (_name: string, port: number) => `[*]:${port}`,
  star: () => '*',
  question: (name: string, port: number) => `[${name.slice(0, -1)}?]:${port}`,
  butName: (name: string) => `*,!${name}`,
  butPort: (name: string, port: number) => `*,![${name}]:${port}`,
  otherPort: (name: string) => `[${name}]:22`,
  address: (_name: string, port: number) => `[127.0.0.1]:${port}`,
  plainAddress: () => '127.0.0.1',
  alias: () => 'al',
  aliasWithPort: (_name: string, port: number) => `[al]:${port}`,
  nobody: () => 'nobody.example',
} as const;

const MANGLED = {
  no: (line: string) => line,
  return: (line: string) => `${line}\r`,
  tabs: (line: string) => line.replaceAll(' ', '\t'),
  comment: (line: string) => `${line} me@here # x`,
  short: (line: string) => line.slice(0, -4),
  unpadded: (line: string) => line.replace(/.=*$/, ''),
  type: (line: string) => line.replace(/ (?:ssh|ecdsa)-\S+ /, ' ssh-rsa '),
  shortType: (line: string) => line.replace(/ ssh-ed25519 /, ' ED25519 '),
  nul: (line: string) => line.replace(' ', '\0 '),
} as const;

const often = <T>(usual: T, weight: number, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 10 - weight, arbitrary: fc.constantFrom(...others) });

const lineShape: fc.Arbitrary<LineShape> = fc.record({
  marker: often('' as LineShape['marker'], 8, '@revoked ', '@cert-authority '),
  names: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('withPort' as const, 'plain' as const, 'both' as const) },
    { weight: 4, arbitrary: fc.constantFrom(...(Object.keys(NAMES) as (keyof typeof NAMES)[])) },
  ),
  key: fc.constantFrom<KeyName>(
    'right-ed25519',
    'right-ecdsa',
    'right-rsa',
    'wrong-ed25519',
    'wrong-rsa',
    'ca1',
    'ca2',
  ),
  isHashed: often(false, 8, true),
  mangled: often<keyof typeof MANGLED>('no', 8, ...(Object.keys(MANGLED) as (keyof typeof MANGLED)[])),
  file: often<LineShape['file']>('first', 7, 'second'),
});

const OPTIONS = [
  'HostKeyAlgorithms +ssh-rsa',
  'HostKeyAlgorithms -ssh-ed25519*',
  'HostKeyAlgorithms ^rsa-sha2-512',
  'HostKeyAlgorithms ssh-ed25519',
  'HostKeyAlgorithms rsa-sha2-512,ssh-ed25519',
  'HostKeyAlgorithms ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-256',
  'HostKeyAlgorithms ecdsa-sha2-nistp256,rsa-sha2-512',
  'StrictHostKeyChecking yes',
  'StrictHostKeyChecking no',
  'StrictHostKeyChecking accept-new',
  'CheckHostIP yes',
  'RequiredRSASize 3072',
  'NoHostAuthenticationForLocalhost yes',
  'UpdateHostKeys yes',
  'HashKnownHosts yes',
  'CASignatureAlgorithms rsa-sha2-512',
] as const;

/** `server`: their number. */
export const hostKeyCase = (servers: number): fc.Arbitrary<HostKeyCase> =>
  fc.record({
    server: fc.integer({ min: 0, max: servers - 1 }),
    hostName: fc.constantFrom('127.0.0.1', '127.0.0.1', 'localhost', 'LocalHost'),
    alias: often<string | undefined>(undefined, 8, 'al', 'AL'),
    options: fc.oneof(
      { weight: 5, arbitrary: fc.constant([]) },
      { weight: 5, arbitrary: fc.uniqueArray(fc.constantFrom(...OPTIONS), { maxLength: 2 }) },
    ),
    files: often<HostKeyCase['files']>('user', 6, 'two', 'global', 'none'),
    lines: fc.array(lineShape, { maxLength: 5 }),
  });

/** Writes the files of a case anew, as one of the two clients is to find them, and gives the config's path. */
export function writeCase(directory: string, made: HostKeyCase, port: number, keys: Keys): string {
  const [config, first, second] = ['config', 'first', 'second'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  const name = (made.alias ?? made.hostName).toLowerCase();
  for (const [file, path] of [
    ['first', first],
    ['second', second],
  ] as const) {
    const lines = made.lines.filter((line) => line.file === file).map((line) => lineOf(line, name, port, keys));
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''), 'latin1');
  }
  const [user, global] = {
    user: [first, '/dev/null'],
    two: [`${first} ${second}`, '/dev/null'],
    global: [first, second],
    none: ['none', second],
  }[made.files];
  const text = [
    'Host h',
    ` HostName ${made.hostName}`,
    ` Port ${port}`,
    ...(made.alias === undefined ? [] : [` HostKeyAlias ${made.alias}`]),
    ...made.options.map((option) => ` ${option}`),
    ` UserKnownHostsFile ${user}`,
    ` GlobalKnownHostsFile ${global}`,
    ' IdentityFile none',
    ' IdentityAgent none',
    ' ConnectTimeout 60',
  ];
  writeFileSync(config, `${text.join('\n')}\n`, { mode: 0o600 });
  return config;
}

function lineOf(shape: LineShape, name: string, port: number, keys: Keys): string {
  const line = `${NAMES[shape.names](name, port)} ${keys[shape.key]}`;
  const mangled = MANGLED[shape.mangled](shape.isHashed ? hashed(line) : line);
  return shape.marker + mangled;
}

/** As `ssh-keygen -H` does, which leaves lines with patterns as they are; of several names one. */
function hashed(line: string): string {
  const [names = '', ...rest] = line.split(' ');
  if (/[*?!]/.test(names)) return line;
  const salt = createHash('sha1').update(line).digest();
  const hash = createHmac('sha1', salt).update(names.split(',').at(-1)?.toLowerCase() ?? '');
  return [`|1|${salt.toString('base64')}|${hash.digest('base64')}`, ...rest].join(' ');
}
