// Owns: what this repository is called among peers: git-annex's uuid where it has one, else one of ours, made once.
// Leaves: what others are called (peers-file.ts), and running git (whoever asks).
import { randomUUID } from 'node:crypto';
import { alone } from './alone.ts';
import type { PeersPlace } from './place.ts';
import { lastValue } from './remotes-here.ts';

/** No space, which would end it in a line of peers. */
const UUID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Whether a peer may be called so. */
export const isUuid = (text: string): boolean => UUID.test(text);

/** By git dir: where config cannot be written it is the same for as long as this process lives. */
const unwritten = new Map<string, string>();

/** `say`: of one that could not be kept, once. */
export async function ownUuid(place: PeersPlace, say: (text: string) => void): Promise<string> {
  const known = await knownUuid(place);
  if (known !== undefined) return known;
  // Another process may be making one.
  return alone(place.directory, async () => (await knownUuid(place)) ?? makeUuid(place, say));
}

async function knownUuid({ git, directory }: PeersPlace): Promise<string | undefined> {
  for (const key of ['annex.uuid', 'remotedaemon.uuid']) {
    const value = await lastValue(git, key);
    if (value !== undefined && isUuid(value)) return value;
  }
  return unwritten.get(directory.commonDir);
}

async function makeUuid({ git, directory }: PeersPlace, say: (text: string) => void): Promise<string> {
  const uuid = randomUUID();
  const answer = await git(['config', '--local', 'remotedaemon.uuid', uuid]);
  if (answer.ok) return uuid;
  unwritten.set(directory.commonDir, uuid);
  say(
    'cannot write remotedaemon.uuid to git config: what this repository is called among peers holds until the end only',
  );
  return uuid;
}
