import { expect, test } from 'vitest';
import { inOneLine, renderExplained } from '../../../src/main/commands/watch.ts';
import type { Explained } from '../../../src/shared/requests.ts';

const EXPLAINED: Explained = {
  remote: 'origin',
  url: 'ssh://host/d',
  ways: [
    { what: 'the best', state: 'failed', why: 'it is not\u001b there', again: new Date(7_200_000).toISOString() },
    { what: 'the second', state: 'ruled-out', why: 'it would fail as well' },
    { what: 'the third', state: 'in-use', why: 'connected' },
    { what: 'the last', state: 'untried' },
  ],
  advice: ['install it'],
};

test('how a remote is watched is told in a line, and that there are better ways', () => {
  expect(inOneLine(EXPLAINED)).toBe('origin: the third (a better way has failed: --explain says why)');
  expect(inOneLine({ ...EXPLAINED, ways: EXPLAINED.ways.slice(2) })).toBe('origin: the third');
});

test('why it is watched so is told way by way, and what would help', () => {
  expect(renderExplained(EXPLAINED, 0)).toBe(`origin (ssh://host/d) can be watched in 4 ways, best first:
  failed     the best
             it is not  there
             tried again in 2 h
  ruled out  the second
             it would fail as well
  chosen     the third
             connected
  not tried  the last
What would make it better:
  - install it
`);
});
