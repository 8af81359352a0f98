// Owns: who may log in to an account after what it came to, on made-up time.
// Leaves: those who wait (accounts.test.ts), and real logins (test/end-to-end/refused.test.ts).
import { describe, expect, it, test } from 'vitest';
import {
  type Asking,
  admit,
  againAtMsOf,
  awakened,
  concluded,
  refusedWaitMs,
  type Standing,
  UNKNOWN,
} from '../../../../src/main/supervisor/link/account-verdicts.ts';
import type { LoggedInBy, LoginOutcome } from '../../../../src/shared/account.ts';
import { remoteName } from '../../../../src/shared/remote.ts';

const MIN = 60_000;
const asking = (by: LoggedInBy, isOpenToAll = false, remote = 'o'): Asking => ({
  remote: remoteName(remote),
  by,
  isOpenToAll,
  waits: !isOpenToAll,
});
const refused = (isFinal = false): LoginOutcome => ({
  kind: 'refused',
  failure: { code: 'auth-refused', detail: 'no' },
  isFinal,
});
const LET_IN: LoginOutcome = { kind: 'let-in' };

/** What is known after such logins, one after another, each tried by the other client where the last was not final. */
const knownAfter = (...steps: readonly [LoggedInBy, LoginOutcome, number?][]): Standing =>
  steps.reduce<Standing>((known, [by, outcome, nowMs = 0]) => concluded(known, asking(by), outcome, nowMs), UNKNOWN);
const shown = (standing: Standing, by: LoggedInBy, nowMs: number, isTried = false): string => {
  const admission = admit(standing, asking(by), isTried, nowMs);
  return admission.kind === 'denied' ? admission.denial.kind : admission.kind;
};

const A_DAY = 24 * 60 * MIN;
const ON_ITS_DAY = knownAfter(['built-in', refused()], ['program', LET_IN], ['built-in', refused(true), A_DAY]);
const BOTH = knownAfter(['built-in', refused()], ['program', refused()]);

test.each<[string, Standing, LoggedInBy, number, boolean, string]>([
  ['an account nobody has tried is tried', UNKNOWN, 'built-in', 0, false, 'go'],
  ['by one, for which the others wait', UNKNOWN, 'built-in', 0, true, 'wait'],
  ['one that has just let somebody in lets all in', knownAfter(['built-in', LET_IN]), 'built-in', 9_000, true, 'go'],
  [
    'one that did so a while ago is tried by one again',
    knownAfter(['built-in', LET_IN]),
    'built-in',
    11_000,
    true,
    'wait',
  ],
  [
    'refused, the built-in client leaves it to the program',
    knownAfter(['built-in', refused()]),
    'built-in',
    0,
    true,
    'by-program',
  ],
  ['which is asked', knownAfter(['built-in', refused()]), 'program', 0, false, 'go'],
  ['refused by both, nobody asks for 5 min', BOTH, 'program', 5 * MIN - 1, false, 'refused'],
  ['then one does', BOTH, 'built-in', 5 * MIN, false, 'go'],
  ['and the others wait for it', BOTH, 'built-in', 5 * MIN, true, 'wait'],
  [
    'where only the program is let in it goes first',
    knownAfter(['built-in', refused()], ['program', LET_IN]),
    'built-in',
    20 * MIN,
    false,
    'by-program',
  ],
  ['for a day', knownAfter(['built-in', refused()], ['program', LET_IN]), 'built-in', 25 * 60 * MIN, false, 'go'],
  [
    'from the refusal, however often the program logs in meanwhile',
    knownAfter(['built-in', refused()], ['program', LET_IN], ['program', LET_IN, 20 * 60 * MIN]),
    'built-in',
    25 * 60 * MIN,
    false,
    'go',
  ],
  [
    'a program that was the choice from the start says nothing of the built-in client',
    knownAfter(['program', LET_IN]),
    'built-in',
    0,
    false,
    'go',
  ],
])('%s', (_name, standing, by, nowMs, isTried, expected) => {
  expect(shown(standing, by, nowMs, isTried)).toBe(expected);
});

