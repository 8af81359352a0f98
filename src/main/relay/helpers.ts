// Owns: where the git that a daemon runs finds our remote helpers, also once our own files are gone or are being replaced.
// Leaves: what they do (helper.sh, helper.pl), and the environment that leads there (git-over-relay.ts).
import fs from 'node:fs';
import path from 'node:path';
import { PEER_HELPERS } from '../../shared/p2p/address.ts';
import { replaceOwnFile } from '../instance/own-file.ts';
import { checkPrivate, type StateDirectory } from '../instance/state-directory.ts';
import { HELPERS } from '../places.ts';
import { script as PERL } from './helper.pl';
import { script as SHELL } from './helper.sh';

export interface Helpers {
  /** The folder of those that can be run now. */
  readonly folder: () => string;
  /** Removes what was made here. */
  readonly remove: () => void;
}

export interface HelpersOptions {
  readonly directory: StateDirectory;
  /** Whether that directory is still there, and ours alone. */
  readonly isInPlace: () => boolean;
  /** Where they are as they were shipped. */
  readonly shipped?: string;
}

const names = PEER_HELPERS.map((scheme) => `git-remote-${scheme}`);

/**
 * Of those that are made here, from what this process has of them, perl is all that is needed to get through a door. What an
 * earlier daemon left is removed, so it is to be called only while the lock is held.
 */
export function prepareHelpers({ directory, isInPlace, shipped = HELPERS }: HelpersOptions): Helpers {
  const own = path.join(directory.path, 'helpers');
  const isThere = (folder: string): boolean => names.every((name) => fs.existsSync(path.join(folder, name)));
  const make = (): void => {
    fs.mkdirSync(own, { recursive: true, mode: 0o700 });
    checkPrivate(own);
    replaceOwnFile(path.join(own, 'helper.pl'), PERL);
    for (const name of names) {
      replaceOwnFile(path.join(own, name), `#!/bin/sh\n${SHELL}`);
      fs.chmodSync(path.join(own, name), 0o700);
    }
  };
  const remove = (): void => {
    if (isInPlace()) fs.rmSync(own, { recursive: true, force: true });
  };
  remove();
  return {
    folder: () => {
      if (isThere(shipped) || !isInPlace()) return shipped;
      try {
        if (!isThere(own)) make();
        return own;
      } catch {
        // A full disk, or something else of that name: the shipped ones may come back.
        return shipped;
      }
    },
    remove,
  };
}
