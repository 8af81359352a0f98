import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { throwIfItPasses } from '../../../../src/shared/system/unread.ts';
import { readIdentities } from '../../../../src/workers/ssh/settings/identities.ts';
import { makeScratch } from '../../../support/temp-repo.ts';

describe('a file of the user’s', () => {
  test.each(['EIO', 'EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'ESTALE'])('not read for %s is read later', (code) => {
    expect(() => throwIfItPasses('/h/known_hosts', { kind: 'unreadable', code })).toThrow(
      expect.objectContaining({ code: 'not-now', detail: `/h/known_hosts cannot be read now: ${code}` }),
    );
  });

  test.each([
    { kind: 'gone' },
    { kind: 'directory' },
    { kind: 'unreadable', code: 'EACCES' },
    { kind: 'unreadable', code: 'EPERM' },
  ] as const)('that is %j is as if it were not named', (read) => {
    expect(() => throwIfItPasses('/h/known_hosts', read)).not.toThrow();
  });

  test('that is missing is no key', async () => {
    const { directory } = makeScratch(onTestFinished);
    const locked = join(directory, 'locked');
    writeFileSync(locked, 'x');
    chmodSync(locked, 0o000);
    expect((await readIdentities([join(directory, 'none'), join(locked, 'below')])).length).toBe(0);
  });
});