describe('an account that is refused', () => {
  it('is tried by one client at a time, in turns, after 5 min, 10 min, and up to an hour', () => {
    const waits: number[] = [];
    const clients: string[] = [];
    let known = BOTH;
    for (let nowMs = 0, tries = 0; tries < 6; tries++) {
      if (known.kind !== 'refused') throw new Error(`it is ${known.kind}`);
      waits.push((known.againAtMs - nowMs) / MIN);
      nowMs = known.againAtMs;
      const by: LoggedInBy = shown(known, 'built-in', nowMs) === 'go' ? 'built-in' : 'program';
      clients.push(by);
      known = concluded(known, asking(by), refused(), nowMs);
    }
    expect(waits).toEqual([5, 10, 20, 40, 60, 60]);
    expect(clients).toEqual(['built-in', 'program', 'built-in', 'program', 'built-in', 'program']);
    expect(refusedWaitMs(10_000)).toBe(60 * MIN);
  });

  it.each([
    ['has refused the built-in client', knownAfter(['built-in', refused()]), 'refused'],
    ['has refused both before', awakened(BOTH, 'mended', 3_000), 'refused'],
    ['was not heard of', UNKNOWN, 'go'],
    ['has let somebody in', knownAfter(['built-in', LET_IN]), 'go'],
  ])('is one where too many tries are complained of and the server %s', (_when, before, expected) => {
    const failure = { code: 'maybe-refused', detail: 'Too many authentication failures' } as const;
    const outcome = { kind: 'refused', failure, isFinal: true, isUnproven: true } as const;
    const known = concluded(before, asking('program'), outcome, 3_000);
    expect(shown(known, 'program', 3_001)).toBe(expected);
    if (known.kind === 'refused') expect(known.failure.code).toBe('auth-refused');
  });

  it('is asked by nobody else where the agent itself has said no', () => {
    expect(shown(knownAfter(['built-in', refused(true)]), 'program', 1)).toBe('refused');
  });

  it('is left to the program at once where that is let in, whatever the built-in client meets when its day comes', () => {
    expect([againAtMsOf(ON_ITS_DAY), shown(ON_ITS_DAY, 'built-in', A_DAY)]).toEqual([A_DAY, 'by-program']);
    expect(againAtMsOf(concluded(ON_ITS_DAY, asking('program'), LET_IN, A_DAY))).toBeUndefined();
  });

  it.each([
    ['a person', 'person', 0],
    ['what the login rests on', 'mended', 3_000],
    ['what may help', 'changed', 30_000],
  ] as const)('is tried again at once, or soon, for %s, by both clients', (_name, why, fromMs) => {
    const known = awakened(BOTH, why, 0);
    expect(shown(known, 'built-in', fromMs)).toBe('go');
    if (fromMs > 0) expect(shown(known, 'built-in', fromMs - 1)).toBe('refused');
    expect(shown(concluded(known, asking('built-in'), refused(), fromMs), 'program', fromMs)).toBe('go');
  });

  it('waits no longer for having been tried in vain when something had changed', () => {
    const again = [refused(), refused()].reduce(
      (known, outcome, at) => concluded(known, asking(at === 0 ? 'built-in' : 'program'), outcome, 40_000),
      awakened(BOTH, 'changed', 40_000),
    );
    expect(again).toMatchObject({ kind: 'refused', refusals: 1, againAtMs: 40_000 + 5 * MIN });
  });

  it('is tried ever more rarely for what changes again and again, as where each try writes to a file beside the keys', () => {
    const waits: number[] = [];
    let known = BOTH;
    for (let nowMs = 0, tries = 0; tries < 9; tries++) {
      known = awakened(known, 'mended', nowMs + 1);
      if (known.kind !== 'refused') throw new Error(`it is ${known.kind}`);
      waits.push((known.againAtMs - nowMs) / 1_000);
      nowMs = known.againAtMs;
      known = concluded(known, asking('built-in'), refused(), nowMs);
      if (tries % 2 === 1) known = awakened(known, 'changed', nowMs);
      known = concluded(known, asking('program'), refused(), nowMs);
    }
    expect(waits.map(Math.round)).toEqual([3, 6, 12, 24, 48, 96, 192, 300, 300]);
  });

  it('is tried at once for a change that comes long after the last try, however many were in vain', () => {
    const inVain = { ...BOTH, inVain: 30, againAtMs: 60 * MIN } as Standing;
    for (const why of ['mended', 'changed'] as const)
      expect(awakened(inVain, why, 20 * MIN)).toMatchObject({ againAtMs: 20 * MIN });
  });

  it('is never put off by what awakens it', () => {
    expect(awakened(BOTH, 'changed', 4.9 * MIN)).toMatchObject({ againAtMs: 4.9 * MIN });
    expect(awakened(BOTH, 'changed', 6 * MIN)).toMatchObject({ againAtMs: 5 * MIN });
  });
});

test('what a web server shows to everybody is kept from nobody who was not refused himself', () => {
  const known = concluded(UNKNOWN, asking('program', true, 'private'), refused(true), 0);
  expect(admit(known, asking('program', true, 'public'), false, 1).kind).toBe('go');
  expect(admit(known, asking('program', true, 'private'), false, 1).kind).toBe('denied');
  expect(concluded(known, asking('program', true, 'public'), LET_IN, 1)).toBe(known);
  const both = concluded(known, asking('program', true, 'other'), refused(true), 1);
  expect(both).toMatchObject({ refusals: 1, againAtMs: 5 * MIN });
  expect(admit(both, asking('program', true, 'private'), true, 20 * MIN).kind).toBe('wait');
});
