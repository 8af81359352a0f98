import { expect, test } from 'vitest';
import { type Meaning, meaningOf, saysItPasses } from '../../../src/shared/system/errno.ts';

const MEANINGS: readonly (readonly [string | undefined, Meaning])[] = [
  ...['ENOENT', 'ENOTDIR', 'ELOOP'].map((code) => [code, 'absent'] as const),
  ...['EACCES', 'EPERM', 'EISDIR', 'EINVAL', 'ENAMETOOLONG', 'EROFS', 'ENOEXEC'].map(
    (code) => [code, 'refused'] as const,
  ),
  ...['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'EIO', 'EINTR', 'EBUSY', 'ETXTBSY', 'ENOSPC'].map(
    (code) => [code, 'passes'] as const,
  ),
  ...['ESTALE', 'ENOTCONN', 'EHOSTDOWN', 'ETIMEDOUT', 'ENODEV', 'ENOLCK'].map((code) => [code, 'passes'] as const),
  ['ENEVERHEARDOF', 'passes'],
  ['constructor', 'passes'],
  [undefined, 'passes'],
];

test.each(MEANINGS)('%s: %s', (code, meaning) => {
  expect(meaningOf(code)).toBe(meaning);
});

test.each([
  ['ssh: fork: Resource temporarily unavailable', true],
  ["Can't open user config file /home/u/.ssh/config: Input/output error", true],
  ['error: cannot fork() for ssh: Cannot allocate memory', true],
  ['socketpair: Too many open files in system', true],
  ["Can't open user config file /nowhere: No such file or directory", false],
  ['/home/u/.ssh/config: line 3: Bad configuration option: hosst', false],
  ['Bad owner or permissions on /home/u/.ssh/config', false],
])('%s passes: %s', (complaint, passes) => {
  expect(saysItPasses(complaint)).toBe(passes);
});
