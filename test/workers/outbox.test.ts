// Owns: how much one link tells main, whatever the other side makes it say.
// Leaves: that main says when it has taken something (test/main/supervisor/threads/loop-port.test.ts).
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ObjectName, RefName } from '../../src/shared/remote.ts';
import type { Report } from '../../src/shared/thread-messages.ts';
import { createOutbox } from '../../src/workers/outbox.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function outbox() {
  const posted: Report[] = [];
  return { posted, ...createOutbox((report) => posted.push(report)) };
}

const moved = (...names: string[]): Report => ({
  kind: 'moved',
  refs: names.map((name) => ({ ref: `refs/heads/${name}` as RefName, tip: 'a'.repeat(40) as ObjectName })),
});

test('of ten thousand lines main gets twenty, and how many there were', () => {
  const { posted, report } = outbox();
  for (let line = 0; line < 10_000; line += 1) report({ kind: 'log', text: `line ${line}` });
  vi.advanceTimersByTime(30_000);
  expect(posted).toHaveLength(21);
  expect(posted.at(-1)).toEqual({ kind: 'log', text: '9980 more lines were not shown' });
});

test('all that is said is fit to be shown', () => {
  const { posted, report } = outbox();
  const text = `a\u200bb\u001b${'x'.repeat(40_000)}`;
  const fit = `ab ${'x'.repeat(497)}…`;
  report({ kind: 'log', text });
  report({ kind: 'connected', how: text, relay: false, checks: false });
  report({ kind: 'ended', ending: { kind: 'failed', failure: { code: 'dropped', detail: text } } });
  expect(posted).toEqual([
    { kind: 'log', text: fit },
    { kind: 'connected', how: fit, relay: false, checks: false },
    { kind: 'ended', ending: { kind: 'failed', failure: { code: 'dropped', detail: fit } } },
  ]);
});

test('news that come while others are under way are told together, when main has taken those', () => {
  const { posted, report, taken } = outbox();
  for (const name of ['a', 'b', 'c', 'b']) report(moved(name));
  report({ kind: 'unsure' });
  expect(posted).toEqual([moved('a')]);
  taken();
  expect(posted.slice(1)).toEqual([moved('b', 'c')]);
  taken();
  expect(posted.slice(2)).toEqual([{ kind: 'unsure' }]);
  taken();
  report({ kind: 'moved' });
  report(moved('a'));
  report({ kind: 'moved' });
  taken();
  expect(posted.slice(3)).toEqual([{ kind: 'moved' }, { kind: 'moved' }]);
});

test('however fast main takes them, there are a few in a second; none is lost', () => {
  const { posted, report, taken } = outbox();
  for (let at = 0; at < 100_000; at += 1) {
    report(moved(`b${at}`));
    taken();
  }
  expect(posted).toHaveLength(50);
  for (let waitMs = 0; waitMs < 10_000; waitMs += 100) {
    vi.advanceTimersByTime(100);
    taken();
  }
  expect(posted.slice(50)).toEqual([{ kind: 'moved' }]);
});

test('at the end all that is left is told', () => {
  const { posted, report, close } = outbox();
  for (let line = 0; line < 30; line += 1) report({ kind: 'log', text: 'x' });
  for (const name of ['a', 'b']) report(moved(name));
  close();
  expect(posted.slice(20)).toEqual([moved('a'), { kind: 'log', text: '10 more lines were not shown' }, moved('b')]);
  vi.advanceTimersByTime(60_000);
  expect(posted).toHaveLength(23);
});
