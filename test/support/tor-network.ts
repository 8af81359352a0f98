// Owns: a private tor network on loopback, of the real program: an authority, relays, and tors with a hidden service each.
// Leaves: who is served there (test/end-to-end/peers-tor.test.ts).
// The settings are those by which tor's own tests make networks (chutney).
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { AtEnd } from './at-end.ts';
import { freePort } from './free-port.ts';
import { until } from './next-line.ts';
import { findProgram } from './peers.ts';
import { killQuietly } from './processes.ts';
import type { Scratch } from './temp-repo.ts';

/** A circuit leads over three, and one to a hidden service may not go back to where it came from. */
const RELAYS = 3;
/** The authority votes at every tenth second, about those of whom it has heard by then. */
const LIMIT_MS = 110_000;

const COMMON = `TestingTorNetwork 1
AssumeReachable 1
PathsNeededToBuildCircuits 0.25
ShutdownWaitLength 0
AvoidDiskWrites 1
TestingClientDownloadInitialDelay 0
TestingServerDownloadInitialDelay 0
TestingServerConsensusDownloadInitialDelay 0
TestingClientConsensusDownloadInitialDelay 0
ClientBootstrapConsensusAuthorityDownloadInitialDelay 0
ClientBootstrapConsensusAuthorityOnlyDownloadInitialDelay 0
Address 127.0.0.1
`;

const AUTHORITY = `AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
ContactInfo tester@example.invalid
ExitPolicy reject *:*
TestingV3AuthInitialVotingInterval 10
TestingV3AuthInitialVoteDelay 2
TestingV3AuthInitialDistDelay 2
V3AuthVotingInterval 10
V3AuthVoteDelay 2
V3AuthDistDelay 2
TestingDirAuthVoteGuard *
TestingDirAuthVoteHSDir *
MinUptimeHidServDirectoryV2 0
`;

export interface TorHere {
  readonly proxy: string;
  /** With the torrc in it. */
  readonly folder: string;
  readonly onion: string;
}

export interface WantedTor {
  readonly name: string;
  /** Where its hidden service has its keys: a folder that tor makes. */
  readonly keys: string;
  readonly socket: string;
}

/** Resolves when each of the tors is ready to build circuits. Needs tor and tor-gencert. */
export async function torNetwork(
  atEnd: AtEnd,
  { directory, env }: Scratch,
  wanted: readonly WantedTor[],
): Promise<ReadonlyMap<string, TorHere>> {
  const top = join(directory, 'tor');
  const start = async (name: string) => startTor(atEnd, join(top, name), env);
  const [orPort, dirPort] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
  const authority = join(top, 'authority');
  const identity = makeIdentity(authority, dirPort, env);
  configure(
    authority,
    `${AUTHORITY}Nickname authority\nSocksPort 0\nORPort 127.0.0.1:${orPort}\nDirPort 127.0.0.1:${dirPort}\n`,
  );
  const place = `orport=${orPort} no-v2 v3ident=${identity} 127.0.0.1:${dirPort}`;
  const line = `DirAuthority authority ${place} ${fingerprintOf(authority, place, env)}\n`;
  appendFileSync(join(authority, 'torrc'), line);
  await start('authority');
  const relays = Array.from({ length: RELAYS }, (_relay, index) => `relay${index}`);
  for (const name of relays) {
    const port = await freePort('127.0.0.1');
    configure(join(top, name), `${line}Nickname ${name}\nSocksPort 0\nORPort 127.0.0.1:${port}\nExitRelay 0\n`);
  }
  const first = await Promise.all(relays.map(start));
  await until('all relays are known', async () => (await knownRelays(dirPort)) > RELAYS, LIMIT_MS);
  // They have asked for that too early, and would not ask again for long.
  await Promise.all(first.map((end) => end()));
  await Promise.all(relays.map(start));
  return new Map(await Promise.all(wanted.map(async (each) => [each.name, await startWanted(each)] as const)));

  async function startWanted({ name, keys, socket }: WantedTor): Promise<TorHere> {
    const [folder, port] = [join(top, name), await freePort('127.0.0.1')];
    const service = `HiddenServiceDir ${keys}\nHiddenServicePort 4242 unix:${socket}\n`;
    configure(folder, `${line}SocksPort 127.0.0.1:${port}\n${service}`);
    await start(name);
    await until(`${name} has circuits`, () => saidIn(folder).includes('Bootstrapped 100%'), LIMIT_MS);
    const onion = readFileSync(join(keys, 'hostname'), 'utf8').trim();
    return { proxy: `127.0.0.1:${port}`, folder, onion };
  }
}

function configure(folder: string, lines: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'torrc'), `${COMMON}DataDirectory ${folder}\nLog notice file ${folder}/log\n${lines}`);
}

const program = (name: string): string => findProgram(name) ?? name;

/** Gives the fingerprint of an authority's key, which is made in its folder. */
function makeIdentity(folder: string, dirPort: number, env: Scratch['env']): string {
  const keys = join(folder, 'keys');
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  const words = ['--create-identity-key', '-m', '12', '-a', `127.0.0.1:${dirPort}`, '--passphrase-fd', '0'];
  spawnSync(program('tor-gencert'), words, { cwd: keys, env, input: 'for a test\n' });
  return /^fingerprint (\w+)$/m.exec(readFileSync(join(keys, 'authority_certificate'), 'utf8'))?.[1] ?? '';
}

/** Of its key as a relay, which is made, too. */
function fingerprintOf(folder: string, place: string, env: Scratch['env']): string {
  const any = `authority ${place} ${'f'.repeat(40)}`;
  const words = ['-f', join(folder, 'torrc'), '--hush', '--list-fingerprint', '--DirAuthority', any];
  const said = spawnSync(program('tor'), words, { env, encoding: 'utf8' }).stdout.trim();
  return (said.split('\n').at(-1) ?? '').replace(/^\S+/, '').replaceAll(' ', '');
}

/** Resolves to what ends it, when it has a log. */
async function startTor(atEnd: AtEnd, folder: string, env: Scratch['env']): Promise<() => Promise<void>> {
  const child = spawn(program('tor'), ['-f', join(folder, 'torrc'), '--hush'], { env, stdio: 'ignore' });
  const gone = once(child, 'exit');
  const end = async (): Promise<void> => {
    if (child.pid !== undefined) killQuietly(child.pid);
    await gone;
  };
  atEnd(end);
  await until(`tor runs in ${folder}`, () => {
    if (child.exitCode !== null) throw new Error(`tor ended in ${folder}:\n${saidIn(folder)}`);
    return saidIn(folder) !== '';
  });
  return end;
}

function saidIn(folder: string): string {
  try {
    return readFileSync(join(folder, 'log'), 'utf8');
  } catch {
    // Not begun yet.
    return '';
  }
}

/** Those in the consensus that know hidden services. */
async function knownRelays(dirPort: number): Promise<number> {
  try {
    const asked = get({ host: '127.0.0.1', port: dirPort, path: '/tor/status-vote/current/consensus', timeout: 2_000 });
    const [response] = await once(asked, 'response');
    return (await text(response)).match(/^s .*\bHSDir\b.*\bRunning\b/gm)?.length ?? 0;
  } catch {
    // It does not listen yet.
    return 0;
  }
}
