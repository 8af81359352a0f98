import { describe, expect, test } from 'vitest';
import { nearest } from '../../src/shared/nearest.ts';

const WORDS = ['start', 'status', 'stop', 'restart', 'resume', 'log', 'annex-wrapper'];

describe('the word that somebody may have meant', () => {
  test.each([
    ['stauts', 'status'],
    ['STATUS', 'status'],
    ['sttaus', 'status'],
    ['lgo', 'log'],
    ['restrat', 'restart'],
    ['anex-wraper', 'annex-wrapper'],
    // What it begins with, though another is fewer letters away.
    ['stat', 'status'],
    ['ann', 'annex-wrapper'],
  ])('%s: %s', (meant, word) => {
    expect(nearest(meant, WORDS)).toBe(word);
  });

  test.each(['', 'foo', 'now', 'rl', 'constructor', 'x'.repeat(1_000_000)])('%.20s is near to none', (meant) => {
    expect(nearest(meant, WORDS)).toBeUndefined();
  });
});
