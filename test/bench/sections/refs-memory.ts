// Owns: what the daemon takes of memory with mirrors of very many refs: settled, and at its peak while it compares them.
// Leaves: what it takes with many remotes of few refs (scale.ts).
import { setTimeout as wait } from 'node:timers/promises';
import type { AtEnd } from '../../support/at-end.ts';
import { descendantsOf } from '../../support/processes.ts';
import { arrivalOf, untilQuiet } from '../arrivals.ts';
import { type Competitor, startCompetitor } from '../competitors.ts';
import { pssMb } from '../process-tree.ts';
import { createRefMover } from '../ref-mover.ts';
import type { RefsScene } from './refs-scene.ts';
import { ALL_HERE } from './refs-start.ts';

export interface MemoryFigures {
  /** Of the daemon's own process, in MB. */
  readonly settledMb: number;
  readonly peakMb: number;
  /** With all it has running. */
  readonly peakOfAllMb: number;
  readonly threadsEnded: number;
}

const LIMIT_MS = 300_000;
const QUIET_MS = 1_500;
/** V8 gives back what it does not need any more within it. */
const SETTLED_MS = 10_000;
const LOOK_EVERY_MS = 25;
/** To find what a process has started takes longer than to look at it. */
const ALL_EVERY = 4;

/**
 * It compares all mirrors twice: at its start, when all is here, and after a pause in which each has moved, when it is not.
 * `scene`: its config is TALKATIVE.
 */
export async function measureMemory(atEnd: AtEnd, scene: RefsScene): Promise<MemoryFigures> {
  const { client } = scene;
  const movers = scene.server.repositories.map(({ directory }) => createRefMover(atEnd, directory, client.env));
  const daemon = startCompetitor(atEnd, 'ours', client);
  const peak = watchPeak(atEnd, daemon);
  await daemon.connected(client.remotes, LIMIT_MS);
  for (const _remote of client.remotes) await daemon.logged.next(ALL_HERE, LIMIT_MS);
  const settledMb = await settled(daemon);
  daemon.send('PAUSE');
  for (const { uri } of client.remotes) await daemon.lines.next(`DISCONNECTED ${uri}`);
  const tips: string[] = [];
  for (const mover of movers) {
    const tip = await mover.prepare();
    await mover.move(tip);
    tips.push(tip);
  }
  daemon.lines.forget();
  daemon.send('RESUME');
  for (const [index, remote] of client.remotes.entries()) {
    await arrivalOf(daemon, remote, tips[index] ?? '', LIMIT_MS);
  }
  const figures = { settledMb: Math.max(settledMb, await settled(daemon)), ...peak.end() };
  await daemon.stop();
  const threadsEnded = daemon.logged.count(/worker thread\b.*\b(?:ended|hung|crashed)\b/);
  return { ...figures, threadsEnded };
}

async function settled(daemon: Competitor): Promise<number> {
  await untilQuiet(daemon, QUIET_MS);
  await wait(SETTLED_MS);
  return pssMb([daemon.pid]);
}

interface Peak {
  readonly end: () => Pick<MemoryFigures, 'peakMb' | 'peakOfAllMb'>;
}

function watchPeak(atEnd: AtEnd, { pid }: Competitor): Peak {
  let [looks, peakMb, peakOfAllMb] = [0, 0, 0];
  const look = (): void => {
    peakMb = Math.max(peakMb, pssMb([pid]));
    if (looks % ALL_EVERY === 0) peakOfAllMb = Math.max(peakOfAllMb, pssMb([pid, ...descendantsOf(pid)]));
    looks += 1;
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  atEnd(() => clearInterval(timer));
  return {
    end: () => {
      clearInterval(timer);
      return { peakMb, peakOfAllMb };
    },
  };
}
