// Owns: the package `telehash`, which no program ships any more: where a user's own is, and what is to be done without it.
// Leaves: what is used of it (ciphers.ts).
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import { DaemonError } from '../../../../shared/failures.ts';
import { shownWord } from '../../../../shared/shell-word.ts';
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
  const data = dataFolder(environment);
  for (const place of telehashModule === undefined ? usualPlaces(data) : [telehashModule]) {
    const found = lookIn(place);
    if (found !== undefined) return createRequire(found);
  }
  const where = telehashModule === undefined ? 'here' : 'where remotedaemon.telehashModule says';
  throw new DaemonError('not-set-up', `the package telehash 0.4.18 is not ${where}: install it by: ${installIn(data)}`);
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
const usualPlaces = (data: string): readonly string[] => [
  // Where this program was installed by npm, what was installed beside it.
  import.meta.dirname,
  data,
  path.resolve(path.dirname(process.execPath), '..', 'lib', 'node_modules', 'telehash'),
];

/** Where such things of a user are. */
function dataFolder({ XDG_DATA_HOME, HOME }: NetworkContext['environment']): string {
  const data = XDG_DATA_HOME && path.isAbsolute(XDG_DATA_HOME) ? XDG_DATA_HOME : undefined;
  return path.join(data ?? path.join(HOME || homedir(), '.local', 'share'), 'git-remote-daemon');
}

/** What it depends on has moved away, or was for browsers. */
const OVERRIDES = {
  'telehash-webrtc': 'npm:empty-npm-package@1.0.0',
  'telehash-http': 'npm:empty-npm-package@1.0.0',
  'ecc-jsbn': '0.2.0',
  hashname: '0.3.1',
  'lob-enc': '0.0.17',
};

/** One line for a shell, and short enough to be shown whole. */
function installIn(folder: string): string {
  const config = JSON.stringify({ overrides: OVERRIDES });
  const install = 'npm i --prefix "$D" --ignore-scripts --omit=optional telehash@0.4.18';
  return `D=${shownWord(folder)}; mkdir -p "$D" && echo '${config}' >"$D"/package.json && ${install}`;
}
