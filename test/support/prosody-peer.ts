// Owns: a private XMPP server on loopback, of the real program: prosody, with TLS by a CA of the tests, and its accounts.
// Leaves: whether it is installed (peers.ts), and who logs in.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AtEnd } from './at-end.ts';
import { freePort } from './free-port.ts';
import { until } from './next-line.ts';
import { killQuietly, MARKER } from './processes.ts';
import type { Scratch } from './temp-repo.ts';

export const DOMAIN = 'peers.test';

export interface ProsodyOptions {
  /** As Debian has it by default: a client sends no more than 10 kB/s. */
  readonly isLimited?: true;
  readonly hasNoTls?: true;
  /** The name in its certificate. */
  readonly certifiedFor?: string;
}

export interface ProsodyPeer {
  /** What secrets.ini says of an account. */
  readonly keys: (user: string) => Readonly<Record<string, string>>;
  /** The same as a section of it. */
  readonly section: (user: string, changed?: Readonly<Record<string, string>>) => string;
  readonly port: number;
  readonly directPort: number;
  readonly ca: string;
  /** An account, with its password. */
  readonly addUser: (user: string) => string;
  readonly stop: () => Promise<void>;
  /** On the same ports, with the same accounts. */
  readonly start: () => Promise<void>;
  readonly log: () => string;
  readonly jid: (user: string) => string;
}

const HOST = '127.0.0.1';

export async function startProsody(
  atEnd: AtEnd,
  { directory, id }: Pick<Scratch, 'directory' | 'id'>,
  options: ProsodyOptions = {},
): Promise<ProsodyPeer> {
  const place = join(directory, 'prosody');
  mkdirSync(join(place, 'data', 'peers%2etest', 'accounts'), { recursive: true });
  const [port, directPort] = [await freePort(HOST), await freePort(HOST)];
  const { ca } = makeCertificates(place, options.certifiedFor ?? DOMAIN);
  writeFileSync(join(place, 'config.lua'), configOf(place, { ...options, port, directPort }));
  const log = (): string => readFileSync(join(place, 'log'), { encoding: 'utf8', flag: 'a+' });
  let server: ReturnType<typeof spawn> | undefined;
  const stop = async (): Promise<void> => {
    const running = server;
    server = undefined;
    if (running?.pid === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    killQuietly(running.pid);
    await gone;
  };
  const start = async (): Promise<void> => {
    const before = log().length;
    const running = spawn('prosody', ['--config', join(place, 'config.lua'), '-F'], {
      env: { PATH: process.env.PATH ?? '', HOME: place, [MARKER]: `${id}-server` },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    server = running;
    let said = '';
    running.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await until('prosody listens', () => {
      if (running.exitCode !== null) throw new Error(`prosody has ended:\n${said}\n${log()}`);
      return (
        log().slice(before).includes(`Activated service 'c2s_direct_tls' on`) ||
        (options.hasNoTls === true && log().slice(before).includes("Activated service 'c2s' on"))
      );
    });
  };
  atEnd(stop);
  await start();
  const passwordOf = (user: string): string => `secret of ${user} # "quoted"`;
  const keysOf = (user: string) => ({ password: passwordOf(user), service: `${HOST}:${port}`, ca });
  return {
    port,
    directPort,
    ca,
    log,
    stop,
    start,
    jid: (user) => `${user}@${DOMAIN}`,
    addUser: (user) => {
      const password = passwordOf(user);
      const file = join(place, 'data', 'peers%2etest', 'accounts', `${user}.dat`);
      writeFileSync(file, `return { ["password"] = ${JSON.stringify(password)}; };\n`);
      return password;
    },
    keys: keysOf,
    section: (user, changed = {}) => {
      const lines = Object.entries({ ...keysOf(user), ...changed }).map(
        ([key, value]) => `${key} = ${JSON.stringify(value)}\n`,
      );
      return `[xmpp "${user}@${DOMAIN}"]\n${lines.join('')}`;
    },
  };
}

function configOf(place: string, at: ProsodyOptions & { readonly port: number; readonly directPort: number }): string {
  const modules = [
    'roster',
    'saslauth',
    'disco',
    'ping',
    'smacks',
    ...(at.hasNoTls ? [] : ['tls']),
    ...(at.isLimited ? ['limits'] : []),
  ];
  const tls = `ssl = { key = ${lua(join(place, 'server.key'))}; certificate = ${lua(join(place, 'server.crt'))}; }`;
  return [
    'run_as_root = true',
    `pidfile = ${lua(join(place, 'pid'))}`,
    `data_path = ${lua(join(place, 'data'))}`,
    `log = { { levels = { min = "debug" }, to = "file", filename = ${lua(join(place, 'log'))} } }`,
    `interfaces = { "${HOST}" }`,
    `c2s_ports = { ${at.port} }`,
    ...(at.hasNoTls
      ? []
      : [
          `c2s_direct_tls_ports = { ${at.directPort} }`,
          `c2s_direct_tls_ssl = { key = ${lua(join(place, 'server.key'))}; certificate = ${lua(join(place, 'server.crt'))}; }`,
          tls,
        ]),
    `c2s_require_encryption = ${at.hasNoTls ? 'false' : 'true'}`,
    ...(at.hasNoTls ? ['allow_unencrypted_plain_auth = true'] : []),
    'authentication = "internal_plain"',
    `modules_enabled = { ${modules.map(lua).join('; ')} }`,
    'modules_disabled = { "s2s" }',
    ...(at.isLimited ? ['limits = { c2s = { rate = "10kb/s"; }; }'] : []),
    `VirtualHost "${DOMAIN}"`,
    ...(at.hasNoTls ? [] : [tls]),
    '',
  ].join('\n');
}

const lua = (text: string): string => JSON.stringify(text);

function makeCertificates(place: string, name: string): { readonly ca: string } {
  const openssl = (...args: readonly string[]): void =>
    void execFileSync('openssl', args, {
      cwd: place,
      stdio: 'pipe',
      env: { PATH: process.env.PATH ?? '', HOME: place },
    });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-days', '30', '-subj', '/CN=CA of the tests', '-keyout', 'ca.key', '-out', 'ca.crt');
  openssl('req', ...key, '-subj', `/CN=${name}`, '-keyout', 'server.key', '-out', 'server.csr');
  appendFileSync(join(place, 'names'), `subjectAltName=DNS:${name}\n`);
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30', '-extfile', 'names'];
  openssl('x509', '-req', '-in', 'server.csr', ...signed, '-out', 'server.crt');
  return { ca: join(place, 'ca.crt') };
}
