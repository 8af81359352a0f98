import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createDoneWithout } from '../../../src/main/host/done-without.ts';
import { prepareStateDirectory } from '../../../src/main/instance/state-directory.ts';
import { lastingRelays } from '../../../src/main/relay/lasting-relays.ts';
import { NO_RELAYS, prepareRelayDirectory } from '../../../src/main/relay/relay-directory.ts';
import { makeScratch } from '../../support/temp-repo.ts';

test('a directory that is taken away is told once, done without, and made anew for the next link', () => {
  const { directory: scratch } = makeScratch(onTestFinished);
  const directory = prepareStateDirectory(scratch);
  const said: string[] = [];
  const without = createDoneWithout((text) => said.push(text));
  const relays = lastingRelays((log) => prepareRelayDirectory(directory, {}, log), without);
  onTestFinished(relays.remove);
  const first = relays.newSocket() ?? expect.unreachable('there is room');
  expect([relays.isSafe(first), said]).toEqual([true, []]);
  fs.rmSync(path.dirname(first), { recursive: true });
  expect([relays.isSafe(first), relays.isSafe(first)]).toEqual([false, false]);
  expect(without.now()).toEqual([expect.stringContaining('was taken away: fetches log in by themselves')]);
  expect(said).toHaveLength(1);
  const second = relays.newSocket() ?? expect.unreachable('there is room');
  expect(second).not.toBe(first);
  expect([relays.isSafe(second), without.now()]).toEqual([true, []]);
});

test('where there is no place at all, that is told once and tried again', () => {
  const said: string[] = [];
  let tries = 0;
  const relays = lastingRelays(
    (log) => {
      tries += 1;
      log('no relay: there is no room');
      return NO_RELAYS;
    },
    createDoneWithout((text) => said.push(text)),
  );
  expect([relays.newSocket(), relays.newSocket()]).toEqual([undefined, undefined]);
  expect([tries, said]).toEqual([3, ['no relay: there is no room']]);
});
