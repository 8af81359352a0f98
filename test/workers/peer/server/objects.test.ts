// Owns: annexed content through a repository that is served, by real git-annex-shell.
// Leaves: real git-annex as the client (test/end-to-end).
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../../support/next-line.ts';
import { makeScratch, type TestRepo } from '../../../support/temp-repo.ts';
import { OUR_UUID, openHouse } from './house.ts';

const CONTENT = 'annexed content\n';

/** Its uuid is that of the house. */
async function annex(repo: TestRepo): Promise<void> {
  await repo.git('config', 'annex.uuid', OUR_UUID);
  await repo.git('config', 'annex.private', 'false');
  await repo.git('annex', 'init', 'here');
}

async function annexWithFile(repo: TestRepo): Promise<void> {
  await annex(repo);
  writeFileSync(join(repo.directory, 'file'), CONTENT);
  await repo.git('annex', 'add', 'file');
}

const keyIn = (repo: TestRepo): Promise<string> => repo.git('annex', 'lookupkey', 'file');

test('content is there, and is got, with the version that was agreed on', async () => {
  const house = await openHouse(onTestFinished, { prepare: annexWithFile });
  const key = await keyIn(house.repo);
  const guest = await house.letIn(house.read);
  const version = await guest.ask('VERSION 1');
  expect(version).toMatch(/^VERSION [01]$/);
  expect(await guest.ask(`CHECKPRESENT ${key}`)).toBe('SUCCESS');
  expect(await guest.ask(`GET 0  ${key}`)).toBe(`DATA ${CONTENT.length}`);
  await guest.said.next(CONTENT.trimEnd());
  if (version === 'VERSION 1') await guest.said.next('VALID');
  guest.say('SUCCESS');
  expect(await guest.ask('CHECKPRESENT SHA256E-s3--nothing')).toBe('FAILURE');
  guest.socket.end();
  await guest.gone;
  await until('no process is left', () => house.children.size === 0);
});

test('who may only read puts nothing and removes nothing; who may write does', async () => {
  const house = await openHouse(onTestFinished, { prepare: annexWithFile });
  const key = await keyIn(house.repo);
  const reader = await house.letIn(house.read);
  expect(await reader.ask(`REMOVE ${key}`)).toMatch(/^ERROR .*read-only/);
  const writer = await house.letIn(house.write);
  const [put, text] = ['SHA256-s4--9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 'test'];
  expect(await writer.ask(`PUT  ${put}`)).toBe('PUT-FROM 0');
  writer.socket.write(`DATA ${text.length}\n${text}`);
  await writer.said.next('SUCCESS');
  const place = (await house.repo.git('annex', 'contentlocation', put)).trim();
  expect(readFileSync(join(house.repo.directory, place), 'utf8')).toBe(text);
});

test('a repository that git-annex does not know is an ERROR in words, and the connection goes on', async () => {
  const house = await openHouse(onTestFinished);
  const guest = await house.letIn();
  expect(await guest.ask('VERSION 4')).toBe('VERSION 4');
  for (let time = 0; time < 12; time += 1)
    expect(await guest.ask('CHECKPRESENT KEY')).toMatch(/^ERROR git-annex does not serve this repository: /);
  expect(await guest.ask('REMOTEDAEMON 1')).toMatch(/^REMOTEDAEMON 1 /);
  expect(house.reports.count(/^log a peer asks for annexed content/)).toBe(1);
  expect(house.children.size).toBe(0);
});

test('git-annex that cannot be started just now is tried again at the next question', async () => {
  const scratch = makeScratch(onTestFinished);
  const bin = join(scratch.directory, 'bin');
  mkdirSync(bin);
  // A program that somebody writes cannot be run (ETXTBSY).
  const writing = openSync(join(bin, 'git-annex-shell'), 'w', 0o755);
  writeSync(writing, '#!/bin/sh\necho AUTH-SUCCESS here\nwhile read -r line; do echo "SUCCESS"; done\n');
  const env = { ...scratch.env, PATH: `${bin}:${process.env.PATH}` };
  const house = await openHouse(onTestFinished, { scratch: { ...scratch, env } });
  const guest = await house.letIn();
  expect(await guest.ask('CHECKPRESENT KEY')).toBe('ERROR git-annex cannot be started here just now: try again');
  closeSync(writing);
  expect(await guest.ask('CHECKPRESENT KEY')).toBe('SUCCESS');
});

test('whoever goes, git-annex goes with him', async () => {
  const house = await openHouse(onTestFinished, { prepare: annex });
  const guest = await house.letIn();
  expect(await guest.ask('CHECKPRESENT SHA256E-s3--nothing')).toBe('FAILURE');
  expect(house.children.size).toBe(1);
  guest.socket.destroy();
  await until('no process is left', () => house.children.size === 0);
});
