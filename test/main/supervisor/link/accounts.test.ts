// Owns: that of many remotes of one account one finds out for all, and whoever waits is answered.
// Leaves: who may try when (account-verdicts.test.ts), and real logins (test/end-to-end/refused.test.ts).
import { expect, test } from 'vitest';
import { type Accounts, createAccounts, type LoginWish } from '../../../../src/main/supervisor/link/accounts.ts';
import type { LoginOutcome } from '../../../../src/shared/account.ts';
import { remoteName } from '../../../../src/shared/remote.ts';

const account = { key: 'u@h:22', clues: { files: ['/key'], agent: '/agent' } };
const REFUSED: LoginOutcome = { kind: 'refused', failure: { code: 'auth-refused', detail: 'no' }, isFinal: true };

/** Remotes that want to log in, by numbers; `said` is what each was answered. */
function makeRemotes(accounts: Accounts, count: number, by: LoginWish['by'] = 'built-in') {
  const said: string[] = [];
  const over = Array.from({ length: count }, (_, n) =>
    accounts.take({ account, remote: remoteName(`r${n}`), by, waits: true }, (denial) =>
      said.push(`${n} ${denial?.kind ?? 'goes'}`),
    ),
  );
  return { said, over };
}

test('of fifty remotes one is refused, and the others need not try', () => {
  const time = { nowMs: 0 };
  const accounts = createAccounts(() => time.nowMs);
  const { said, over } = makeRemotes(accounts, 50);
  expect(said).toEqual(['0 goes']);
  over[0]?.(REFUSED);
  expect(said.slice(1)).toEqual(Array.from({ length: 49 }, (_, n) => `${n + 1} refused`));
  for (const each of over.slice(1)) each();
  expect([accounts.againAtMs(account), accounts.clues()]).toEqual([300_000, [account.clues]]);
  accounts.awaken('mended');
  time.nowMs = 3_000;
  const again = makeRemotes(accounts, 3);
  expect(again.said).toEqual(['0 goes']);
  again.over[0]?.({ kind: 'let-in' });
  expect(again.said).toEqual(['0 goes', '1 goes', '2 goes']);
  expect([accounts.againAtMs(account), accounts.clues()]).toEqual([undefined, []]);
});

test('whoever waits goes next where a try has come to nothing, was given up, or its link has ended', () => {
  const accounts = createAccounts(() => 0);
  const { said, over } = makeRemotes(accounts, 4);
  over[1]?.();
  over[0]?.();
  over[0]?.(REFUSED);
  expect(said).toEqual(['0 goes', '2 goes']);
  over[2]?.();
  expect(said.at(-1)).toBe('3 goes');
});

test('where the built-in client is refused all others wait for what the program finds out', () => {
  const accounts = createAccounts(() => 0);
  const first = makeRemotes(accounts, 3);
  first.over[0]?.({ ...REFUSED, isFinal: false });
  expect(first.said).toEqual(['0 goes', '1 by-program', '2 by-program']);
  const second = makeRemotes(accounts, 3, 'program');
  expect(second.said).toEqual(['0 goes']);
  second.over[0]?.({ kind: 'let-in' });
  expect(second.said).toEqual(['0 goes', '1 goes', '2 goes']);
  expect(makeRemotes(accounts, 1).said).toEqual(['0 by-program']);
});
