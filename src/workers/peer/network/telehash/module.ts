// Owns: the package `telehash`, which no program ships any more: where a user's own is, and what is to be done without it.
// Leaves: what is used of it (ciphers.ts).
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import { DaemonError } from '../../../../shared/failures.ts';
import { printable } from '../../../../shared/printable.ts';
import type { NetworkContext } from '../network.ts';

/** Requires what the package itself would. */
export type RequireThere = (specifier: string) => unknown;

/** The file by which it is found: its own first one loads what cannot be installed any more. */
const SIGN = 'telehash/lib/mesh.js';

/** Throws a DaemonError (`not-set-up`) with what to do where there is none. */
export function findTelehash({
  settings,
  environment,
}: Pick<NetworkContext, 'settings' | 'environment'>): RequireThere {
  const { telehashModule } = settings;
  const home = homeOf(environment);
  const places = telehashModule === undefined ? usualPlaces(home) : [telehashModule];
  for (const place of places) {
    const found = lookIn(place);
    if (found !== undefined) return createRequire(found);
  }
  const where = telehashModule === undefined ? '' : ` in ${printable(telehashModule)} (remotedaemon.telehashModule)`;
  throw new DaemonError(
    'not-set-up',
    `the package telehash 0.4.18 is not there${where}: install it by: ${installIn(home)}`,
  );
}

/** In the package itself, in a folder that holds it, or in one above. */
function lookIn(place: string): string | undefined {
  const itself = path.join(place, 'lib', 'mesh.js');
  if (path.basename(place) === 'telehash' && existsSync(itself)) return itself;
  try {
    return createRequire(path.join(place, 'here.js')).resolve(SIGN);
  } catch {
    // Not there, or a path that is none.
    return undefined;
  }
}

/** Nobody is asked where npm puts what is installed for all: that would cost a start of it. */
const usualPlaces = (home: string): readonly string[] => [
  // Where this program was installed by npm, what was installed beside it.
  path.dirname(ownProgram()),
  home,
  path.resolve(path.dirname(process.execPath), '..', 'lib', 'node_modules', 'telehash'),
];

/** The file that Node was started with, in the folder where it is. A thread has no other way to know. */
function ownProgram(): string {
  const [, program = process.execPath] = process.argv;
  try {
    return realpathSync(program);
  } catch {
    // Removed since, as when it is upgraded.
    return program;
  }
}

function homeOf({ XDG_DATA_HOME, HOME }: NetworkContext['environment']): string {
  const data = XDG_DATA_HOME && path.isAbsolute(XDG_DATA_HOME) ? XDG_DATA_HOME : undefined;
  return path.join(data ?? path.join(HOME || homedir(), '.local', 'share'), 'git-remote-daemon');
}

const OVERRIDES = [
  'telehash-webrtc=npm:empty-npm-package@1.0.0',
  'telehash-http=npm:empty-npm-package@1.0.0',
  'ecc=npm:ecc-jsbn@0.2.0',
  'ecc-qj=npm:ecc-jsbn@0.2.0',
  'ecc-jsbn=0.2.0',
  'hashname=0.3.1',
  'lob-enc=0.0.17',
];

/** One line for a shell. What it depends on has moved away, so all of it is named. */
function installIn(home: string): string {
  const overrides = OVERRIDES.map((each) => `overrides.${each}`).join(' ');
  return `mkdir -p '${home}' && cd '${home}' && npm init -y && npm pkg set ${overrides} && npm install --ignore-scripts --omit=optional telehash@0.4.18`;
}
