// Owns: what is remembered of one remote, for `status`.
// Leaves: how it is shown (test/main/commands/status).
import { describe, expect, test } from 'vitest';
import { type Happening, type History, instant, remember } from '../../../../src/main/supervisor/remote/history.ts';

const AT_MS = 5_000;
const AT = instant(AT_MS);

const fetched = (moved: boolean): Happening => ({ kind: 'synced', what: 'fetch', outcome: { ok: true }, moved });

describe('the last change of a remote', () => {
  test.each<[string, Happening, History]>([
    ['when it said that something moved', { kind: 'moved' }, { lastChange: AT }],
    ['when a fetch brought something', fetched(true), { lastChange: AT, lastSync: { at: AT, ok: true } }],
    ['not when one brought nothing', fetched(false), { lastSync: { at: AT, ok: true } }],
    ['not when it was compared', { kind: 'all-here' }, { lastCheck: AT }],
  ])('is %s', (_when, happened, after) => {
    expect(remember({}, happened, AT_MS)).toEqual(after);
  });
});
