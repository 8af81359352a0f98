// Owns: what this repository is called among peers.
// Leaves: who is told of it.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ownUuid } from '../../../src/main/peers/own-uuid.ts';
import { makePaired, type Paired, scratchHere } from './paired.ts';

const here = (): Promise<Paired> => makePaired(scratchHere(), 'here');
const silent = (): void => undefined;

test("git-annex's uuid comes before one of ours", async () => {
  const { repo, place } = await here();
  await repo.git('config', 'remotedaemon.uuid', 'ours');
  expect(await ownUuid(place, silent)).toBe('ours');
  await repo.git('config', 'annex.uuid', 'theirs');
  expect(await ownUuid(place, silent)).toBe('theirs');
});

test('one of ours is made once, also where many ask at once', async () => {
  const { repo, place } = await here();
  const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => ownUuid(place, silent)));
  expect(new Set([first, ...others]).size).toBe(1);
  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  expect(await repo.git('config', '--get-all', 'remotedaemon.uuid')).toBe(first);
});

test('one that could end a line of peers is none', async () => {
  const { repo, place } = await here();
  await repo.git('config', 'annex.uuid', 'two words');
  expect(await ownUuid(place, silent)).toMatch(/^[0-9a-f-]{36}$/);
});

test('where config cannot be written it is the same to the end, which is said once', async () => {
  const { commonDir, place } = await here();
  fs.writeFileSync(path.join(commonDir, 'config.lock'), '');
  const said: string[] = [];
  const first = await ownUuid(place, (text) => said.push(text));
  expect(await ownUuid(place, (text) => said.push(text))).toBe(first);
  expect(said).toEqual([expect.stringContaining('cannot write remotedaemon.uuid')]);
});
