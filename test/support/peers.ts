// Owns: which programs of the outside world are on this machine, and what happens to tests where one is missing.
// Leaves: running them (openssh-peer.ts, temp-repo.ts).
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { required } from './abilities.ts';

/** The Debian package that brings each peer. */
const PACKAGES = {
  ps: 'procps',
  sshd: 'openssh-server',
  ssh: 'openssh-client',
  'ssh-agent': 'openssh-client',
  'git-annex-shell': 'git-annex',
  dash: 'dash',
  bash: 'bash',
  busybox: 'busybox',
  'dbus-daemon': 'dbus-daemon',
  ip: 'iproute2',
  socat: 'socat',
  inotifywait: 'inotify-tools',
  shellcheck: 'shellcheck',
  perl: 'perl',
  dropbear: 'dropbear-bin',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  tor: 'tor',
  prosody: 'prosody lua-sec',
  openssl: 'openssl',
  'tor-gencert': 'tor',
  ksh: 'ksh',
  fish: 'fish',
  tmux: 'tmux',
  tcsh: 'tcsh',
  zsh: 'zsh',
  man: 'man-db',
  mandoc: 'mandoc',
  systemctl: 'systemd',
  'systemd-analyze': 'systemd',
  'systemd-escape': 'systemd',
  gio: 'libglib2.0-bin',
  'git-shell': 'git',
  'git-daemon': 'git',
  'git-http-backend': 'git',
  curl: 'curl',
  jq: 'jq',
  npm: 'npm',
  mosquitto: 'mosquitto',
  mosquitto_sub: 'mosquitto-clients',
} as const;

export type Peer = keyof typeof PACKAGES;

// sshd is in no user's PATH, and neither are the programs that git runs itself.
const GIT_FOLDERS = ['/usr/lib/git-core', '/usr/libexec/git-core', '/usr/local/libexec/git-core'];
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/lib/ssh', '/usr/libexec', ...GIT_FOLDERS];

/** The absolute path of a program, or undefined where there is none. */
export function findProgram(name: string, path: string = process.env.PATH ?? ''): string | undefined {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Those of the peers that are not here. */
export const missingPeers = (needed: readonly Peer[]): Peer[] => needed.filter((peer) => !findProgram(peer));

/**
 * For `describe.skipIf(lacksPeers('what is tested', 'sshd', 'ssh'))`: true where one is missing, which is said on stderr
 * together with what to install. With REQUIRE_PEERS=1 a missing peer throws instead, so that nothing is skipped unseen.
 */
export function lacksPeers(whatIsTested: string, ...needed: readonly Peer[]): boolean {
  const missing = missingPeers(needed);
  if (missing.length === 0) return false;
  const packages = [...new Set(missing.map((peer) => PACKAGES[peer]))].join(' ');
  const reason = `${missing.join(', ')} not found (Debian: apt-get install ${packages})`;
  return required(whatIsTested, reason);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not for us: the next folder may have it.
    return false;
  }
}
