// Owns: what the benchmark's command line asks for, and that a file it cannot write is refused before all measuring.
// Leaves: measuring (sections/).
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { LIMIT_MS } from '../support/next-line.ts';
import { makeScratch } from '../support/temp-repo.ts';
import { readOptions, SECTIONS } from './options.ts';
import { openResultsFile } from './results-file.ts';

const BENCH = fileURLToPath(new URL('../../dist/for-tests/test/bench/bench.js', import.meta.url));

test('without words all sections are measured, shortly; with --rounds the large numbers are', () => {
  expect(readOptions([])).toMatchObject({ sections: SECTIONS, size: { rounds: 8, idleMs: 5_000, refs: [10_000] } });
  expect(readOptions(['scale', '--rounds', '3']).size).toMatchObject({
    rounds: 3,
    idleMs: 60_000,
    mirrorRefs: 150_000,
  });
  expect(readOptions(['scale', 'start', '--short', '--rounds', '3', '--json', 'x.json'])).toMatchObject({
    sections: ['scale', 'start'],
    size: { rounds: 3, idleMs: 5_000 },
    jsonFile: 'x.json',
  });
});

test.each([
  [['speed'], /^unknown: speed\n\nnpm run bench/],
  [['--rounds', '0'], /^--rounds wants a whole number/],
  [['--rounds'], /^--rounds wants a whole number/],
  [['--json', '--short'], /^--json wants a file$/],
  [['--help'], /^npm run bench/],
])('%j is answered with what it should be', (args, answer) => {
  expect(() => readOptions(args)).toThrow(answer);
});

test.each([
  ['there is no such directory', 'nowhere/x.json', 'no such file or directory'],
  ['it is a directory', 'home', 'illegal operation on a directory'],
])('a file for the results is refused at once where %s', async (_why, name, reason) => {
  const scratch = makeScratch(onTestFinished);
  const path = join(scratch.directory, name);
  const said = await new Promise<unknown>((resolve) => {
    const options = { env: scratch.env, timeout: LIMIT_MS };
    execFile(process.execPath, [BENCH, 'start', '--json', path], options, (failure, stdout, stderr) =>
      resolve([failure?.code, stdout, stderr]),
    );
  });
  expect(said).toEqual([1, '', `bench: --json ${path}: ${reason}\n`]);
});

test('earlier results stay until there are new ones', () => {
  const path = join(makeScratch(onTestFinished).directory, 'x.json');
  writeFileSync(path, 'the earlier and longer ones\n');
  const write = openResultsFile(path);
  expect(readFileSync(path, 'utf8')).toBe('the earlier and longer ones\n');
  write({ rows: [] });
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ rows: [] });
});
