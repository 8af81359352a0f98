// Owns: what one change costs a daemon and its server, by how many refs there are beside it.
// Leaves: the scenes (refs-scene.ts), and the rows (refs-rows.ts).
import type { AtEnd } from '../../support/at-end.ts';
import { arrivalOf, untilQuiet } from '../arrivals.ts';
import { type Competitor, type DaemonName, startCompetitor } from '../competitors.ts';
import { cpuMs } from '../process-tree.ts';
import { createRefMover, type RefMover } from '../ref-mover.ts';
import type { RefsScene } from './refs-scene.ts';

/** Of one daemon in one scene. */
export interface ChangeFigures {
  /** From the ref that moved on the server to its DONESYNCING here. */
  readonly hereMs: readonly number[];
  readonly lost: number;
  /** Processor time of one change; undefined: none was made. */
  readonly serverCpuMs?: number;
  readonly hereCpuMs?: number;
  /** Why nothing could be measured. */
  readonly missing?: string;
}

export interface ChangeRunner {
  /** What is used from here on is what changes cost. */
  readonly begin: () => void;
  /** Moves a ref, and waits until it is here and all is quiet. A daemon that has taken its whole time is asked no more. */
  readonly sample: () => Promise<void>;
  /** Of the changes since `begin`; stops it. */
  readonly figures: () => Promise<ChangeFigures>;
}

/** For git-annex's daemon: what it takes with many refs is bounded by nothing else. */
const [CONNECT_LIMIT_MS, CHANGE_LIMIT_MS, WHOLE_TIME_MS] = [120_000, 120_000, 60_000];
const QUIET_MS = 150;
interface Running {
  readonly scene: RefsScene;
  readonly daemon: Competitor;
  readonly mover: RefMover;
}

interface Used {
  readonly serverMs: number;
  readonly hereMs: number;
}

export async function startChangeRunner(atEnd: AtEnd, scene: RefsScene, name: DaemonName): Promise<ChangeRunner> {
  const [repository] = scene.server.repositories;
  const daemon = startCompetitor(atEnd, name, scene.client);
  const running = { scene, daemon, mover: createRefMover(atEnd, repository?.directory ?? '', scene.client.env) };
  const missing = await firstChange(running);
  const hereMs: number[] = [];
  let [before, changes, lost, tookMs]: [Used, number, number, number] = [used(running), 0, 0, 0];
  return {
    begin: () => {
      before = used(running);
    },
    sample: async () => {
      if (missing !== undefined || tookMs > WHOLE_TIME_MS) return;
      const startedAtMs = performance.now();
      changes += 1;
      try {
        hereMs.push(await change(running));
      } catch {
        // It did not come within the limit.
        lost += 1;
      }
      tookMs += performance.now() - startedAtMs;
    },
    figures: async () => {
      const after = used(running);
      await daemon.stop();
      if (missing !== undefined) return { hereMs, lost, missing };
      if (changes === 0) return { hereMs, lost };
      const [serverCpuMs, hereCpuMs] = [after.serverMs - before.serverMs, after.hereMs - before.hereMs];
      return { hereMs, lost, serverCpuMs: serverCpuMs / changes, hereCpuMs: hereCpuMs / changes };
    },
  };
}

/** The first of a link tells of all its refs, and is none of the figures. Gives why it did not come. */
async function firstChange(running: Running): Promise<string | undefined> {
  const { daemon, scene } = running;
  try {
    await daemon.connected(scene.client.remotes, CONNECT_LIMIT_MS);
    await untilQuiet(daemon, QUIET_MS);
    await change(running);
    return undefined;
  } catch (failure) {
    return `the first change was not here in time: ${String(failure).split('\n')[0]}`;
  }
}

async function change({ scene, daemon, mover }: Running): Promise<number> {
  const [remote] = scene.client.remotes;
  if (!remote) throw new Error('a client without remotes');
  const tip = await mover.prepare();
  daemon.lines.forget();
  const movedAtMs = await mover.move(tip);
  const { doneAtMs } = await arrivalOf(daemon, remote, tip, CHANGE_LIMIT_MS);
  await untilQuiet(daemon, QUIET_MS);
  return doneAtMs - movedAtMs;
}

/** What has ended is in it: sshd and the shells below it wait for what they start, as the daemons do. */
function used({ scene, daemon }: Running): Used {
  const onServer = new Set(scene.server.repositories.flatMap(({ sshd }) => sshd.processes()));
  return { serverMs: cpuMs([...onServer]), hereMs: cpuMs(daemon.pids()) };
}
