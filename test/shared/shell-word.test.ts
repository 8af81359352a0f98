import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellQuoted } from '../../src/shared/shell-word.ts';

test.each([
  "it's",
  'a b',
  '$(touch x)',
  '`x`',
  'a;b',
  'a!b',
  "'\\''",
  'line\nfeed',
  '-rf',
  '*',
  '\\',
  '"',
  '',
  'é\u{1f600}',
])('a shell reads %j back as it was', (text) => {
  for (const shell of ['sh', 'bash']) {
    expect(execFileSync(shell, ['-c', `printf %s ${shellQuoted(text)}`], { encoding: 'utf8' })).toBe(text);
  }
});

test('csh, which reads `!` even in quotes, finds none there', () => {
  expect(shellQuoted('a!b')).toBe("'a'\\!'b'");
});
