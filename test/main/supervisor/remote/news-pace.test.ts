// Owns: the promises about how soon news are looked at, on made-up time.
// Leaves: that they are (news.test.ts).
import { describe, expect, it } from 'vitest';
import {
  type NewsKind,
  type NewsPace,
  type PaceEvent,
  stepPace,
  UNPACED,
} from '../../../../src/main/supervisor/remote/news-pace.ts';

/** News every 50 ms, each look over at once; how often was looked. */
function storm(kind: NewsKind, lastsMs: number, before = UNPACED, startMs = 1_000_000) {
  let pace: NewsPace = before;
  const looks: number[] = [];
  const step = (event: PaceEvent, nowMs: number): void => {
    const { pace: next, passed } = stepPace(pace, event, nowMs);
    pace = next;
    if (passed === undefined) return;
    looks.push(nowMs - startMs);
    step({ kind: 'fruitless' }, nowMs);
  };
  for (let atMs = 0; atMs < lastsMs; atMs += 50) {
    if (pace.held && pace.held.untilMs <= startMs + atMs) step({ kind: 'due' }, startMs + atMs);
    step({ kind }, startMs + atMs);
  }
  return { looks, pace, endMs: startMs + lastsMs };
}

describe('news that bring nothing', () => {
  it('are looked at as they come at first, then after pauses that double', () => {
    const { looks } = storm('news', 20_000);
    expect(looks.slice(0, 8)).toEqual([0, 50, 100, 150, 200, 250, 300, 350]);
    expect(looks.slice(8)).toEqual([1_350, 3_350, 7_350, 15_350]);
  });

  it('cost one fetch a minute in the long run, and doubts one comparison in four seconds', () => {
    const before = storm('news', 600_000);
    const after = storm('news', 600_000, before.pace, before.endMs);
    expect(after.looks.length).toBeLessThanOrEqual(11);
    const doubts = storm('unsure', 60_000);
    expect(doubts.looks.length).toBeLessThanOrEqual(8 + 18);
    expect(doubts.looks.length).toBeGreaterThan(15);
  });

  it('are looked at at once again when one brought something, those that are held back too', () => {
    const { pace, endMs } = storm('news', 5_000);
    const { held } = pace;
    expect(held?.kind).toBe('news');
    const freed = stepPace(pace, { kind: 'fruitful' }, endMs);
    expect(freed.passed).toBe('news');
    expect(stepPace(freed.pace, { kind: 'news' }, endMs + 1).passed).toBe('news');
  });

  it('are looked at at once again when there were none for a minute', () => {
    const { pace, endMs } = storm('news', 5_000);
    const resumed = stepPace(pace, { kind: 'due' }, endMs + 4_000).pace;
    expect(stepPace(resumed, { kind: 'news' }, endMs + 10_000).pace.fruitless).toBeGreaterThan(8);
    expect(stepPace(resumed, { kind: 'news' }, endMs + 120_000)).toEqual({ pace: UNPACED, passed: 'news' });
  });

  it('are never lost: what is held back is looked at for the stronger of its reasons', () => {
    const { pace, endMs } = storm('unsure', 2_000);
    expect(pace.held?.kind).toBe('unsure');
    const both = stepPace(pace, { kind: 'news' }, endMs).pace;
    const weaker = stepPace(both, { kind: 'unsure' }, endMs).pace;
    expect(stepPace(weaker, { kind: 'due' }, endMs + 60_000).passed).toBe('news');
  });

  it('are forgotten with the link, as the next one catches up, and their count is not', () => {
    const { pace, endMs } = storm('news', 5_000);
    const left = stepPace(pace, { kind: 'link-left' }, endMs).pace;
    expect(left.held).toBeUndefined();
    expect(stepPace(left, { kind: 'news' }, endMs).pace.held?.kind).toBe('news');
  });

  it('do not wait for a clock that was set back', () => {
    const { pace, endMs } = storm('news', 2_000);
    const held = stepPace(pace, { kind: 'news' }, endMs - 3_600_000).pace.held;
    expect(held?.untilMs).toBeLessThanOrEqual(endMs - 3_600_000 + 60_000);
  });
});
