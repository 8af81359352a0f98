import { userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { homeHere, homeInPasswd } from '../../../src/shared/system/home.ts';

test('an account that passwd does not know, as in a container, is at home where HOME says, or at the root', () => {
  const unknown = (): never => {
    throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT (no such file or directory)');
  };
  const homes = [homeInPasswd(unknown), homeHere('/home/me', unknown), homeHere('', unknown)];
  expect(homes).toEqual([undefined, '/home/me', '/']);
});

test('any other is where passwd says, unless HOME says another', () => {
  const { homedir } = userInfo();
  expect([homeInPasswd(), homeHere('/elsewhere'), homeHere('')]).toEqual([homedir, '/elsewhere', homedir]);
});
