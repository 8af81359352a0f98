// Owns: waiting until all is as it must be when nothing more is to come, and telling what is not when it does not get so.
// Leaves: what must be true of the lines and the refs (transcript.ts, ref-image.ts).
import { untilKnown } from './known-config.ts';
import { becameQuiet, type Model, order } from './model.ts';
import { isWatched, NAMES, type Name } from './model-remote.ts';
import { offersNotKept, throwForOddPushes } from './pushes-kept.ts';
import { refsNotKept } from './refs-kept.ts';
import { standingAfter } from './transcript.ts';
import type { World } from './world.ts';

/** Only waited out by a run that fails; past it a listing by `checkInterval`, or a long wait, would hide a fault. */
const LIMIT_MS = 20_000;

/** Throws with what is wrong, and all that happened. */
export async function untilQuiet(model: Model, world: World): Promise<void> {
  await allowLinks(model, world);
  await Promise.all(world.errands.splice(0));
  if (model.isHurt && model.impatient && model.held === 'no') {
    order(model, 'RESUME');
    world.journal.note('RESUME, as nobody wants to wait');
    world.daemon.send('RESUME');
  }
  await untilKnown(model, world);
  const giveUpAtMs = performance.now() + LIMIT_MS;
  for (;;) {
    const known = world.journal.news();
    const faults = await whatIsNotQuiet(model, world);
    if (faults.length === 0) break;
    const leftMs = giveUpAtMs - performance.now();
    if (leftMs <= 0) throw new Error(`not quiet within ${LIMIT_MS} ms: ${faults.join('; ')}`);
    await world.journal.newsAfter(known, leftMs);
  }
  becameQuiet(model);
  world.journal.note('quiet');
}

/** The server takes logins again. */
export async function allowLinks(model: Model, world: World): Promise<void> {
  if (!model.isRefusing) return;
  model.isRefusing = false;
  world.journal.note('the server listens again');
  await world.peer.start();
}

/** First what costs nothing to find out. */
async function whatIsNotQuiet(model: Model, world: World): Promise<string[]> {
  const late = lateOrders(model, world);
  if (late.length > 0) return late;
  // Lines that were said before these orders were obeyed are in the pipe, if not read yet.
  await new Promise((resolve) => setImmediate(resolve));
  const { connected, syncing, faults } = standingAfter(world.daemon.lines.seen);
  if (faults.length > 0) throw new Error(faults.join('; '));
  const links = NAMES.flatMap((name) => linkFault(model, name, connected.has(name)));
  const open = [...syncing].map((remote) => `${remote} syncs`);
  if (links.length + open.length > 0 || model.held !== 'no') return [...links, ...open];
  const missing = await offersNotKept(model, world);
  await throwForOddPushes(model, world);
  return missing.length > 0 ? missing : refsNotKept(model, world);
}

/** The log tells each time that it becomes held. */
function lateOrders(model: Model, { daemon }: World): string[] {
  const count = (text: string): number => daemon.stderr().split(`daemon: ${text}\n`).length - 1;
  const { paused, 'no-network': lost } = model.heldCounts;
  return [
    ...(count('paused') < paused ? ['PAUSE is not obeyed yet'] : []),
    ...(count('told that the network is gone') < lost ? ['LOSTNET is not obeyed yet'] : []),
  ];
}

function linkFault({ held, remotes }: Model, name: Name, isConnected: boolean): string[] {
  // Its link comes and goes by itself.
  if (held === 'no' && isWatched(remotes[name]) && remotes[name].command === 'ends') return [];
  const isWanted = held === 'no' && isWatched(remotes[name]);
  if (isWanted === isConnected) return [];
  return [isWanted ? `${name} is not connected` : `${name} is still connected`];
}
