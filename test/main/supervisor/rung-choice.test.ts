// Owns: which rung is used after failures, and what `status` is told about the better ones.
// Leaves: which failures lead to the next rung (remote-state.test.ts).
import { expect, test } from 'vitest';
import { bestRung, nextRung, rungOf, rungToOpen, whyNotBetter } from '../../../src/main/supervisor/rung-choice.ts';
import { type Remote, type Rung, remoteName } from '../../../src/shared/remote.ts';

const target = {
  host: 'h',
  path: 'd',
  command: { kind: 'options', program: 'ssh', options: [] },
  annexShell: 'git-annex-shell',
  uploadPack: 'git-upload-pack',
} as const;
const POLL: Rung = { kind: 'poll', why: 'the server cannot notify', everyMs: 1_000 };

const remoteWith = (...rungs: readonly [Rung, ...Rung[]]): Remote => ({
  name: remoteName('o'),
  url: 'h:d',
  uri: 'ssh://h/~/d',
  onThisHost: false,
  rungs,
  fetches: true,
});

test('all reasons against the better rungs are told, in their order', () => {
  const remote = remoteWith({ kind: 'annex-shell', target }, { kind: 'server-watch', target }, POLL);
  const first = bestRung(0);
  expect([rungOf(remote, first).kind, whyNotBetter(remote, first)]).toEqual(['annex-shell', undefined]);
  const second = nextRung(first, { code: 'shell-missing', detail: 'git-annex-shell: not found' }, 1);
  expect([rungOf(remote, second).kind, whyNotBetter(remote, second)]).toEqual([
    'server-watch',
    'git-annex-shell: not found',
  ]);
  const third = nextRung(second, { code: 'no-shell', detail: 'the account has no shell' }, 2);
  expect([rungOf(remote, third).kind, whyNotBetter(remote, third)]).toEqual([
    'poll',
    'git-annex-shell: not found; the account has no shell',
  ]);
});

test('a reason that is given twice is told once', () => {
  const refused = { code: 'shell-missing', detail: 'h runs no such command' } as const;
  expect(nextRung(nextRung(bestRung(0), refused, 0), refused, 0).whyNotBetter).toBe('h runs no such command');
});

test('what the config asks for is told with what failed', () => {
  const remote = remoteWith({ kind: 'server-watch', target, why: 'remote.o.annex-ignore is true' }, POLL);
  expect(whyNotBetter(remote, bestRung(0))).toBe('remote.o.annex-ignore is true');
  const polled = nextRung(bestRung(0), { code: 'no-shell', detail: 'no shell' }, 0);
  expect(whyNotBetter(remote, polled)).toBe('remote.o.annex-ignore is true; no shell');
  expect(whyNotBetter(remoteWith(POLL), bestRung(0))).toBe('the server cannot notify');
});

test('after a day the best rung is tried again', () => {
  const later = nextRung(bestRung(0), { code: 'no-shell', detail: 'no shell' }, 0);
  expect(rungToOpen(later, 23 * 3_600_000)).toBe(later);
  expect(rungToOpen(later, 25 * 3_600_000)).toEqual(bestRung(25 * 3_600_000));
});
