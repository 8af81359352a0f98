import os from 'node:os';
import { expect, onTestFinished, test, vi } from 'vitest';
import { homeHere, homeInPasswd } from '../../../src/shared/system/home.ts';

vi.mock('node:os', { spy: true });

test('an account that passwd does not know, as in a container, is at home where HOME says, or at the root', () => {
  const unknown = vi.mocked(os.userInfo).mockImplementation(() => {
    throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT (no such file or directory)');
  });
  onTestFinished(() => unknown.mockRestore());
  expect([homeInPasswd(), homeHere('/home/me'), homeHere('')]).toEqual([undefined, '/home/me', '/']);
});

test('any other is where passwd says, unless HOME says another', () => {
  const { homedir } = os.userInfo();
  expect([homeInPasswd(), homeHere('/elsewhere'), homeHere('')]).toEqual([homedir, '/elsewhere', homedir]);
});
