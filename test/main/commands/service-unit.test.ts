import { expect, test } from 'vitest';
import { unitOf } from '../../../src/main/commands/service-unit.ts';

const USER = '/user.slice/user-1000.slice/user@1000.service';

test.each([
  ['a service of the user', `0::${USER}/app.slice/grd@home-me-x.service\n`, 'grd@home-me-x.service'],
  ['one with a slice of its own', `0::${USER}/app.slice/app-grd.slice/grd@x.service\n`, 'grd@x.service'],
  ['one of the system', '0::/system.slice/grd.service\n', 'grd.service'],
  ['one with a group below it', '0::/system.slice/grd.service/sub\n', 'grd.service'],
  ['one of cgroup v1', `12:cpu:/\n1:name=systemd:${USER}/grd.service\n0::/\n`, 'grd.service'],
])('of %s its unit is known', (_what, cgroup, name) => {
  expect(unitOf(cgroup)).toBe(name);
});

test.each([
  ['a terminal', `0::${USER}/app.slice/app-gnome-terminal.slice/vte-spawn-1.scope\n`],
  ['what all services of a user are in', `0::${USER}/init.scope\n`],
  ['a session', '0::/user.slice/user-1000.slice/session-3.scope\n'],
  ['a container', '0::/\n'],
  ['no Linux', ''],
])('in %s there is none', (_what, cgroup) => {
  expect(unitOf(cgroup)).toBeUndefined();
});
