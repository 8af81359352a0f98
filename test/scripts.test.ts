// Owns: that the scripts in shell and perl are without fault by themselves, and are handed on as they stand, but shorter.
// Leaves: what they do (test/workers/ssh/watch, test/workers/upload-pack/relay.test.ts).
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { script as RELAY_CLIENT } from '../src/main/relay/relay-client.pl';
import { script as LOOK_UP } from '../src/workers/ssh/connection/look-up.pl';
import { script as BY_NAME } from '../src/workers/ssh/watch/by-name.sh';
import { script as ENTER_REPOSITORY } from '../src/workers/ssh/watch/enter-repository.sh';
import { script as INOTIFY } from '../src/workers/ssh/watch/inotify.sh';
import { script as LOOKING } from '../src/workers/ssh/watch/looking.sh';
import { script as WATCH } from '../src/workers/ssh/watch/server-watch.sh';
import { script as SETTLE_IN } from '../src/workers/ssh/watch/settle-in.sh';
import { script as TOLD } from '../src/workers/ssh/watch/told.sh';
import { script as WHOLE } from '../src/workers/ssh/watch/whole.sh';
import { lacksPeers } from './support/peers.ts';
// @ts-expect-error: a script of the build, which has no types.
import { scriptText } from './support/script-text.mjs';

const ROOT = join(import.meta.dirname, '..');

const inSource = (ending: string): string[] =>
  readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => join('src', path));

/** What the program says; throws with it where it finds fault. */
const run = (program: string, args: readonly string[], input = ''): string =>
  execFileSync(program, args, { cwd: ROOT, encoding: 'utf8', input, stdio: 'pipe' });

describe.skipIf(lacksPeers('faults of shell scripts', 'shellcheck'))('shellcheck', () => {
  test.each([...inSource('.sh'), '.ci/run'])('finds no fault with %s, in the language of its first line', (path) => {
    expect(run('shellcheck', ['--color=never', path])).toBe('');
  });
});

describe.skipIf(lacksPeers('faults of perl scripts', 'perl'))('perl', () => {
  test.each(inSource('.pl'))('finds no fault with %s, strict and with all warnings', (path) => {
    run('perl', ['-Mstrict', '-Mwarnings=FATAL,all', '-c', path]);
  });

  test('finds none when comments and indentation are gone', () => {
    run('perl', ['-Mstrict', '-Mwarnings=FATAL,all', '-c'], RELAY_CLIENT);
  });
});

test('what is handed on is the script, line by line, without comments and indentation', () => {
  expect(scriptText('#!/bin/sh\n# Says x.\nsay() {\n  # Once.\n\n  echo "$1#"\n}\n')).toBe('say() {\necho "$1#"\n}\n');
});

const SERVER_WATCH = { SETTLE_IN, ENTER_REPOSITORY, INOTIFY, TOLD, BY_NAME, WHOLE, LOOKING, WATCH };

test.each(Object.entries({ RELAY_CLIENT, LOOK_UP, ...SERVER_WATCH }))('so is %s', (_name, script) => {
  expect(script).toMatch(/^\w/);
  expect(script).not.toMatch(/^(?:#|\s)/m);
});
