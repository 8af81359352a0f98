// Owns: what a failed fetch or push does to the link beside it.
// Leaves: that it is done (test/end-to-end/trouble.test.ts).
import { describe, expect, it } from 'vitest';
import { judgeSync } from '../../../../src/main/supervisor/remote/sync-verdict.ts';
import type { FailureCode } from '../../../../src/shared/failures.ts';

const up = { isUp: true, hasRelay: true };
const failed = (code: FailureCode) => ({ ok: false, failure: { code, detail: 'no' } });

describe('a sync', () => {
  it.each([
    ['a fetch that was dropped tries the other way', 'fetch', 'dropped', up, 'other-way'],
    ['a refusal is only of git’s own connection where there is a relay', 'fetch', 'auth-refused', up, 'other-way'],
    ['a refusal without a relay is final', 'fetch', 'auth-refused', { isUp: true, hasRelay: false }, 'give-up'],
    ['a lock of another git says nothing of the way', 'fetch', 'locked', up, 'go-on'],
    ['a push says nothing of the link', 'push', 'auth-refused', up, 'go-on'],
  ] as const)('%s', (_name, kind, code, link, next) => {
    expect(judgeSync(kind, failed(code), link)).toMatchObject({ kind: 'failed', next });
  });

  it('that was ended by us, or whose link is down, does not matter', () => {
    expect(judgeSync('fetch', failed('cancelled'), up)).toEqual({ kind: 'no-matter' });
    expect(judgeSync('fetch', failed('dropped'), { ...up, isUp: false })).toEqual({ kind: 'no-matter' });
  });

  it('that worked is told as such, held or not', () => {
    expect(judgeSync('push', { ok: true }, { ...up, isUp: false })).toEqual({ kind: 'worked' });
  });
});
