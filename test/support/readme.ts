// Owns: the blocks of code in README.md, for the tests that run them as they stand there.
// Leaves: that each of them is run by one (test/readme.test.ts).
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROGRAM } from './daemon.ts';

const FILE = join(dirname(PROGRAM), '../../README.md');

export interface Block {
  /** `sh`, `js`; empty: none is said. */
  readonly language: string;
  readonly text: string;
  /** Where it begins in the file, from 1. */
  readonly line: number;
}

export const readme = readFileSync(FILE, 'utf8');

export const readmeBlocks: readonly Block[] = [...readme.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(
  ({ index, 1: language = '', 2: text = '' }) => ({ language, text, line: readme.slice(0, index).split('\n').length }),
);

/** README.md without these. */
export const readmeProse: string = readme.replace(/^```.*\n[\s\S]*?^```$/gm, '');

/** The block whose first line begins so. Throws unless there is one and only one. */
export function readmeBlock(firstLine: string): string {
  const found = readmeBlocks.filter(({ text }) => text.startsWith(firstLine));
  const [block] = found;
  if (found.length === 1 && block) return block.text;
  throw new Error(`README.md has ${found.length} blocks of code that begin with: ${firstLine}`);
}

/** A text with each of these words in it replaced. Throws where one is not there, or stands for nothing. */
export function inPlaceOf(text: string, replacements: Readonly<Record<string, string>>): string {
  let result = text;
  for (const [word, other] of Object.entries(replacements)) {
    if (!result.includes(word)) throw new Error(`there is no ${word} in: ${text}`);
    result = result.replaceAll(word, other);
  }
  return result;
}
