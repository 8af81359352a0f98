import { expect, test } from 'vitest';
import { isInherited } from '../../../src/main/host/inherited.ts';

test.each([
  ['a file that a shell opened', 'pos:\t0\nflags:\t0100001\nmnt_id:\t30\nino:\t5\n', true],
  ['one of ours', 'pos:\t0\nflags:\t02100002\nmnt_id:\t30\nino:\t5\n', false],
  ['a pipe', 'pos:\t0\nflags:\t01\nmnt_id:\t15\n', true],
  ['an epoll of Node', 'pos:\t0\nflags:\t02000002\nmnt_id:\t16\ntfd: 9 events: 19 flags: 0 data: 9\n', false],
  ['what does not say', 'pos:\t0\n', false],
])('whether a child would inherit it is read: %s', (_what, fdinfo, inherited) => {
  expect(isInherited(fdinfo)).toBe(inherited);
});
