// Owns: that one at a time changes the peers, and that nobody waits for ever.
// Leaves: what is changed (credentials.test.ts).
import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { alone } from '../../../src/main/peers/alone.ts';
import { makePaired, scratchHere } from './paired.ts';

test('who comes while another changes them waits, and is told where that takes too long', async () => {
  const { place } = await makePaired(scratchHere(), 'here');
  const { directory } = place;
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let begun: () => void = () => undefined;
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const first = alone(directory, () => {
    begun();
    return held;
  });
  await hasBegun;
  await expect(alone(directory, () => 'second', 50)).rejects.toThrow(
    'another process changes the peers here: try again',
  );
  const third = alone(directory, () => 'third');
  letGo();
  await first;
  expect(await third).toBe('third');
  expect(statSync(directory.peersLock).mode & 0o777).toBe(0o600);
});

test('what fails lets the next one in', async () => {
  const { place } = await makePaired(scratchHere(), 'here');
  const failing = alone(place.directory, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  expect(await alone(place.directory, () => 'next')).toBe('next');
});
