import { expect, test } from 'vitest';
import { gitFailure } from '../../src/shared/git-failures.ts';
import { advised } from '../../src/shared/login-advice.ts';

const FETCH = "make 'git fetch origin' work without a question, then 'git remote-daemon resume'";

test.each([
  [
    "fatal: could not read Username for 'https://h': terminal prompts disabled",
    `https://h asks for a login, and no credential helper knows one; ${FETCH}`,
  ],
  [
    "remote: Invalid username or password.\nfatal: Authentication failed for 'https://h/x/'",
    `https://h/x/ does not take the login that git has; ${FETCH}`,
  ],
  [
    'fatal: unable to get password from user',
    `the server asks for a login, and no credential helper knows one; ${FETCH}`,
  ],
  [
    'git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.',
    `git@h: Permission denied (publickey); ${FETCH}`,
  ],
  [
    'Host key verification failed.\nfatal: Could not read from remote repository.',
    `Host key verification failed; ${FETCH}`,
  ],
  [
    'REVOKED HOST KEY for h\nfatal: Could not read from remote repository.',
    `REVOKED HOST KEY for h; if it was changed on purpose, correct known_hosts and ${FETCH}`,
  ],
])('what %j means is told in one sentence that ends with what helps', (stderr, told) => {
  expect(advised(gitFailure(stderr), 'origin').detail).toBe(told);
});

test('what nobody needs to mend is told as it is, and an odd name as a shell takes it', () => {
  const away = { code: 'unreachable', detail: 'no route' } as const;
  expect(advised(away, 'origin')).toBe(away);
  expect(advised({ code: 'auth-refused', detail: 'no' }, 'a$b').detail).toContain("'git fetch 'a$b'' ");
});
