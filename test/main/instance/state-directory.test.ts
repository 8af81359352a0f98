import fs from 'node:fs';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openOwnFile, replaceOwnFile } from '../../../src/main/instance/own-file.ts';
import { findStateDirectory, prepareStateDirectory } from '../../../src/main/instance/state-directory.ts';
import { readStatus, writeStatus } from '../../../src/main/instance/status-file.ts';
import { makeScratch } from '../../support/temp-repo.ts';
import { BARE_STATUS } from './bare-status.ts';

let commonDir: string;
beforeEach(() => {
  commonDir = makeScratch(onTestFinished).directory;
});

const permissions = (at: string): string => (fs.statSync(at).mode & 0o7777).toString(8);

function underUmask(mask: number, act: () => void): void {
  const before = process.umask(mask);
  try {
    act();
  } finally {
    process.umask(before);
  }
}

describe('the state directory', () => {
  test.each([0o000, 0o022, 0o077, 0o277])('it and its files are private under umask %i', (mask) => {
    underUmask(mask, () => {
      const directory = prepareStateDirectory(commonDir);
      fs.closeSync(openOwnFile(directory.lock, fs.constants.O_RDWR));
      replaceOwnFile(directory.status, '{}');
      expect([directory.path, directory.lock, directory.status].map(permissions)).toEqual(['700', '600', '600']);
    });
  });

  test('one that is there already is used', () => {
    const { path } = prepareStateDirectory(commonDir);
    expect(prepareStateDirectory(commonDir).path).toBe(path);
    expect(findStateDirectory(commonDir)?.path).toBe(path);
  });

  test('there is none, and nothing to be mended, where a note on a disk without modes leads to what is gone', () => {
    const { path } = prepareStateDirectory(commonDir);
    fs.chmodSync(path, 0o755);
    fs.writeFileSync(`${path}/elsewhere`, '/run/user/0/git-remote-daemon-0123456789abcdef\n');
    expect(findStateDirectory(commonDir)).toBeUndefined();
  });

  test('there is none before a daemon has run', () => {
    expect(findStateDirectory(commonDir)).toBeUndefined();
  });

  test.each<[string, RegExp, (at: string) => void]>([
    ['a link', /is a symbolic link: remove it/, (at) => fs.symlinkSync(fs.mkdtempSync(`${commonDir}/x`), at)],
    ['a link to nowhere', /is a symbolic link: remove it/, (at) => fs.symlinkSync('nowhere', at)],
    ['a file', /is no directory: remove it/, (at) => fs.writeFileSync(at, '')],
    [
      'open to others',
      /open to other users: chmod 700/,
      (at) => {
        fs.mkdirSync(at);
        fs.chmodSync(at, 0o710);
      },
    ],
  ])('%s in its place is refused, with what to do', (_what, message, make) => {
    make(`${commonDir}/remote-daemon`);
    expect(() => prepareStateDirectory(commonDir)).toThrow(message);
    expect(() => findStateDirectory(commonDir)).toThrow(message);
  });

  test.skipIf(process.getuid?.() !== 0)("somebody else's is refused", () => {
    const { path } = prepareStateDirectory(commonDir);
    fs.chownSync(path, 12_345, 12_345);
    const what = /belongs to uid 12345: have it given to you \(chown -R root\), or removed$/;
    expect(() => prepareStateDirectory(commonDir)).toThrow(what);
    expect(() => findStateDirectory(commonDir)).toThrow(what);
  });

  test.skipIf(process.getuid?.() !== 0)("none is made in somebody else's repository, whose owner is named", () => {
    const whose = /belongs to uid 12345, .*; run this as uid 12345: sudo -u '#12345' git remote-daemon$/;
    fs.chownSync(commonDir, 12_345, 12_345);
    expect(() => prepareStateDirectory(commonDir)).toThrow(whose);
    expect(fs.readdirSync(commonDir)).toEqual(['home']);
    fs.mkdirSync(`${commonDir}/remote-daemon`);
    expect(() => findStateDirectory(commonDir)).toThrow(whose);
  });

  test('one that cannot be made is told in one line', () => {
    expect(() => prepareStateDirectory(`${commonDir}/missing`)).toThrow(
      `cannot make ${commonDir}/missing/remote-daemon: no such file or directory`,
    );
  });

  test.each([
    'lock',
    'pid',
    'process.json',
    'control',
    'events',
    'running',
    'state.json',
    'status',
    'daemon.log',
    'daemon.log.1',
    'secrets.ini',
  ])('a directory in the place of %s is refused', (name) => {
    const { path } = prepareStateDirectory(commonDir);
    fs.mkdirSync(`${path}/${name}`);
    expect(() => prepareStateDirectory(commonDir)).toThrow(`${path}/${name} is a directory: remove it`);
  });

  test("a status is its writer's only", () => {
    const directory = prepareStateDirectory(commonDir);
    const { pid } = BARE_STATUS;
    expect(readStatus(directory, pid)).toBeUndefined();
    writeStatus(directory, BARE_STATUS);
    expect(readStatus(directory, pid)).toEqual({ ...BARE_STATUS, asOf: expect.any(String) });
    expect(readStatus(directory, undefined)).toMatchObject(BARE_STATUS);
    expect(readStatus(directory, pid + 1)).toBeUndefined();
    expect(fs.readdirSync(directory.path)).toEqual(['state.json']);
  });
});
