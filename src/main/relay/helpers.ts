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
  /** The same, where git is to go through a door: the kernel starts perl then, without a shell before it. */
  readonly quickestFolder: () => string;
  /** Removes what was made here. */
  readonly remove: () => void;
}

export interface HelpersOptions {
  readonly directory: StateDirectory;
  /** Whether that directory is still there, and ours alone. */
  readonly isInPlace: () => boolean;
  /** Where perl is, if that is what gets through a door. */
  readonly perl?: string | undefined;
  /** Where they are as they were shipped. */
  readonly shipped?: string;
}

/**
 * Of those that are made here, from what this process has of them, perl is all that is needed to get through a door. What an
 * earlier daemon left is removed, so it is to be called only while the lock is held.
 */
export function prepareHelpers({ directory, isInPlace, perl, shipped = HELPERS }: HelpersOptions): Helpers {
  const own = path.join(directory.path, 'helpers');
  const remove = (): void => {
    if (isInPlace()) fs.rmSync(own, { recursive: true, force: true });
  };
  const made = (): string | undefined => {
    if (!isInPlace()) return undefined;
    try {
      if (!areThere(own)) make(own, perl, shipped);
      for (const { name } of SCHEMES) fs.accessSync(path.join(own, name), fs.constants.X_OK);
      return own;
    } catch {
      // A full disk, something else of that name, or a disk from which nothing is run.
      return undefined;
    }
  };
  /** Those that were shipped may come back. */
  const folder = (): string => (areThere(shipped) ? shipped : (made() ?? shipped));
  /** What cannot be made just to be quicker is not tried again each time. */
  let isWorthIt = perl !== undefined;
  const quickestFolder = (): string => {
    if (!isWorthIt || perl === undefined || !fs.existsSync(perl)) return folder();
    const quickest = made();
    isWorthIt = quickest !== undefined;
    return quickest ?? folder();
  };
  remove();
  return { folder, quickestFolder, remove };
}

const SCHEMES = PEER_HELPERS.map((scheme) => ({ scheme, name: `git-remote-${scheme}` }));

const areThere = (folder: string): boolean => SCHEMES.every(({ name }) => fs.existsSync(path.join(folder, name)));

/** Throws where they cannot be made. */
function make(own: string, perl: string | undefined, shipped: string): void {
  fs.mkdirSync(own, { recursive: true, mode: 0o700 });
  checkPrivate(own);
  if (perl === undefined) replaceOwnFile(path.join(own, 'helper.pl'), PERL);
  for (const { scheme, name } of SCHEMES) {
    const file = path.join(own, name);
    replaceOwnFile(file, perl === undefined ? `#!/bin/sh\n${SHELL}` : byPerl(perl, shipped, scheme));
    fs.chmodSync(file, 0o700);
  }
}

/** What helper.sh finds out is known. Without -C0, PERL_UNICODE may make text of what are bytes. */
const byPerl = (perl: string, shipped: string, scheme: string): string =>
  `#!${perl} -C0\nunshift @ARGV, ${quoted(shipped)}, ${quoted(scheme)};\n${PERL}`;

const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
