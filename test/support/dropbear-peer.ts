// Owns: a private dropbear on a loopback port, as routers and small machines have it.
// Leaves: whether it is installed (peers.ts), the client's side (ssh-client.ts), and sshd (openssh-peer.ts).
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { AtEnd } from './at-end.ts';
import { freePort } from './free-port.ts';
import { until } from './next-line.ts';
import { killQuietly, MARKER } from './processes.ts';
import { knownHostsLine } from './ssh-keys.ts';
import type { Scratch } from './temp-repo.ts';

const HOST = '127.0.0.1';

export interface DropbearPeer {
  /** `ssh://host:port/directory`. */
  readonly url: (directory: string) => string;
  readonly knownHosts: string;
}

/** It looks for keys in the account's own home only, so that the scratch home is put in its place: for this one server. */
export const needsRoot = process.getuid?.() !== 0;

/** Starts one, in namespaces of its own: with it all ends that runs there, and nobody else sees another home. */
export async function startDropbearPeer(
  atEnd: AtEnd,
  { home, directory, id }: Scratch,
  authorizedKey: string,
): Promise<DropbearPeer> {
  const keys = join(home, '.ssh');
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  writeFileSync(join(keys, 'authorized_keys'), `${authorizedKey}\n`, { mode: 0o600 });
  chmodSync(home, 0o700);
  const hostKey = join(directory, 'dropbear-key');
  const made = execFileSync('dropbearkey', ['-t', 'ed25519', '-f', hostKey], { encoding: 'utf8', stdio: 'pipe' });
  const [, publicKey = ''] = /^(ssh-ed25519 \S+)/m.exec(made) ?? [];
  const port = await freePort(HOST);
  const begin = 'mount --bind "$1" "$2" && exec dropbear -F -E -r "$3" -p "$4"';
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const words = [home, userInfo().homedir, hostKey, `${HOST}:${port}`];
  const server = spawn('unshare', [...namespaces, 'sh', '-c', begin, 'sh', ...words], {
    env: { PATH: process.env.PATH ?? '', [MARKER]: `${id}-server` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  atEnd(async () => {
    if (server.exitCode !== null || server.pid === undefined) return;
    killQuietly(server.pid);
    await once(server, 'exit');
  });
  await until('dropbear listens', () => {
    if (server.exitCode !== null) throw new Error(`dropbear has ended:\n${said}`);
    return said.includes('Not backgrounding');
  });
  return {
    url: (at) => `ssh://${HOST}:${port}${at}`,
    knownHosts: knownHostsLine(HOST, port, publicKey),
  };
}
