import { expect, test } from 'vitest';
import { dropMallocSettings, withMallocSettings } from '../../../src/main/commands/malloc-settings.ts';

test('a process that is given settings finds them, and what it starts itself finds the environment as it was', () => {
  const before = { PATH: '/bin', HOME: '/me' };
  const env = withMallocSettings(before);
  expect(env).toMatchObject({ ...before, MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' });
  expect(before).toEqual({ PATH: '/bin', HOME: '/me' });
  dropMallocSettings(env);
  expect(env).toEqual(before);
});

test.each([
  { MALLOC_MMAP_THRESHOLD_: '131072' },
  { MALLOC_ARENA_MAX: '3' },
  { GLIBC_TUNABLES: 'glibc.malloc.tcache_count=0' },
])('a user who has set %j himself keeps that, and nothing else is set', (own) => {
  const env = withMallocSettings({ PATH: '/bin', ...own });
  expect(env).toEqual({ PATH: '/bin', ...own });
  dropMallocSettings(env);
  expect(env).toEqual({ PATH: '/bin', ...own });
});
