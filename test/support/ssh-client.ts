// Owns: the client's side of ssh in a scratch home: key, known_hosts, and a config that names nothing else.
// Leaves: the servers (ssh-peer.ts, openssh-peer.ts).
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './peers.ts';
import { type KeyPair, makeKeyPair } from './ssh-keys.ts';
import type { TestRepo } from './temp-repo.ts';

export interface SshClient {
  readonly key: KeyPair;
  readonly keyFile: string;
  readonly knownHostsFile: string;
  /** For `ssh -F`: absolute paths only, since `ssh -G` takes the home directory from passwd and not from $HOME. */
  readonly configFile: string;
  /** For an SshCommand: `-F` and the config; nothing where no ssh program can read it, and $HOME has to name the home. */
  readonly options: readonly string[];
  /** For `core.sshCommand`. */
  readonly sshCommand: string;
  /** `-c core.sshCommand=…` where there is an ssh program; nothing where $HOME/.ssh alone is read. */
  readonly gitOptions: readonly string[];
  /** The same, kept in a repository's config: what the daemon there goes by. */
  readonly useIn: (repo: TestRepo) => Promise<void>;
  readonly trust: (knownHostsLines: string) => void;
  /** Adds lines to the config, above the ones for all hosts. */
  readonly configure: (lines: string) => void;
}

/** Writes `home/.ssh`, so that a client of that home logs in with one fresh key and knows the hosts it is told of. */
export function setUpSshClient(home: string, key: KeyPair = makeKeyPair()): SshClient {
  const folder = join(home, '.ssh');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const keyFile = join(folder, 'id_ed25519');
  const knownHostsFile = join(folder, 'known_hosts');
  const configFile = join(folder, 'config');
  writeFileSync(keyFile, key.privateKey, { mode: 0o600 });
  writeFileSync(`${keyFile}.pub`, `${key.publicKey}\n`);
  writeFileSync(knownHostsFile, '');
  let extra = '';
  const writeConfig = (): void => writeFileSync(configFile, extra + forAllHosts(keyFile, knownHostsFile));
  writeConfig();
  const sshCommand = `ssh -F ${configFile}`;
  return {
    key,
    keyFile,
    knownHostsFile,
    configFile,
    options: findProgram('ssh') ? ['-F', configFile] : [],
    sshCommand,
    gitOptions: findProgram('ssh') ? ['-c', `core.sshCommand=${sshCommand}`] : [],
    useIn: async (repo) => {
      if (findProgram('ssh')) await repo.git('config', 'core.sshCommand', sshCommand);
    },
    trust: (lines) => appendFileSync(knownHostsFile, lines),
    configure: (lines) => {
      extra += `${lines}\n`;
      writeConfig();
    },
  };
}

const forAllHosts = (keyFile: string, knownHostsFile: string): string => `Host *
  IdentityFile ${keyFile}
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile ${knownHostsFile}
  GlobalKnownHostsFile /dev/null
`;
