// Owns: the time from exec until all refs of a remote are known to be here, beside a `git ls-remote` of the same.
// Leaves: the time until a link is up where there are few refs (start.ts).
import type { AtEnd } from '../../support/at-end.ts';
import { untilQuiet } from '../arrivals.ts';
import { startCompetitor } from '../competitors.ts';
import { plainGit } from '../plain-git.ts';
import type { RefsScene } from './refs-scene.ts';

export interface StartFigures {
  readonly connectedMs: readonly number[];
  readonly comparedMs: readonly number[];
  readonly lsRemoteMs: readonly number[];
}

const LIMIT_MS = 120_000;
const QUIET_MS = 300;
/** A comparison that finds all here is told of nowhere but in the log, where that is talkative. */
export const TALKATIVE = '[remotedaemon]\n\tlogLevel = debug\n';
export const ALL_HERE = /\bfetch: .*'answered: all is here'/;

/** `scene`: its config is TALKATIVE, and nothing moves there. */
export async function measureStarts(atEnd: AtEnd, scene: RefsScene, rounds: number): Promise<StartFigures> {
  const { client } = scene;
  const git = plainGit(client);
  const [connectedMs, comparedMs, lsRemoteMs]: [number[], number[], number[]] = [[], [], []];
  // One more, which warms the page cache, and leaves what a first daemon leaves to all later ones.
  for (let round = 0; round <= rounds; round += 1) {
    const lsRemote = await git('ls-remote', client.remotes[0]?.name ?? '');
    const daemon = startCompetitor(atEnd, 'ours', client);
    const { allMs } = await daemon.connected(client.remotes, LIMIT_MS);
    const { atMs } = await daemon.logged.next(ALL_HERE, LIMIT_MS);
    await untilQuiet(daemon, QUIET_MS);
    await daemon.stop();
    if (round === 0) continue;
    connectedMs.push(allMs);
    comparedMs.push(atMs - daemon.startedAtMs);
    lsRemoteMs.push(lsRemote);
  }
  return { connectedMs, comparedMs, lsRemoteMs };
}
