// Owns: the promises about how soon news are looked at, on made-up time.
// Leaves: that they are (news.test.ts).
import { describe, expect, it } from 'vitest';
import {
  heldUntilMs,
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
    if ((heldUntilMs(pace) ?? Infinity) <= startMs + atMs) step({ kind: 'due' }, startMs + atMs);
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
    expect(pace.moves.held).toBe('news');
    const freed = stepPace(pace, { kind: 'fruitful' }, endMs);
    expect(freed.passed).toBe('news');
    expect(stepPace(freed.pace, { kind: 'news' }, endMs + 1).passed).toBe('news');
  });

  it('are looked at at once again when there were none for a minute', () => {
    const { pace, endMs } = storm('news', 5_000);
    const resumed = stepPace(pace, { kind: 'due' }, endMs + 4_000).pace;
    expect(stepPace(resumed, { kind: 'news' }, endMs + 10_000).pace.moves.fruitless).toBeGreaterThan(8);
    const calm = stepPace(resumed, { kind: 'news' }, endMs + 120_000);
    expect(calm).toMatchObject({ pace: { moves: { fruitless: 0 } }, passed: 'news' });
  });

  it('are never lost: what is held back is looked at for the stronger of its reasons', () => {
    const { pace, endMs } = storm('news', 2_000);
    const both = stepPace(pace, { kind: 'loss' }, endMs).pace;
    const weaker = stepPace(both, { kind: 'news' }, endMs).pace;
    expect(stepPace(weaker, { kind: 'due' }, endMs + 60_000).passed).toBe('loss');
  });

  it('are forgotten with the link, as the next one catches up, and their count is not', () => {
    const { pace, endMs } = storm('news', 5_000);
    const left = stepPace(pace, { kind: 'link-left' }, endMs).pace;
    expect(heldUntilMs(left)).toBeUndefined();
    expect(stepPace(left, { kind: 'news' }, endMs).pace.moves.held).toBe('news');
  });

  it('do not wait for a clock that was set back', () => {
    const { pace, endMs } = storm('news', 2_000);
    const held = stepPace(pace, { kind: 'news' }, endMs - 3_600_000).pace;
    expect(heldUntilMs(held)).toBeLessThanOrEqual(endMs - 3_600_000 + 60_000);
  });
});

describe('news of a server that is honest', () => {
  it('are not slowed by looks that something else brought about, however many find nothing', () => {
    const checks = Array.from({ length: 30 }, () => ({ kind: 'all-here' }) as const);
    const fetches = Array.from({ length: 30 }, () => ({ kind: 'fruitless' }) as const);
    let pace: NewsPace = UNPACED;
    for (const event of [...checks, ...fetches]) pace = stepPace(pace, event, 1_000_000).pace;
    expect(pace).toBe(UNPACED);
    expect(stepPace(pace, { kind: 'news' }, 1_000_000).passed).toBe('news');
    expect(stepPace(pace, { kind: 'unsure' }, 1_000_000).passed).toBe('unsure');
  });

  it('wait 4 s at most when it told of many pushes from here before, and not at all where they name refs', () => {
    let pace: NewsPace = UNPACED;
    let nowMs = 1_000_000;
    for (let push = 0; push < 12; push += 1) {
      nowMs = heldUntilMs(pace) ?? nowMs;
      pace = stepPace(pace, { kind: pace.doubts.held ? 'due' : 'unsure' }, nowMs).pace;
      pace = stepPace(pace, { kind: 'all-here' }, nowMs).pace;
    }
    const later = stepPace(pace, { kind: 'unsure' }, nowMs);
    expect(later.passed).toBeUndefined();
    expect(stepPace(later.pace, { kind: 'due' }, nowMs + 4_000).passed).toBe('unsure');
    expect(stepPace(later.pace, { kind: 'news' }, nowMs).passed).toBe('news');
  });

  it('are not held back by comparisons that other doubts brought about while they name refs', () => {
    const { pace, endMs } = storm('unsure', 60_000);
    expect(stepPace(pace, { kind: 'loss' }, endMs).passed).toBe('loss');
  });
});

it('refs that are told to be gone and never were cost a fetch ever more seldom', () => {
  expect(storm('loss', 20_000).looks.length).toBeLessThanOrEqual(12);
});
