// Owns: what the built daemon does for a person who asks for it once a fetch has moved something: a note, and branches that follow.
// Leaves: which branches (test/main/git/fast-forward.test.ts), and the words of a note (test/main/desktop).
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runProgram, startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { localScene, untilRef } from '../support/scene.ts';

test('a branch that nobody has checked out follows its upstream, and the desktop tells of new commits', async () => {
  const { clone, server, scratch } = await localScene(onTestFinished);
  const bin = join(scratch.directory, 'bin');
  const said = join(scratch.directory, 'said');
  mkdirSync(bin);
  writeFileSync(join(bin, 'notify-send'), `#!/bin/sh\nprintf '%s|' "$@" >>${said}\necho 7\n`, { mode: 0o755 });
  const notes = (): string => (existsSync(said) ? readFileSync(said, 'utf8') : '');
  await clone.git('checkout', '--quiet', '-b', 'mine', '--track', 'origin/main');
  const env = { ...scratch.env, PATH: `${bin}:${scratch.env.PATH}`, DISPLAY: ':7' };
  const daemon = startDaemon(onTestFinished, clone.directory, env);
  await daemon.line('CONNECTED origin');
  const before = await clone.git('rev-parse', 'main');
  // Neither is done unless somebody has asked for it.
  await untilRef(clone, 'refs/remotes/origin/main', await server.pushCommit());
  await daemon.line('DONESYNCING origin 1');
  expect(await clone.git('rev-parse', 'main')).toBe(before);

  await clone.git('config', 'remotedaemon.fastForward', 'upstream');
  await clone.git('config', 'remotedaemon.desktopNotes', 'upstream');
  await clone.git('config', 'remotedaemon.logLevel', 'debug');
  await until('it has read the config', () => daemon.stderr().includes('logLevel is debug from here on'));
  const now = await server.pushCommit();
  await untilRef(clone, 'refs/heads/main', now);
  expect(await clone.git('rev-parse', 'mine')).toBe(before);
  await until('a note is shown', () => notes() !== '');
  expect(notes()).toMatch(
    /^--app-name=git-remote-daemon\|--print-id\|--\|clone: 1 new commit on origin\/main\|by A Tester\n• A change \(/,
  );
  await until('the log says so', () =>
    / origin: own branch follows: main [0-9a-f]{7}\.\.[0-9a-f]{7}\n/.test(daemon.stderr()),
  );
  const events = (await runProgram(clone.directory, scratch.env, 'events', '--json')).stdout;
  const move = { ref: 'refs/heads/main', old: before, new: now, how: 'forwarded' };
  expect(events).toContain(`"event":"FORWARDED","remote":"origin","moved":[${JSON.stringify(move)}]`);
  daemon.send('STOP');
  expect(await daemon.gone()).toEqual({ status: 0, signal: null });
});
