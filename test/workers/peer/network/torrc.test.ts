// Owns: which hidden service of a torrc is a repository's, in git-annex's spellings and in those of people.
// Leaves: listening there (tor.test.ts).
import { expect, test } from 'vitest';
import { findHiddenService, linesFor } from '../../../../src/workers/peer/network/torrc.ts';

const UUID = '8a3f0c5e-0001-4e5f-9c2b-1f0e6c2d7a11';
const found = (...lines: string[]) => findHiddenService(lines.join('\n'), 1000, UUID);
const here = { directory: `/var/lib/tor/tor-annex_1000_${UUID}`, port: 4242, socket: '/run/annex/s' };
const directory = `HiddenServiceDir ${here.directory}`;
const port = 'HiddenServicePort 4242 unix:/run/annex/s';

test.each([
  ['as git-annex writes it', ['SocksPort 9050', '', directory, port, ''], here],
  ['behind others', ['HiddenServiceDir /var/lib/tor/web', 'HiddenServicePort 80 unix:/web', directory, port], here],
  ['before others', [directory, port, 'HiddenServiceDir /web', 'HiddenServicePort 80 unix:/web'], here],
  ['with other options', [directory, '# mine', 'HiddenServiceVersion 3', port], here],
  ['with another port', [directory, 'HiddenServicePort 80 127.0.0.1:80', port], here],
  ['in small letters, indented', [`  hiddenservicedir ${here.directory}/`, `\t${port.toLowerCase()}`], here],
  ['quoted', [`HiddenServiceDir "${here.directory}"`, 'HiddenServicePort 4242 unix:"/run/annex/s" # mine'], here],
  ['quoted as one', [directory, 'HiddenServicePort 4242 "unix:/run/annex/s"'], here],
  ['with CR', [`${directory}\r`, `${port}\r`], here],
  [
    'of the first git-annex',
    [`HiddenServiceDir /var/lib/tor/1000_${UUID}`, port],
    { ...here, directory: `/var/lib/tor/1000_${UUID}` },
  ],
  ['of another account', [`HiddenServiceDir /var/lib/tor/tor-annex_1001_${UUID}`, port], undefined],
  ['of an account whose number ends so', [`HiddenServiceDir /var/lib/tor/11000_${UUID}`, port], undefined],
  ['of another repository', ['HiddenServiceDir /var/lib/tor/tor-annex_1000_another', port], undefined],
  ['commented out', [`#${directory}`, `#${port}`], undefined],
  ['by TCP', [directory, 'HiddenServicePort 4242 127.0.0.1:4242'], undefined],
  ['with a port of another', [directory, 'HiddenServiceDir /web', port], undefined],
  ['without a directory', [port], undefined],
  ['of nothing', ['', 'HiddenServiceDir', 'HiddenServicePort'], undefined],
] as const)('%s', (_what, lines, expected) => {
  expect(found(...lines)).toEqual(expected);
});

test('the lines that are told are those that are found', () => {
  const lines = linesFor(1000, UUID);
  expect(found(...lines)).toMatchObject({ port: 4242, socket: `/var/lib/tor-annex/1000_${UUID}/s` });
});
