// Owns: what git's lines of a web server mean: a refused login, or a wait, and of what length.
// Leaves: the same from a real git and a real server (git-failures.test.ts).
import { expect, test } from 'vitest';
import { gitFailure } from '../../src/shared/git-failures.ts';
import { webRefusal } from '../../src/shared/web-refusals.ts';

const ACCESS = (status: number): string =>
  `fatal: unable to access 'https://h/x/': The requested URL returned error: ${status}`;
const DAY_S = 86_400;

test.each([
  ["fatal: rate limited by 'https://h/x/', please try again in 30 seconds", 'remote-error', 30],
  ["fatal: rate limited by 'https://h/x/', please try again in 99999999999999999999 seconds", 'remote-error', DAY_S],
  ["fatal: rate limited by 'https://h/x/', please try again in 0 seconds", 'remote-error', undefined],
  ["fatal: rate limited by 'https://h/x/', please try again later", 'remote-error', undefined],
  [`remote: Retry after 90 seconds.\n${ACCESS(403)}`, 'remote-error', 90],
  [`remote: slow down, and try again in 5s\n${ACCESS(429)}`, 'remote-error', 5],
  [`remote: Retry-After: 7 s\n${ACCESS(503)}`, 'remote-error', 7],
  [ACCESS(403), 'remote-error', undefined],
  [ACCESS(429), 'remote-error', undefined],
  [ACCESS(503), 'remote-error', undefined],
  [ACCESS(401), 'auth-refused', undefined],
  ["fatal: Authentication failed for 'https://h/x/'", 'auth-refused', undefined],
  ["fatal: could not read Username for 'https://h': terminal prompts disabled", 'auth-refused', undefined],
  ["fatal: could not read Password for 'https://u@h': terminal prompts disabled", 'auth-refused', undefined],
  ['fatal: unable to get password from user', 'auth-refused', undefined],
  [`remote: try again in 5 seconds\nfatal: Authentication failed for 'https://h/x/'`, 'auth-refused', undefined],
  [`remote: Permission to o/x.git denied to me.\n${ACCESS(403)}`, 'not-permitted', undefined],
  // Of git's words none are the server's.
  [`remote: fatal: Authentication failed for 'https://h/x/'\n${ACCESS(503)}`, 'remote-error', undefined],
] as const)('%j is %s, and a wait of %s s', (said, code, seconds) => {
  const failure = gitFailure(`${said}\n`);
  expect(failure.code).toBe(code);
  expect(failure.againInMs).toBe(seconds === undefined ? undefined : seconds * 1_000);
});

test.each([
  'remote: Too many requests, retry after 30 seconds',
  'remote: Authentication failed for you',
  "fatal: unable to access 'https://h/x/': Could not resolve host: h",
  'fatal: early EOF',
])('%j is no refusal of a web server', (said) => {
  expect(webRefusal([said])).toBeUndefined();
});
