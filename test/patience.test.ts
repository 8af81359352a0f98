// Owns: that the times which main and the worker threads allow for an end add up to what is promised.
// Leaves: that each of them is kept (test/end-to-end, and the tests of whoever waits).
import { describe, expect, test } from 'vitest';
import { ANOTHER_DAEMON, ENDING_GIT, LINK, STOP } from '../src/main/patience.ts';
import { ANSWER, CLOSING, ENDING_COMMAND } from '../src/workers/patience.ts';

/** Design §2. */
const PROMISED_MS = 2_000;
/** What closing needs that is not waited for: ending idle threads, removing files. */
const NO_TIME_MS = 100;

describe('STOP', () => {
  test('ends the process in time, whatever hangs', () => {
    expect(STOP.goneMs + NO_TIME_MS).toBeLessThanOrEqual(PROMISED_MS);
    // By then it has had the time to exit by itself, with its exit status.
    expect(STOP.killedMs).toBeGreaterThanOrEqual(PROMISED_MS + NO_TIME_MS);
  });

  test('the kindly way is over before, also with a reader who does not read the last lines', () => {
    expect(STOP.goodbyesMs + STOP.lastLinesMs + NO_TIME_MS).toBeLessThanOrEqual(STOP.goneMs);
  });

  test('the forced way is over before, and leaves time for what closes after the links', () => {
    const linksGoneMs = STOP.goodbyesMs + STOP.forcedMs;
    expect(linksGoneMs + STOP.threadsMs + NO_TIME_MS).toBeLessThanOrEqual(STOP.goneMs);
    expect(STOP.goneMs - linksGoneMs - NO_TIME_MS).toBeGreaterThanOrEqual(STOP.lastLinesMs / 2);
  });

  test('a git that obeys nothing but SIGKILL is gone before links are forced', () => {
    expect(ENDING_GIT.hurriedGraceMs + ENDING_GIT.lastWordsMs + NO_TIME_MS).toBeLessThanOrEqual(STOP.goodbyesMs);
  });

  test('is waited for by those who ask for it, before they kill', () => {
    expect(ANOTHER_DAEMON.obeyedMs).toBeGreaterThan(2 * STOP.killedMs);
    expect(ANOTHER_DAEMON.signalledMs).toBeGreaterThan(STOP.killedMs);
  });
});

describe('a link that is told to close kindly', () => {
  test('is not forced before a server that lives had the time for its goodbyes, though STOP is sooner', () => {
    expect(STOP.goodbyesMs).toBeLessThanOrEqual(CLOSING.kindlyMs);
  });

  test('has no wait in it that is longer than all of it', () => {
    const { kindlyMs, givenUpMs: _, ...waits } = CLOSING;
    expect(Math.max(...Object.values(waits))).toBeLessThanOrEqual(kindlyMs);
  });

  test('is given up by its own loop before main would end the thread', () => {
    expect(CLOSING.kindlyMs + CLOSING.givenUpMs + NO_TIME_MS).toBeLessThan(LINK.closedMs);
  });

  test('gives a command of the user all its time before it is forced, and is done soon after', () => {
    const { stdinMs, termMs, killedMs } = ENDING_COMMAND;
    expect(stdinMs + termMs).toBeLessThanOrEqual(STOP.goodbyesMs);
    expect(killedMs).toBeLessThanOrEqual(STOP.forcedMs);
  });

  test('has, when it is forced, nothing left to wait for but the last words of a child that was killed', () => {
    expect(CLOSING.lastWordsMs).toBeLessThanOrEqual(STOP.forcedMs);
  });
});

test('the settings of a host are there long before its watcher, and that before its refs are given up', () => {
  const { settingsMs, readyMs, refsMs } = ANSWER;
  expect([settingsMs, readyMs, refsMs]).toEqual([settingsMs, readyMs, refsMs].sort((one, other) => one - other));
});
