// Owns: the end of a run: the daemon told to end, and what must be true of it, its lines and the clone afterwards.
// Leaves: what was true before (quiet.ts).
import { readdirSync } from 'node:fs';
import { until } from '../support/next-line.ts';
import { processesMarked } from '../support/processes.ts';
import { type Model, order } from './model.ts';
import { pushesNotAskedFor } from './pushes-kept.ts';
import { allowLinks, untilQuiet } from './quiet.ts';
import { brokenSilences, faultsAtTheEnd, withoutCause } from './transcript.ts';
import { OWN, ownState, type World } from './world.ts';

/** 2 s by design; a machine that is busy with other tests gets as long again. */
const END_LIMIT_MS = 4_000;

/** Ends the daemon and throws for what is wrong then. */
export async function endRun(model: Model, world: World): Promise<void> {
  if (model.endsQuiet) await comeToRest(model, world);
  const { daemon, journal } = world;
  model.excuses.push({
    remotes: undefined,
    complaints: ['FAILED'],
    fromMs: performance.now(),
    untilMs: Number.POSITIVE_INFINITY,
  });
  journal.note(model.ending);
  const toldAtMs = performance.now();
  if (model.ending === 'STOP') daemon.send('STOP');
  if (model.ending === 'end of input') daemon.closeInput();
  if (model.ending === 'SIGTERM') await endBySignal(world);
  const exit = await daemon.gone(END_LIMIT_MS);
  journal.note(`gone after ${Math.round(performance.now() - toldAtMs)} ms`);
  await Promise.all(world.errands.splice(0));
  const faults = [
    ...(exit.status === 0 ? [] : [`it ended with ${exit.status ?? exit.signal}`]),
    ...faultsAtTheEnd(daemon.lines.seen),
    ...withoutCause(daemon.lines.seen, model.excuses),
    ...brokenSilences(daemon.lines.seen, model.silences),
    ...(await leftBehind(world)),
    ...(await pushesNotAskedFor(model, world)),
    ...(await ownBranchesMoved(model, world)),
  ];
  if (faults.length > 0) throw new Error(faults.join('\n'));
  await untilServerIsLeft(model, world);
}

/** What was missed while it was held is to be caught up with. */
async function comeToRest(model: Model, world: World): Promise<void> {
  if (model.held !== 'no') {
    order(model, 'RESUME');
    world.journal.note('RESUME');
    world.daemon.send('RESUME');
  }
  await untilQuiet(model, world);
}

/** One that has not come so far as to hear signals is ended by them as any program. */
async function endBySignal({ daemon }: World): Promise<void> {
  await until('it runs', () => daemon.stderr().includes(' runs in '));
  daemon.signal('SIGTERM');
}

/**
 * A git that is ended while it opens the lock of a ref leaves that behind, as it does by itself in a loop (2.39.5): it
 * knows of the file only once it is open (tempfile.c). Where a later fetch meets it, it does not get quiet.
 */
const REF_LOCK = /^\.git\/refs\/(?:remotes|prefetch|tags)\/.*\.lock$/;

/** The user's own things as they were, no lock, no half of a fetch. */
async function leftBehind({ clone, daemon, untouched }: World): Promise<string[]> {
  const files = readdirSync(clone.directory, { recursive: true, encoding: 'utf8' });
  const now = await ownState(clone);
  const wasCut = daemon.lines.seen.some(({ text }) => /^DONESYNCING \S+ 0$/.test(text));
  const broken = await clone.git('fsck', '--connectivity-only', '--no-dangling').then(
    () => [],
    (failure: unknown) => [String(failure)],
  );
  return [
    ...files
      .filter((file) => file.endsWith('.lock') && !(wasCut && REF_LOCK.test(file)))
      .map((file) => `left behind: ${file}`),
    ...files.filter((file) => /\/remote-daemon\/.*fetch-/.test(file)).map((file) => `left behind: ${file}`),
    ...(now === untouched ? [] : [`what is the user's own was\n${untouched}\nand is\n${now}`]),
    ...broken,
  ];
}

async function ownBranchesMoved({ branches }: Model, { clone }: World): Promise<string[]> {
  const now = await clone.git('for-each-ref', '--format=%(refname) %(objectname)', OWN);
  const own = [...branches].filter(([ref]) => ref.startsWith(OWN)).map(([ref, tips]) => `${ref} ${tips.at(-1)}`);
  const wanted = own.sort().join('\n');
  return now === wanted ? [] : [`the branches of the user were\n${wanted}\nand are\n${now}`];
}

async function untilServerIsLeft(model: Model, world: World): Promise<void> {
  const { peer, scratch } = world;
  await allowLinks(model, world);
  await until('no connection is left', () => peer.connections() === 0);
  await until('nothing is left running on the server', () => processesMarked(scratch.id).length === 0);
}
