// Owns: a laboratory with real tor: a whole private network of it, in namespaces of its own, on loopback alone.
// Leaves: the namespaces (annex-peer-namespaces.ts), and what any laboratory has (annex-peer.ts).
// What makes a network so small work is what tor's own tests of networks set (chutney's templates).
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type AnnexLaboratory, hidden, laboratoryIn, nameService, socketIn, uuidOf } from './annex-peer.ts';
import { type Entrances, openNamespaces, PROXY_PORT, startSaying } from './annex-peer-namespaces.ts';
import type { AtEnd } from './at-end.ts';
import { until } from './next-line.ts';
import type { Scratch } from './temp-repo.ts';

const run = promisify(execFile);

/** A consensus of three authorities, each a relay, too, and a circuit of three hops that are not all the same. */
const [AUTHORITIES, RELAYS] = [3, 4];
/** A consensus comes every ten seconds, and the client has to hear of two of them. */
const MADE_MS = 100_000;

const COMMON = `TestingTorNetwork 1
PathsNeededToBuildCircuits 0.67
ShutdownWaitLength 0
DisableDebuggerAttachment 0
Address 127.0.0.1
ControlPort 0
AssumeReachable 1
ContactInfo tester@example.invalid
ExitPolicy reject *:*
`;

const AUTHORITY = `AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
TestingV3AuthInitialVotingInterval 5
TestingV3AuthInitialVoteDelay 2
TestingV3AuthInitialDistDelay 2
V3AuthVotingInterval 10
V3AuthVoteDelay 2
V3AuthDistDelay 2
TestingAuthDirTimeToLearnReachability 0
TestingMinExitFlagThreshold 0
TestingDirAuthVoteExit *
TestingDirAuthVoteGuard *
TestingDirAuthVoteHSDir *
`;

/** `hide` gives a service's address as soon as tor has made it; whether it can be reached yet, only trying tells. */
export async function realTorLaboratory(atEnd: AtEnd, scratch: Scratch): Promise<AnnexLaboratory> {
  const etc = join(scratch.directory, 'etc');
  mkdirSync(etc);
  const torrc = join(etc, 'torrc');
  const entrances = await openNamespaces(atEnd, scratch, etc, ['sh', '-c', 'echo ready; exec sleep infinity']);
  const start = starter(atEnd, scratch, entrances);
  const authorities = await Promise.all(times(AUTHORITIES).map((index) => makeAuthority(scratch, index)));
  const known = authorities.map(({ line }) => line).join('');
  for (const { config } of authorities) appendFileSync(config, known);
  const relays = times(RELAYS).map((index) => {
    const port = 5_100 + index;
    return writeConfig(scratch, `relay${index}`, `OrPort 127.0.0.1:${port}\nSocksPort 0\n${known}`);
  });
  const client = writeConfig(scratch, 'client', `SocksPort 127.0.0.1:${PROXY_PORT}\n${known}`, torrc);
  await Promise.all(
    [...authorities.map(({ config }) => config), ...relays].map((config) => start(config, /Bootstrapped 0%/)),
  );
  const pid = await start(client, /Bootstrapped 100%/);
  return {
    ...laboratoryIn(atEnd, scratch, entrances),
    proxy: `127.0.0.1:${PROXY_PORT}`,
    hide: async (repo) => {
      const uuid = await uuidOf(repo);
      const hostname = join(nameService(scratch, torrc, uuid), 'hostname');
      process.kill(pid, 'SIGHUP');
      await until('tor has made an address', () => existsSync(hostname), MADE_MS);
      return hidden(repo, { uuid, onion: readFileSync(hostname, 'utf8').trim(), socket: socketIn(scratch, uuid) });
    },
  };
}

const times = (count: number): number[] => Array.from({ length: count }, (_none, index) => index);

const starter =
  (atEnd: AtEnd, { directory, env }: Scratch, { inside }: Entrances) =>
  (config: string, said: RegExp): Promise<number> =>
    startSaying(atEnd, said, [...inside(directory), 'tor', '-f', config], env, MADE_MS);

function writeConfig(
  { directory }: Scratch,
  name: string,
  more: string,
  file = join(directory, `${name}.torrc`),
): string {
  const data = join(directory, `tor-${name}`);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${COMMON}Nickname ${name}\nDataDirectory ${data}\n${more}`);
  return file;
}

async function makeAuthority(scratch: Scratch, index: number): Promise<{ config: string; line: string }> {
  const name = `authority${index}`;
  const keys = join(scratch.directory, `tor-${name}`, 'keys');
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  const [orPort, dirPort] = [5_000 + index, 7_000 + index];
  const files = ['-i', 'authority_identity_key', '-s', 'authority_signing_key', '-c', 'authority_certificate'];
  const options = ['--create-identity-key', '--passphrase-fd', '0', '-m', '12', '-a', `127.0.0.1:${dirPort}`];
  const making = spawn('tor-gencert', [...options, ...files], {
    cwd: keys,
    env: scratch.env,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  making.stdin.end('secret\n');
  await once(making, 'close');
  const ports = `OrPort 127.0.0.1:${orPort}\nDirPort 127.0.0.1:${dirPort}\nSocksPort 0\n`;
  const config = writeConfig(scratch, name, `${AUTHORITY}${ports}`);
  // It does not tell who it is without knowing of an authority, whichever.
  const any = `any orport=1 no-v2 127.0.0.1:1 ${'F'.repeat(40)}`;
  const { stdout } = await run('tor', ['--quiet', '-f', config, '--DirAuthority', any, '--list-fingerprint'], scratch);
  const fingerprint = stdout.trim().replace(/^\S+ /, '').replaceAll(' ', '');
  const [, identity = ''] = /^fingerprint (\S+)/m.exec(readFileSync(join(keys, 'authority_certificate'), 'utf8')) ?? [];
  const line = `DirAuthority ${name} orport=${orPort} no-v2 v3ident=${identity} 127.0.0.1:${dirPort} ${fingerprint}\n`;
  return { config, line };
}
