// Owns: that a note is shown as it is, in the place of the one before, and that no desktop and no program is no harm.
// Leaves: what it says (note-text.test.ts).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createShowNote } from '../../../src/main/desktop/show-note.ts';
import { makeScratch } from '../../support/temp-repo.ts';

/** A program of that name that notes its arguments, and then does this. */
function standIn(name: string, does: string) {
  const scratch = makeScratch(onTestFinished);
  const said = join(scratch.directory, 'said');
  writeFileSync(join(scratch.directory, name), `#!/bin/sh\nprintf '%s|' "$@" >>${said}\necho >>${said}\n${does}\n`, {
    mode: 0o755,
  });
  const env = { PATH: `${scratch.directory}:${scratch.env.PATH}`, DISPLAY: ':7' };
  return { env, said: () => readFileSync(said, 'utf8') };
}

const NOTE = { title: 'repo: <b>1</b> new', body: `by "A" & 'B'\n• $(touch x) \`y\` <img src=x> \\n -- --help` };
const BODY = `by "A" &amp; 'B'\n• $(touch x) \`y\` &lt;img src=x&gt; \\\\n -- --help`;

test('notify-send gets it word by word, and replaces the one before', async () => {
  const { env, said } = standIn('notify-send', 'echo 42');
  const show = createShowNote(env, 'linux');
  expect([await show(NOTE), await show(NOTE)]).toEqual([undefined, undefined]);
  const note = `--|${NOTE.title}|${BODY}|\n`;
  expect(said()).toBe(
    `--app-name=git-remote-daemon|--print-id|${note}--app-name=git-remote-daemon|--print-id|--replace-id=42|${note}`,
  );
});

test('one that can replace nothing shows it all the same, and is asked no more', async () => {
  const unknown = 'case "$*" in *--print-id*) echo "Unknown option --print-id" >&2; exit 1;; esac';
  const { env, said } = standIn('notify-send', unknown);
  const show = createShowNote(env, 'linux');
  expect([await show(NOTE), await show(NOTE)]).toEqual([undefined, undefined]);
  expect(said().match(/--print-id/g)).toHaveLength(1);
  expect(said().match(/--app-name=git-remote-daemon\|--\|/g)).toHaveLength(2);
});

test('osascript gets it as arguments, never as a part of the script, nor where an option could stand', async () => {
  const { env, said } = standIn('osascript', '');
  expect(await createShowNote(env, 'darwin')(NOTE)).toBeUndefined();
  expect(said()).toBe(
    `-e|on run argv|-e|display notification (item 3 of argv) with title (item 2 of argv)|-e|end run|git-remote-daemon|${NOTE.title}|${NOTE.body}|\n`,
  );
});

test('what is in the way is told in words', async () => {
  const { env } = standIn('notify-send', 'echo "GDBus.Error: nobody shows notes" >&2; exit 1');
  expect(await createShowNote(env, 'linux')(NOTE)).toBe(
    'notify-send cannot show a note: GDBus.Error: nobody shows notes',
  );
  expect(await createShowNote({ PATH: env.PATH }, 'linux')(NOTE)).toMatch(/^there is no desktop/);
  expect(await createShowNote({ PATH: '/nowhere', DISPLAY: ':7' }, 'linux')(NOTE)).toMatch(
    /^notify-send was not found/,
  );
});
