import { expect, test } from 'vitest';
import { alike, complaintOf, speaksOfLocks } from './complaints.ts';

const TIP = '9fceb02d0ae598e95dc970b74767f19372d61af8';

// As git 2.39 words them.
test.each([
  [`error: cannot lock ref 'refs/remotes/r1/main': is at ${TIP} but expected ${TIP}`, 'race'],
  ["error: cannot lock ref 'refs/remotes/r1/main': reference already exists", 'race'],
  ["error: cannot lock ref 'refs/x': unable to resolve reference 'refs/x'", 'race'],
  ["error: cannot lock ref 'refs/x': Unable to create '/r/.git/refs/x.lock': File exists.", 'lock'],
  ["fatal: Unable to create '/r/.git/packed-refs.lock': File exists.", 'lock'],
  ["fatal: Unable to create '/r/.git/shallow.lock': File exists.", 'lock'],
  ['error: could not lock config file .git/config: File exists', 'lock'],
  ["fatal: Unable to create '/r/.git/index.lock': File exists.", 'lock'],
  ['WARNING r1 fetch failed: Connection reset by peer', 'other'],
  ['DONESYNCING r1 0', 'other'],
  ['a clock, and a blocked lane', 'other'],
] as const)('%s: %s', (line, expected) => {
  expect(complaintOf(line)).toBe(expected);
  expect(speaksOfLocks(line)).toBe(expected !== 'other');
});

test('complaints that differ in names and numbers are told once, with their number', () => {
  const race = (ref: string, tip: string): string =>
    `error: cannot lock ref '${ref}': is at ${tip} but expected ${TIP}`;
  expect(alike([race('refs/a', TIP), 'fatal: 7', race('refs/b', TIP.replace('9', '8'))])).toEqual([
    "2 x error: cannot lock ref '…': is at … but expected …",
    '1 x fatal: …',
  ]);
});
