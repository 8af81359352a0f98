// Owns: that what is wrong in a daemon's lines is found, and what is right is not.
// Leaves: whole runs (daemon-model.test.ts).
import { describe, expect, test } from 'vitest';
import { brokenSilences, faultsAtTheEnd, type Said, standingAfter, withoutCause } from './transcript.ts';

/** Each a millisecond after the one before. */
const said = (...lines: readonly string[]): Said[] => lines.map((text, atMs) => ({ text, atMs }));

const RIGHT = [
  'CONNECTED a',
  'SYNCING a',
  'CONNECTED b',
  'SYNCING b',
  'DONESYNCING a 1',
  'WARNING b it says something',
  'DISCONNECTED b',
  'DONESYNCING b 0',
  'DISCONNECTED a',
  'CONNECTED a',
  'DISCONNECTED a',
];

describe('the pairing of lines', () => {
  test('finds no fault with remotes that come, sync and go beside each other', () => {
    expect(faultsAtTheEnd(said(...RIGHT))).toEqual([]);
  });

  test.each([
    ['a link that is up twice', ['CONNECTED a', 'CONNECTED a']],
    ['a link that is down before it was up', ['DISCONNECTED a']],
    ['a link that is down twice', ['CONNECTED a', 'DISCONNECTED a', 'DISCONNECTED a']],
    ['a sync in a sync', ['SYNCING a', 'SYNCING a']],
    ['a sync that is done before it began', ['DONESYNCING a 1']],
    ['a sync that is done twice', ['SYNCING a', 'DONESYNCING a 1', 'DONESYNCING a 1']],
    ['a sync of another remote that is done', ['SYNCING a', 'DONESYNCING b 1']],
    ['a sync without an outcome', ['SYNCING a', 'DONESYNCING a']],
    ['an outcome that is none', ['SYNCING a', 'DONESYNCING a 2']],
    ['a warning of nothing', ['WARNING a']],
    ['a line that is no message', ['HELLO a']],
    ['a word too many', ['CONNECTED a again']],
  ])('finds %s', (_what, lines) => {
    expect(standingAfter(said(...lines)).faults).toEqual([`out of place: ${lines.at(-1)}`]);
  });

  test('finds what has no end when all is over', () => {
    expect(faultsAtTheEnd(said('CONNECTED a', 'SYNCING b'))).toEqual([
      'no DONESYNCING b at the end',
      'no DISCONNECTED a at the end',
    ]);
  });
});

describe('a complaint', () => {
  const excuse = { remotes: ['a'], complaints: ['WARNING', 'FAILED'], fromMs: 1, untilMs: 2 } as const;

  test('is without a cause before and after what could be one, and of another remote', () => {
    const lines = said('WARNING a x', 'WARNING a x', 'DONESYNCING a 0', 'WARNING a x', 'DONESYNCING b 0');
    expect(withoutCause(lines, [excuse])).toEqual([
      'without a cause: WARNING a x',
      'without a cause: WARNING a x',
      'without a cause: DONESYNCING b 0',
    ]);
  });

  test('of another kind than is excused is without a cause', () => {
    const lines = said('CONNECTED a', 'WARNING a x');
    expect(withoutCause(lines, [{ ...excuse, complaints: ['FAILED'] }])).toHaveLength(1);
    expect(withoutCause(lines, [{ ...excuse, remotes: undefined }])).toEqual([]);
  });
});

describe('a silence', () => {
  const silence = { remote: undefined, what: 'all', why: 'it is held', fromMs: 0, untilMs: 3 } as const;
  const lines = said('CONNECTED a', 'CONNECTED a', 'SYNCING b', 'CONNECTED a', 'CONNECTED a');

  test('is broken by what connects or syncs in it', () => {
    expect(brokenSilences(lines, [silence])).toEqual([
      'it is held, and yet: CONNECTED a',
      'it is held, and yet: SYNCING b',
    ]);
  });

  test('of one remote is broken by that one only', () => {
    expect(brokenSilences(lines, [{ ...silence, remote: 'b' }])).toEqual(['it is held, and yet: SYNCING b']);
  });

  test('of syncs alone is broken by no link', () => {
    expect(brokenSilences(lines, [{ ...silence, what: 'syncs' }])).toEqual(['it is held, and yet: SYNCING b']);
  });

  test('is not broken by what comes to its end in it', () => {
    expect(brokenSilences(said('', 'DISCONNECTED a', 'DONESYNCING a 0'), [silence])).toEqual([]);
  });
});
