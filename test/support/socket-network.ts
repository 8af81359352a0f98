// Owns: a network for the tests, as a program on PATH: its addresses are names, its streams unix sockets in a directory.
// Leaves: carrying (socket-network.pl). Needs perl.
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { script } from './socket-network.pl';
import type { Environment, Scratch } from './temp-repo.ts';

export interface SocketNetwork {
  readonly name: 'sock';
  /** What programs need to find it: PATH, and the directory of its sockets. */
  readonly env: Environment;
  /** `p2p-annex::sock:ADDRESS`. */
  readonly urlOf: (address: string) => string;
  /** Of whoever listens in it, or has left a socket there. */
  readonly listeners: () => readonly string[];
}

/** A repository says who it is there by `git config --add testnet.address NAME`, else it is named by where it is. */
export function socketNetwork({ directory, env }: Pick<Scratch, 'directory' | 'env'>): SocketNetwork {
  const [programs, sockets] = [join(directory, 'sock-bin'), join(directory, 'net')];
  for (const each of [programs, sockets]) mkdirSync(each, { recursive: true });
  writeFileSync(join(programs, PROGRAM), `#!/usr/bin/env perl\n${script}`);
  chmodSync(join(programs, PROGRAM), 0o755);
  return {
    name: 'sock',
    env: { ...env, PATH: `${programs}${delimiter}${env.PATH ?? ''}`, TESTNET_DIRECTORY: sockets },
    urlOf: (address) => `p2p-annex::sock:${address}`,
    listeners: () => readdirSync(sockets),
  };
}

const PROGRAM = 'git-annex-p2p-sock';
