// Owns: repositories for tests of pairing, each with a program of a network that says where it is.
// Leaves: what is done with them.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { prepareStateDirectory } from '../../../src/main/instance/state-directory.ts';
import { type PeersPlace, type PeersPlaceNeeds, peersPlace } from '../../../src/main/peers/place.ts';
import { makeRepo, makeScratch, type Scratch, type TestRepo } from '../../support/temp-repo.ts';

export interface Paired {
  readonly repo: TestRepo;
  readonly commonDir: string;
  readonly needs: PeersPlaceNeeds;
  readonly place: PeersPlace;
  /** What is in a file below .git/annex/creds; undefined: there is none. */
  readonly creds: (name: string) => string | undefined;
  /** All files of the repository that pairing could change, as text. */
  readonly everything: () => Readonly<Record<string, string>>;
}

export const scratchHere = (): Scratch => makeScratch(onTestFinished);

/** `address`: what `git-annex-p2p-net address` says here; undefined: there is no such program. */
export async function makePaired(scratch: Scratch, name: string, address: string | undefined = name): Promise<Paired> {
  const repo = await makeRepo(scratch, name);
  const bin = path.join(scratch.directory, `${name}-bin`);
  mkdirSync(bin);
  if (address !== '') {
    const program = path.join(bin, 'git-annex-p2p-net');
    writeFileSync(program, `#!/bin/sh\ntest "$1" = address || exit 1\ncat <<'END'\n${address}\nEND\n`);
    chmodSync(program, 0o755);
  }
  const commonDir = path.join(repo.directory, '.git');
  const env = { ...scratch.env, PATH: `${bin}:${process.env.PATH}` };
  const needs = {
    directory: prepareStateDirectory(commonDir, env),
    repository: { top: repo.directory, gitEnvironment: {} },
    env,
  };
  const text = (file: string): string | undefined => (existsSync(file) ? readFileSync(file, 'latin1') : undefined);
  const inside = (folder: string): [string, string][] => {
    const names = existsSync(folder) ? readdirSync(folder).filter((each) => each !== 'peers-lock') : [];
    return names.map((each) => [each, text(path.join(folder, each)) ?? '']);
  };
  return {
    repo,
    commonDir,
    needs,
    place: peersPlace(needs),
    creds: (file) => text(path.join(commonDir, 'annex/creds', file)),
    everything: () =>
      Object.fromEntries([
        ['config', text(path.join(commonDir, 'config')) ?? ''],
        ...inside(path.join(commonDir, 'annex/creds')),
        ...inside(path.join(commonDir, 'remote-daemon')),
      ]),
  };
}
