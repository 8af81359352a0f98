// Owns: being told of changes by a program: what it takes to look, and what becomes of a program that ends or never stops.
// Leaves: the system's own program, in a network of its own (end-to-end/network.test.ts).
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as timer } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { watchLinks } from '../../../../src/main/host/network/link-watch.ts';
import { until } from '../../../support/next-line.ts';
import { processesMarked } from '../../../support/processes.ts';
import { makeScratch } from '../../../support/temp-repo.ts';

function watchWith(...command: readonly string[]) {
  const { env, id } = makeScratch(onTestFinished);
  const seen = { looks: [] as number[], tells: [] as boolean[], log: [] as string[], isWanted: true };
  const links = watchLinks({
    command: command.length > 0 ? command : undefined,
    env,
    isWanted: () => seen.isWanted,
    look: () => seen.looks.push(performance.now()),
    tells: (isTelling) => seen.tells.push(isTelling),
    firstMs: 0,
    listensAfterMs: 1,
    log: (text) => seen.log.push(text),
    random: () => 0,
  });
  onTestFinished(links.close);
  const running = (): number => processesMarked(id).length;
  return { links, seen, running };
}

const looked = (seen: { looks: readonly number[] }, times: number): Promise<void> =>
  until(`it looked ${times} times`, () => seen.looks.length >= times);

test('each line has it look, and who is not wanted any more is ended', async () => {
  const file = join(makeScratch(onTestFinished).directory, 'lines');
  writeFileSync(file, '');
  const { links, seen, running } = watchWith('tail', '-n', '+1', '-f', file);
  links.configured();
  appendFileSync(file, 'a line\n');
  await looked(seen, 1);
  appendFileSync(file, 'another\n');
  await looked(seen, 2);
  links.configured();
  expect(running()).toBe(2);
  await until('it tells', () => seen.tells.length === 1);
  seen.isWanted = false;
  links.configured();
  await until('nothing runs', () => running() === 0);
  expect(seen.tells).toEqual([true, false]);
  seen.isWanted = true;
  links.configured();
  await looked(seen, 3);
  links.close();
  await until('nothing runs', () => running() === 0);
  expect(seen.log).toEqual([]);
});

test('a network that changes without a pause costs a look a second', async () => {
  const { links, seen } = watchWith('yes');
  links.configured();
  await looked(seen, 3);
  const [first = 0, , third = 0] = seen.looks;
  expect(third - first).toBeGreaterThan(1_900);
});

test('a program that ends is started again, ever more seldom, which is told once', async () => {
  const file = join(makeScratch(onTestFinished).directory, 'starts');
  const { links, seen } = watchWith('sh', '-c', `echo started; echo x >>${file}`);
  links.configured();
  await looked(seen, 2);
  expect(seen.log).toEqual([
    expect.stringMatching(/has ended: changes of the network are looked for every few seconds/),
  ]);
});

test('where there is no such program, or none is known, nothing is tried again or told', async () => {
  for (const { links, seen, running } of [watchWith('no-such-program-here'), watchWith()]) {
    links.configured();
    // Timers of one length ring in turn: that of the start has rung.
    await timer(1);
    await until('nothing runs', () => running() === 0);
    links.configured();
    expect([seen.log, seen.looks, running()]).toEqual([[], [], 0]);
  }
});
