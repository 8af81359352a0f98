// Owns: whether each server was given what the user offered, and nothing else, by asking the servers.
// Leaves: the rules (offers.ts), and when this must hold (quiet.ts, aftermath.ts).
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Model } from './model.ts';
import { NAMES } from './model-remote.ts';
import { missingOffers, type Received, wrongPushes } from './offers.ts';
import { RECEIVED } from './server-hooks.ts';
import type { World } from './world.ts';

/** What must be on a server, and is not. */
export async function offersNotKept({ offers, branches }: Model, { servers }: World): Promise<string[]> {
  const faults: string[] = [];
  for (const name of NAMES) {
    const { named, byObject } = offers[name];
    if (named.size + byObject.size === 0) continue;
    const listed = await servers[name].git('for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads/');
    const there = new Map(listed.split('\n').map((line) => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? '']));
    faults.push(...missingOffers(offers[name], branches, there).map((fault) => `${name}: ${fault}`));
  }
  return faults;
}

/** What was sent to a server since this was last asked, and should not have been. */
export async function pushesNotAskedFor({ offers, branches, received }: Model, { servers }: World): Promise<string[]> {
  const faults: string[] = [];
  for (const name of NAMES) {
    const all = await readReceived(servers[name].directory);
    const fresh = all.slice(received[name]);
    received[name] = all.length;
    faults.push(...wrongPushes(offers[name], branches, fresh).map((fault) => `${name}: ${fault}`));
  }
  return faults;
}

async function readReceived(directory: string): Promise<Received[]> {
  const text = await readFile(join(directory, RECEIVED), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [ref = '', old = '', tip = ''] = line.split(' ');
      return { ref, old, tip };
    });
}

/** Throws for what `pushesNotAskedFor` finds. */
export async function throwForOddPushes(model: Model, world: World): Promise<void> {
  const faults = await pushesNotAskedFor(model, world);
  if (faults.length > 0) throw new Error(faults.join('; '));
}
