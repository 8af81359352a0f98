// Owns: that README.md is held to its word: each block of code is run by a test, each command is one, each link leads somewhere.
// Leaves: running the blocks, to the tests that take them by `readmeBlock` (support/readme.ts).
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../src/main/commands/command-line.ts';
import { readme, readmeBlock, readmeBlocks, readmeProse } from './support/readme.ts';

/** The block that each call of readmeBlock takes, in tests and what they run. */
const claims = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.test\.ts$|^demo\//.test(name))
  .flatMap((name) => {
    const text = readFileSync(join(import.meta.dirname, name), 'utf8');
    return [...text.matchAll(/\breadmeBlock\(\s*(['"`])(.*?)\1\s*\)/g)].map(([, , first = '']) =>
      first.replaceAll('\\n', '\n').replaceAll("\\'", "'").replaceAll('\\$', '$'),
    );
  });

describe('README.md', () => {
  // What is no more than shown, `text` says, and other tests see to it.
  test.each(
    readmeBlocks
      .filter(({ language }) => language !== 'text')
      .map(({ line, text }) => [line, text.split('\n')[0], text] as const),
  )('line %i: the block that begins with %s is run by a test', (_line, _first, text) => {
    expect(claims.filter((claim) => text.startsWith(claim)).length).toBeGreaterThan(0);
  });

  test('has no block of code that is made by indentation, so that none is missed', () => {
    expect(readmeProse.match(/(?<=\n\n) {4}\S.*/g)).toBeNull();
  });

  const inline = [
    ...new Set([...readmeProse.matchAll(/`(git[ -]remote-daemon(?: [^`/][^`]*)?)`/g)].map(([, said]) => said)),
  ];
  test.each(inline)('names a command that there is: %s', (said = '') => {
    const [, ...words] = said.replace(/ > .*/, '').replace('git remote-daemon', 'git-remote-daemon').split(' ');
    // Where a word in capitals is to be replaced by one, any does.
    expect(
      parseCommandLine(
        words.map((word) => word.replace(/^COMMAND$/, 'status')),
        {},
      ),
    ).not.toMatchObject({ kind: 'wrong' });
  });

  const anchors = [...readmeProse.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
  test.each([...new Set([...readmeProse.matchAll(/\]\(#([^)]*)\)/g)].map(([, to = '']) => to))])(
    'has a section that its link to #%s leads to',
    (to) => {
      expect(anchors).toContain(to);
    },
  );

  test('has the schema of `status --json` as it is held to what is printed', () => {
    const kept = readFileSync(join(import.meta.dirname, 'schemas/status.schema.json'), 'utf8');
    expect(readmeBlock('{\n  "$schema"')).toBe(kept);
  });

  test('shows only pictures that are here', () => {
    const pictures = [...readme.matchAll(/!\[[^\]]*\]\(([^)]*)\)/g)].map(([, file = '']) => file);
    for (const file of pictures) expect(readFileSync(join(import.meta.dirname, '..', file), 'utf8')).toMatch(/^<svg /);
  });
});
