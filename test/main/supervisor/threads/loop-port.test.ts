// Owns: that a loop is told when its news are dealt with, and not before.
// Leaves: what a loop makes of that (test/workers/outbox.test.ts), and real threads (worker-pool.test.ts).
import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { LINK_LOOP } from '../../../../src/main/supervisor/threads/loop-kinds.ts';
import { openLoopPort } from '../../../../src/main/supervisor/threads/loop-port.ts';
import type { Report } from '../../../../src/shared/thread-messages.ts';

test('each news is followed by a word that they are taken, and nothing else is', async () => {
  const happened: string[] = [];
  const over = new AbortController();
  const run = async (theirs: MessagePort): Promise<void> => {
    theirs.on('message', ({ kind }) => happened.push(`told ${kind}`));
    const reports: Report[] = [{ kind: 'polled' }, { kind: 'moved' }, { kind: 'log', text: 'x' }, { kind: 'unsure' }];
    for (const report of reports) theirs.postMessage(report);
    while (happened.filter((what) => what === 'told taken').length < 2) await once(theirs, 'message');
    theirs.postMessage({ kind: 'ended', ending: { kind: 'closed' } } satisfies Report);
    theirs.close();
  };
  openLoopPort(LINK_LOOP, {
    run,
    onReport: ({ kind }) => {
      happened.push(kind);
      if (kind === 'ended') over.abort();
    },
    whyEnded: () => ({ code: 'worker-crashed', detail: 'it should have ended by itself' }),
    lastResort: () => undefined,
    lastResortMs: 1_000,
  });
  await once(over.signal, 'abort');
  expect(happened.filter((what) => !what.startsWith('told'))).toEqual(['polled', 'moved', 'log', 'unsure', 'ended']);
  expect(happened.filter((what) => what.startsWith('told'))).toEqual(['told taken', 'told taken']);
  expect(happened.indexOf('told taken')).toBeGreaterThan(happened.indexOf('moved'));
});
