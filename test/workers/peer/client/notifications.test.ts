// Owns: what a peer's answers tell of its refs.
// Leaves: asking for them, and what becomes of them (peer-link.test.ts).
import { expect, test } from 'vitest';
import { parseP2pLine } from '../../../../src/shared/p2p/lines.ts';
import { newsIn } from '../../../../src/workers/peer/client/notifications.ts';

const [A, B] = ['a'.repeat(40), 'b'.repeat(64)];

test.each([
  [`CHANGED ${A} ${B}`, { tips: [A, B] }],
  // What is no object name is left out: that something moved is told all the same.
  [`CHANGED ${A} x`, { tips: [A] }],
  ['CHANGED', { tips: [] }],
  [`MOVED refs/heads/main ${A} refs/tags/v1 -`, { refs: [move('refs/heads/main', A), move('refs/tags/v1')] }],
  ['MOVED', {}],
  [`MOVED refs/heads/main`, undefined],
  [`MOVED refs/heads/main ${A} refs/heads/other`, undefined],
  [`MOVED main ${A}`, undefined],
  [`MOVED refs/heads/../main ${A}`, undefined],
  [`MOVED refs/heads/main x`, undefined],
  ['ERROR unknown command', undefined],
  ['changed', undefined],
  ['', undefined],
])('%j', (line, news) => {
  expect(newsIn(parseP2pLine(line))).toEqual(news);
});

function move(ref: string, tip?: string) {
  return { ref, tip };
}
