// Owns: the files of services as those read them that they are for: systemd, GLib as a desktop does, a parser of plists.
// Leaves: services that run (test/end-to-end/service.test.ts).
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'plist';
import { describe, expect, onTestFinished, test } from 'vitest';
import { desktopEntry } from '../../../../src/main/commands/service/desktop-entry.ts';
import { type Mark, markText, readMark } from '../../../../src/main/commands/service/facts.ts';
import { launchdPlist } from '../../../../src/main/commands/service/launchd-plist.ts';
import {
  escapedPath,
  plainName,
  TEMPLATE,
  unitOf,
  whyNoService,
  whyNoUnit,
} from '../../../../src/main/commands/service/service-name.ts';
import { systemdUnit } from '../../../../src/main/commands/service/systemd-unit.ts';
import { readWritten, removeOurs, writeOurs } from '../../../../src/main/commands/service/written-file.ts';
import { lacksPeers } from '../../../support/peers.ts';
import { makeScratch } from '../../../support/temp-repo.ts';

const ODD_PATHS = [
  '/',
  '/plain',
  '/home/me/my repo',
  '/home/me/a-b--c',
  '/srv/.hidden/.git',
  '/.hidden',
  '/päth/ünïcode/日本',
  '/50%/%f/%%',
  '/a\\b"c\'d$e`f',
  '/x:y_z.é~!@#&*()[]{}<>?|;,^=+',
];

const MARK: Mark = { node: '/usr/bin/node', program: '/opt/a--b/cli.js', path: '/usr/bin:/bin', made: [] };

describe('the name of a service', () => {
  test.skipIf(lacksPeers('names of units', 'systemd-escape')).each(ODD_PATHS)(
    'is that of systemd-escape: %s',
    (path) => {
      expect(escapedPath(path)).toBe(execFileSync('systemd-escape', ['--path', path], { encoding: 'utf8' }).trimEnd());
    },
  );

  test('is refused for a path with a line feed, and for one that is too long for a unit', () => {
    expect(whyNoService('/a\nb')).toContain('a line feed');
    expect(whyNoService('/a b')).toBe(undefined);
    expect(whyNoUnit(`/${'x'.repeat(229)}`)).toBe(undefined);
    expect(whyNoUnit(`/${'x'.repeat(230)}`)).toContain('255 characters, and this 256');
    expect(whyNoUnit(`/${'й'.repeat(29)}`)).toContain('move it to a shorter one');
  });

  test('is a plain one where no path has to be found in it, and another for each path', () => {
    expect(plainName('/home/me/my repo')).toMatch(/^git-remote-daemon\.my-repo\.[0-9a-f]{12}$/);
    expect(plainName('/日本')).toMatch(/^git-remote-daemon\.[0-9a-f]{12}$/);
    expect(plainName('/a/repo')).not.toBe(plainName('/b/repo'));
  });
});

describe('the mark of a file', () => {
  test.each([
    ['a comment of a unit', systemdUnit, 254],
    ['a comment of a desktop entry', (mark: Mark) => desktopEntry('/repo', mark), 0],
    ['a comment of XML', (mark: Mark) => launchdPlist({ label: 'x', top: '/repo', log: '/log' }, mark), 0],
  ] as const)('is read back from %s', (_what, text, version) => {
    const mark = { ...MARK, path: '/odd "--" -->/%\\', agent: '/run/user/1/key--ring', made: ['/a', '/'] };
    expect(readMark(text(mark, version))).toEqual(mark);
  });

  test('is none where somebody changed it, or it is of something else', () => {
    expect(readMark('[Unit]\n')).toBe(undefined);
    expect(readMark('# git-remote-daemon service {"node":1}\n')).toBe(undefined);
    expect(readMark('# git-remote-daemon service {"node":}\n')).toBe(undefined);
    expect(readMark(`  # ${markText(MARK)}`)).toBe(undefined);
  });
});

test('the longest PATH that a program can have makes no file that is not found to be ours', () => {
  const file = join(makeScratch(onTestFinished).directory, 'service');
  const mark = { ...MARK, path: '`"'.repeat(64 * 1024 - 10) };
  writeOurs(file, desktopEntry('/repo', mark));
  expect(readWritten(file)).toMatchObject({ kind: 'ours', mark });
  removeOurs(file);
  expect(readWritten(file)).toEqual({ kind: 'absent' });
});

describe('the unit', () => {
  test.each([
    [252, 'RestartSec=15'],
    [254, 'RestartSec=2\nRestartSteps=8\nRestartMaxDelaySec=300'],
  ])('of systemd %i waits as that can', (version, lines) => {
    expect(systemdUnit(MARK, version)).toContain(`\n${lines}\n`);
  });

  test.skipIf(lacksPeers('what systemd says of the unit', 'systemd-analyze'))(
    'is one that systemd finds no fault with, whatever the paths in it',
    () => {
      const scratch = makeScratch(onTestFinished);
      const odd = join(scratch.directory, 'no$de $$ $X %n é');
      mkdirSync(odd);
      const node = join(odd, 'node');
      writeFileSync(node, '#!/bin/sh\n', { mode: 0o755 });
      const mark = { ...MARK, node, path: `${odd}:/"q" \\x:/usr/bin`, agent: '/run/a b' };
      const file = join(scratch.directory, unitOf('x'));
      writeFileSync(join(scratch.directory, TEMPLATE), systemdUnit(mark, 0));
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--user', '--man=no', file], {
        env: { ...scratch.env, XDG_RUNTIME_DIR: scratch.directory },
        encoding: 'utf8',
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    },
  );
});

describe('the property list', () => {
  test('says to launchd what it is to run, where and with what', () => {
    const text = launchdPlist({ label: 'x', top: '/a & b/<é>', log: '/log' }, { ...MARK, agent: '/agent' });
    expect(parse(text)).toEqual({
      Label: 'x',
      ProgramArguments: ['/usr/bin/node', '--inspect-port=192.0.2.1:9229', '/opt/a--b/cli.js', 'run'],
      WorkingDirectory: '/a & b/<é>',
      EnvironmentVariables: { PATH: '/usr/bin:/bin', SSH_AUTH_SOCK: '/agent' },
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      ThrottleInterval: 30,
      StandardErrorPath: '/log',
      HardResourceLimits: { Core: 0 },
    });
  });
});

describe('the desktop entry', () => {
  test.skipIf(lacksPeers('what a desktop makes of the file', 'gio')).each(['/plain', '/odd "a" $HOME `b` \\ 50% é'])(
    'starts the daemon in the repository, with the PATH that was given: %s',
    (odd) => {
      const scratch = makeScratch(onTestFinished);
      const at = join(scratch.directory, odd);
      mkdirSync(at, { recursive: true });
      // Plays node: it writes down how it was called.
      const node = join(at, 'node');
      writeFileSync(node, '#!/bin/sh\nprintf "%s\\n" "$PWD" "$PATH" "$@" >"$PWD/said"\n', { mode: 0o755 });
      const mark = { ...MARK, node, program: join(at, 'cli.js'), path: `${at}:/usr/bin:/bin` };
      const file = join(scratch.directory, 'x.desktop');
      writeFileSync(file, desktopEntry(at, mark));
      execFileSync('gio', ['launch', file], { env: scratch.env });
      const said = join(dirname(node), 'said');
      expect(readFileSync(said, 'utf8').split('\n')).toEqual([
        at,
        mark.path,
        '--inspect-port=192.0.2.1:9229',
        mark.program,
        'start',
        '',
      ]);
    },
  );
});
