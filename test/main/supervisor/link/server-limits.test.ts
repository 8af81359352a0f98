// Owns: what is remembered of a server beyond a link, on made-up time.
// Leaves: that links keep to it (test/workers/ssh/connection/channels.test.ts).
import { expect, test } from 'vitest';
import { createServerLimits } from '../../../../src/main/supervisor/link/server-limits.ts';
import type { Rung } from '../../../../src/shared/rungs/rungs.ts';
import { target } from './ssh-target.ts';

const HOUR_MS = 3_600_000;
const rung: Rung = { kind: 'server-watch', target };
const sure = { most: 1, isSure: true };
const unsure = { most: 1, isSure: false };

test('what one link has found out holds for all links to that server, for a day', () => {
  const time = { nowMs: 0 };
  const limits = createServerLimits(() => time.nowMs);
  expect(limits.mostChannels(rung)).toBeUndefined();
  limits.note(rung, sure);
  expect(limits.mostChannels({ kind: 'annex-shell', target: { ...target, path: 'another' } })).toBe(1);
  for (const other of [{ host: 'other' }, { user: 'other' }, { port: 2222 }])
    expect(limits.mostChannels({ ...rung, target: { ...target, ...other } })).toBeUndefined();
  expect(limits.mostChannels({ kind: 'local-watch', path: '/d' })).toBeUndefined();
  time.nowMs = 25 * HOUR_MS;
  expect(limits.mostChannels(rung)).toBeUndefined();
});

test.each([
  ['a connection that broke once', [unsure], undefined],
  ['two that broke at the same number', [unsure, unsure], 1],
  ['two that broke at others', [unsure, { most: 2, isSure: false }], undefined],
  ['a refusal, then one that broke', [sure, unsure], 1],
  ['two refusals', [{ most: 2, isSure: true }, sure], 1],
] as const)('of %s it is known: %j', (_what, found, most) => {
  const limits = createServerLimits(() => 0);
  for (const each of found) limits.note(rung, each);
  expect(limits.mostChannels(rung)).toBe(most);
});
