// Owns: that the pictures in README.md show what the program says today, and are drawn the same from the same text.
// Leaves: making them anew (test/demo/make-pictures.ts).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { lastingWords, picturesOf } from '../demo/pictures.ts';
import { terminalPicture, wordsIn } from '../demo/terminal-picture.ts';
import { lacksPeers } from '../support/peers.ts';

const kept = (name: string): string => readFileSync(join(import.meta.dirname, `../demo/${name}.svg`), 'utf8');

describe.skipIf(lacksPeers('the pictures of README.md', 'sshd', 'ssh', 'inotifywait', 'git-daemon'))(
  'a picture',
  () => {
    test('shows what the program says today (else: node dist/for-tests/test/demo/make-pictures.js)', async () => {
      for (const [name, { text, title }] of Object.entries(await picturesOf(onTestFinished))) {
        const now = terminalPicture(text, title);
        expect(lastingWords(wordsIn(now)), name).toBe(lastingWords(wordsIn(kept(name))));
        expect(now).toContain(`<title>${title}</title>`);
      }
    });
  },
);

describe('drawing', () => {
  test('keeps words, columns and colours', () => {
    const text = 'a \u001b[1;32mgreen & bold\u001b[0m <b>\n\n\u001b[2mdim\u001b[22m "q"\n';
    const picture = terminalPicture(text, 'three lines');
    expect(wordsIn(picture)).toBe('a green & bold <b>\n\ndim "q"');
    expect(picture).toContain('fill="#57ab5a" font-weight="bold">green &amp; bold</tspan>');
    expect(picture).toContain('fill-opacity="0.65">dim</tspan>');
    expect(terminalPicture(text, 'three lines')).toBe(picture);
  });

  test('goes on in the next row where a line is long, and is read as one line all the same', () => {
    const line = `${'word '.repeat(30)}end`;
    const picture = terminalPicture(`${line}\nnext`, 'a long line');
    expect(picture.match(/<text /g)).toHaveLength(3);
    expect(wordsIn(picture)).toBe(`${line}\nnext`);
  });
});
