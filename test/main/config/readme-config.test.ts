// Owns: what README.md tells a user to write into config files is read as it says, and it names each key that is read.
// Leaves: what the values mean (settings.test.ts, secrets.test.ts, remotes.test.ts).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { OWN_KEYS, REMOTE_KEYS } from '../../../src/main/config/key-names.ts';
import { parseSecrets } from '../../../src/main/config/secrets.ts';
import { readSettings } from '../../../src/main/config/settings.ts';
import { runScript } from '../../support/installed.ts';
import { readme, readmeBlock } from '../../support/readme.ts';
import { makeRepo, makeScratch } from '../../support/temp-repo.ts';
import { configIn } from './read-config.ts';

const HOME = '/home/me';

test('a passphrase', () => {
  const { sections, warnings } = parseSecrets(readmeBlock('[passphrases]'), 'secrets.ini', HOME);
  expect(sections.passphrases).toEqual({ '/home/me/.ssh/id_ed25519': 'correct horse battery staple' });
  expect(warnings).toEqual([]);
});

test('an account of XMPP', () => {
  const { sections, warnings } = parseSecrets(readmeBlock('[xmpp "alice@example.org"]'), 'secrets.ini', HOME);
  expect(sections.networks.xmpp).toEqual({
    'alice@example.org': { password: '…', service: 'xmpp.example.org:5222', ca: expect.stringContaining('our-ca.pem') },
  });
  expect(warnings).toEqual([]);
});

test('who is heard over XMPP, and what a remote is called there', async () => {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'repo');
  await runScript(readmeBlock('git config --add remotedaemon.xmppFriend'), { cwd: repo.directory, env: scratch.env });
  const config = await configIn(repo.directory, scratch.env);
  expect(readSettings(config)).toMatchObject({
    kind: 'ok',
    settings: { networks: { xmppFriends: ['bob@example.org'] } },
    warnings: [],
  });
  expect(config.get('remote.origin.remotedaemonUuid')).toBe('a-name-for-it');
});

const rows: readonly string[] = readme.match(/(?<=^\| `)(?:remotedaemon|remote\.<name>)\.\w+(?=` \|)/gm) ?? [];
test.each([...OWN_KEYS.map((key) => `remotedaemon.${key}`), ...REMOTE_KEYS.map((key) => `remote.<name>.${key}`)])(
  'its table of keys has %s',
  (key) => expect(rows).toContain(key),
);

test('its table of keys has no other, and none twice', () => {
  const known: readonly string[] = [
    ...OWN_KEYS.map((key) => `remotedaemon.${key}`),
    ...REMOTE_KEYS.map((key) => `remote.<name>.${key}`),
  ];
  expect(rows.filter((row, index) => !known.includes(row) || rows.indexOf(row) !== index)).toEqual([]);
});

test('it shows scripts of the checkout that there are', () => {
  const manifest = readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8');
  const { scripts }: { scripts: Readonly<Record<string, string>> } = JSON.parse(manifest);
  const shown = readmeBlock('npm run demo').match(/^npm (?:run )?(\S+)/gm) ?? [];
  expect(shown.map((line) => line.replace(/^npm (?:run )?/, '')).filter((name) => !(name in scripts))).toEqual([]);
  expect(shown).toHaveLength(2);
});
