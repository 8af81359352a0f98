// Owns: that a host's addresses are this system's, asked for by a process that is in nobody's way and does not outlive the wish.
// Leaves: connecting to them (ssh2-connection.test.ts).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { script as LOOK_UP } from '../../../../src/workers/ssh/connection/look-up.pl';
import {
  addressesIn,
  addressesOf,
  type Family,
  type LookUpWay,
} from '../../../../src/workers/ssh/connection/look-up.ts';
import { lacksPeers } from '../../../support/peers.ts';
import { makeScratch } from '../../../support/temp-repo.ts';

const never = new AbortController().signal;
const ask = (host: string, ways?: readonly LookUpWay[], family: Family = 0) =>
  addressesOf(host, family, { signal: never, ...(ways && { ways }) });

/** A program that does this, with the name as `$1`. */
function way(script: string): LookUpWay {
  const { directory } = makeScratch(onTestFinished);
  const program = join(directory, 'look-up');
  writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { program, args: (host) => [host] };
}
const missing: LookUpWay = { program: '/nowhere/getent', args: (host) => [host] };

test.each(['127.0.0.1', '::1', 'fe80::5%eth0'])('%s needs no look-up', async (address) => {
  expect(await ask(address, [way('exit 1')])).toEqual([address]);
});

test('a name is found as the system has it', async () => {
  expect(await ask('localhost')).toContain('127.0.0.1');
});

test.skipIf(lacksPeers('look-ups by perl', 'perl'))('a name is found by perl, too', async () => {
  const perl: LookUpWay = { program: 'perl', args: (host) => ['-e', LOOK_UP, host] };
  expect(await ask('localhost', [missing, perl])).toContain('127.0.0.1');
  await expect(ask('a.name.that.is.invalid', [perl, way('echo 192.0.2.1')])).rejects.toThrow(/cannot be looked up/);
});

test('where there is no program Node finds it, or does not', async () => {
  expect(await ask('localhost', [missing])).toContain('127.0.0.1');
  await expect(ask('a.name.that.is.invalid', [missing])).rejects.toMatchObject({ code: 'unreachable' });
});

test('a program that does not know how is followed by the next; one that finds nothing is believed', async () => {
  expect(await ask('h', [way('exit 1'), way('echo 192.0.2.1')])).toEqual(['192.0.2.1']);
  await expect(ask('h', [way('exit 2'), way('echo 192.0.2.1')])).rejects.toMatchObject({
    code: 'unreachable',
    detail: 'the host name h cannot be looked up',
  });
});

test('a name that looks like an option is none', async () => {
  await expect(ask('-h', [way('echo 192.0.2.1')])).rejects.toMatchObject({ code: 'unreachable' });
});

test.each<[Family, readonly string[]]>([
  [0, ['192.0.2.1', '2001:db8::1']],
  [4, ['192.0.2.1']],
  [6, ['2001:db8::1']],
])('of family %d there are %j', async (family, found) => {
  expect(await ask('h', [way('echo 192.0.2.1; echo 2001:db8::1')], family)).toEqual(found);
});

test('what getent prints is read, each address once', () => {
  const stdout =
    '192.0.2.1       STREAM h\n192.0.2.1       DGRAM  \n192.0.2.1       RAW    \n2001:db8::1     STREAM \n';
  expect(addressesIn(`${stdout}nonsense\n`)).toEqual(['192.0.2.1', '2001:db8::1']);
});

describe('name servers that do not answer', () => {
  test('keep nobody else from finding an address, and what waits for them ends when it is told to', async () => {
    const slow = way('case $1 in office*) sleep 1000 ;; *) echo 192.0.2.7 ;; esac');
    const told = new AbortController();
    const running = new Set<number>();
    const noteChild = (pgid: number, runs: boolean) => void (runs ? running.add(pgid) : running.delete(pgid));
    const offices = Array.from({ length: 7 }, (_, at) =>
      addressesOf(`office${at}`, 0, { signal: told.signal, ways: [slow], noteChild }).catch((error: unknown) => error),
    );
    expect(await ask('nas', [slow])).toEqual(['192.0.2.7']);
    expect(running.size).toBe(7);
    const why = new Error('it takes too long');
    told.abort(why);
    expect(new Set(await Promise.all(offices))).toEqual(new Set([why]));
    expect(running.size).toBe(0);
  });
});
