import { chmod, chown, link, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseSecrets, readSecrets } from '../../../src/main/config/secrets.ts';
import { UserError } from '../../../src/main/user-error.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const HOME = '/home/me';
const parse = (...lines: readonly string[]) => parseSecrets(lines.join('\n'), 'secrets.ini', HOME);
const passphrasesOf = (...lines: readonly string[]) => parse('[passphrases]', ...lines).sections.passphrases;

describe('a passphrase is read as it was meant', () => {
  test.each([
    ['/k = plain words', '/k', 'plain words'],
    ['/k=x', '/k', 'x'],
    ['  /k\t=\tx  ', '/k', 'x'],
    ['~/.ssh/id = "x"', '/home/me/.ssh/id', 'x'],
    ['"~/.ssh/my key" = "x"', '/home/me/.ssh/my key', 'x'],
    ['/k = "with # and ; and = in it"', '/k', 'with # and ; and = in it'],
    ['/k = a=b', '/k', 'a=b'],
    ['/k = "  spaces kept  "', '/k', '  spaces kept  '],
    ['/k = "true"', '/k', 'true'],
    ['/k = "null"', '/k', 'null'],
    ['/k = "quote \\" backslash \\\\ tab \\t ü \\u20ac"', '/k', 'quote " backslash \\ tab \t ü €'],
    ['/k = ünï€', '/k', 'ünï€'],
    ['/k = in "the" middle', '/k', 'in "the" middle'],
    ['/k = 123', '/k', '123'],
    ['/k = ""', '/k', ''],
    ['"/k;#" = x', '/k;#', 'x'],
    ['/k = $x `y` !z', '/k', '$x `y` !z'],
  ])('%s', (line, key, passphrase) => {
    expect(passphrasesOf(line)).toEqual({ [key]: passphrase });
  });

  test('among comments, empty lines and any line ends', () => {
    expect(parse('; x', '', '[passphrases]\r', '# [other]', ' ; y\r', '/a = 1\r', '', '/b = 2')).toEqual({
      sections: { passphrases: { '/a': '1', '/b': '2' }, networks: {} },
      warnings: [],
    });
    expect(parse('\uFEFF[passphrases]', '/a = 1').sections.passphrases).toEqual({ '/a': '1' });
  });
});

describe('what ini would read as something else is refused, with its line', () => {
  test.each([
    ...['/k = true', '/k = false', '/k = null', '/k = half # gone', '/k = half ; gone', '/k = #x', "/k = 'single'"],
    ...['/k = "a" ; b', '/k = a\\;b', '/k = "not \\json"', '/k = "a" "b"', '/k = nbsp\u00a0', '/k = "tab\there"'],
    ...['/k', '/k[] = x', '"/a=b" = x', '/a;b = x', '/a#b = x', "'/k' = x", '__proto__ = x', '"/k" x = y'],
    ...[
      'relative = x',
      '~you/.ssh/id = x',
      '"" = x',
      '= x',
      '[passphrases] ; comment',
      ' [passphrases]',
      '[passphrases',
      '"~" = x',
    ],
  ])('%s', (line) => {
    const reading = () => passphrasesOf('/fine = x', line);
    expect(reading).toThrow(UserError);
    expect(reading).toThrow(/^secrets\.ini, line 3: [^\n]+$/);
  });

  test('and so is a key that comes twice', () => {
    expect(() => passphrasesOf('~/k = x', '/home/me/k = y')).toThrow(/line 3: this key has a passphrase above/);
  });

  test('and no secret is told with it', () => {
    expect(() => passphrasesOf('/k = hunter2 # x')).toThrow(/^(?!.*hunter2)/s);
  });
});

test('other sections are kept out, with their lines', () => {
  const lines = ['stray = x', '[tokens]', 'a = true', 'b', '[passphrases]', '/k = x', '[passphrases.more]', '/l = y'];
  expect(parse(...lines)).toEqual({
    sections: { passphrases: { '/k': 'x' }, networks: {} },
    warnings: [
      'secrets.ini, line 1: nothing is read before a section such as [passphrases]',
      'secrets.ini, line 2: this version knows no section [tokens]',
      'secrets.ini, line 7: this version knows no section [passphrases.more]',
    ],
  });
});

describe('the file', () => {
  const withFile = async (content: string | Uint8Array, mode = 0o600) => {
    const scratch = makeScratch(onTestFinished);
    const file = path.join(scratch.directory, 'secrets.ini');
    await writeFile(file, content);
    await chmod(file, mode);
    return file;
  };

  test('is read where only its owner can read it', async () => {
    const file = await withFile('[passphrases]\n~/k = x\n');
    expect(readSecrets(file, HOME).sections.passphrases).toEqual({ '/home/me/k': 'x' });
    expect(readSecrets(await withFile('[passphrases]\n/k = x', 0o400), HOME).sections.passphrases).toEqual({
      '/k': 'x',
    });
  });

  test('need not be there', () => {
    const scratch = makeScratch(onTestFinished);
    expect(readSecrets(path.join(scratch.directory, 'none'), HOME)).toEqual({
      sections: { passphrases: {}, networks: {} },
      warnings: [],
    });
  });

  test.each([0o640, 0o604, 0o620, 0o644])('is refused with mode %o', async (mode) => {
    const file = await withFile('[passphrases]\n', mode);
    expect(() => readSecrets(file, HOME)).toThrow(`${file} is open to other users: chmod 600 it`);
  });

  test('is refused if it is a link, or has another name', async () => {
    const file = await withFile('[passphrases]\n');
    await symlink(file, `${file}.link`);
    expect(() => readSecrets(`${file}.link`, HOME)).toThrow(`${file}.link is a symbolic link: remove it`);
    await link(file, `${file}.other`);
    expect(() => readSecrets(file, HOME)).toThrow(`${file} has another name as well (a hard link): write it anew`);
  });

  test.runIf(process.getuid?.() === 0)('is refused if it is somebody else’s', async () => {
    const file = await withFile('[passphrases]\n');
    await chown(file, 12_345, 12_345);
    expect(() => readSecrets(file, HOME)).toThrow(/belongs to another user \(uid 12345\): remove it/);
  });

  test('is refused if it is a directory, or not UTF-8', async () => {
    const scratch = makeScratch(onTestFinished);
    expect(() => readSecrets(scratch.home, HOME)).toThrow(/is a directory: remove it/);
    const file = await withFile(Uint8Array.from([0x5b, 0xff]));
    expect(() => readSecrets(file, HOME)).toThrow(/is not UTF-8/);
  });
});

test('each account of a network has a section of its own, which no other network sees', () => {
  const lines = [
    '[xmpp "joe@host"]',
    'password = x y',
    '[xmpp "ann@host"]',
    'password = "z"',
    '[hyper "joe@host"]',
    'a = 1',
  ];
  expect(parse('[passphrases]', '/k = s', ...lines)).toEqual({
    sections: {
      passphrases: { '/k': 's' },
      networks: { xmpp: { 'joe@host': { password: 'x y' }, 'ann@host': { password: 'z' } } },
    },
    warnings: [expect.stringContaining('line 7: this version knows no section [hyper "joe@host"]')],
  });
  expect(() => parse(...lines.slice(0, 2), '[xmpp "joe@host"]', 'password = z')).toThrow('has a value above already');
  expect(() => parse(lines[0] ?? '', 'pasword = z')).toThrow(/line 2: an account has a password, .* none of them/);
  expect(() => parse(lines[0] ?? '', 'password = a;b')).toThrow(/line 2: the value would be misread/);
});
