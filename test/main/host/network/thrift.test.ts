import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type PowerSupply, readPowerSupplies, runsOnBattery } from '../../../../src/main/host/network/power.ts';
import { type Thrift, type ThriftInputs, thriftFor } from '../../../../src/main/host/network/thrift.ts';

import { makeScratch } from '../../../support/temp-repo.ts';

const METERED = 'the network is metered: remotedaemon.onMetered is';
const BATTERY = 'the machine runs on battery: remotedaemon.onBattery is';
type Words = readonly [ThriftInputs['onMetered'], ThriftInputs['onBattery'], boolean, boolean];

test.each<[string, Words, Thrift]>([
  ['neither, whatever is wanted', ['pause', 'pause', false, false], { kind: 'run' }],
  ['both, where nothing is wanted', ['run', 'run', true, true], { kind: 'run' }],
  ['a metered network', ['poll', 'run', true, false], { kind: 'poll', why: `${METERED} poll` }],
  ['a battery is no metered network', ['pause', 'run', false, true], { kind: 'run' }],
  ['a battery', ['run', 'pause', true, true], { kind: 'pause', why: `${BATTERY} pause` }],
  ['of both the more sparing', ['poll', 'pause', true, true], { kind: 'pause', why: `${BATTERY} pause` }],
  [
    'of both the more sparing, the other way',
    ['pause', 'poll', true, true],
    { kind: 'pause', why: `${METERED} pause` },
  ],
])('%s', (_what, [onMetered, onBattery, isMetered, onIts], thrift) => {
  expect(thriftFor({ onMetered, onBattery, isMetered, runsOnBattery: onIts })).toEqual(thrift);
});

const supply = (type: string, others: Partial<PowerSupply> = {}): PowerSupply => ({
  type,
  scope: '',
  online: '',
  status: '',
  ...others,
});
const CABLE = supply('Mains', { online: '1' });
const NO_CABLE = supply('Mains', { online: '0' });
const USED = supply('Battery', { status: 'Discharging' });

test.each<[string, readonly PowerSupply[], boolean]>([
  ['a machine without any', [], false],
  ['a laptop with its cable', [CABLE, supply('Battery', { status: 'Charging' })], false],
  ['one without', [NO_CABLE, USED], true],
  ['one that is charged by USB', [NO_CABLE, supply('USB', { online: '1' }), USED], false],
  ['a full battery and nothing else', [supply('Battery', { status: 'Full' })], false],
  ['a mouse', [supply('Battery', { scope: 'Device', status: 'Discharging' })], false],
  ['a mouse beside a cable', [CABLE, supply('Battery', { scope: 'Device', status: 'Discharging' })], false],
])('%s', (_what, supplies, answer) => {
  expect(runsOnBattery(supplies)).toBe(answer);
});

test('the system’s files are read, and where there is no such folder there is no battery', async () => {
  const { directory } = makeScratch(onTestFinished);
  for (const [name, files] of [
    ['AC', { type: 'Mains', online: '0' }],
    ['BAT0', { type: 'Battery', status: 'Discharging' }],
  ] as const) {
    mkdirSync(join(directory, 'supplies', name), { recursive: true });
    for (const [file, text] of Object.entries(files))
      writeFileSync(join(directory, 'supplies', name, file), `${text}\n`);
  }
  expect(await readPowerSupplies(join(directory, 'supplies'))).toEqual([NO_CABLE, USED]);
  expect(await readPowerSupplies(join(directory, 'none'))).toEqual([]);
});
