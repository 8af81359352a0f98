// Owns: the loops for scripts in README.md, as they stand there: followed over restarts of either side, nothing missed or told twice.
// Leaves: what `events` and `wait` do in other cases (main/journal, main/commands).
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { asInstalled, runScript } from '../support/installed.ts';
import { createLineLog, until } from '../support/next-line.ts';
import { lacksPeers } from '../support/peers.ts';
import { readmeBlock } from '../support/readme.ts';
import { localScene, untilRef } from '../support/scene.ts';

async function scriptScene() {
  const scene = await localScene(onTestFinished);
  const env = asInstalled(scene.scratch);
  const here = { cwd: scene.clone.directory, env };
  const git = (command: string) => runScript(`git remote-daemon ${command}`, here);
  await git('start');
  return { ...scene, ...here, git };
}

const LOOPS = {
  bash: () => ['bash', '-c', readmeBlock('#!/bin/bash\n# follow.sh')],
  Node: (home: string) => {
    writeFileSync(join(home, 'follow.mjs'), readmeBlock('// follow.mjs'));
    return [process.execPath, join(home, 'follow.mjs')];
  },
} as const;

describe.skipIf(lacksPeers('the loops for scripts', 'bash', 'jq'))('a loop that follows events', () => {
  test.each(Object.keys(LOOPS) as (keyof typeof LOOPS)[])('in %s hears of each ref once', async (language) => {
    const { server, scratch, clone, cwd, env, git } = await scriptScene();
    const lines = createLineLog(`the loop in ${language}`);
    const run = (): ChildProcess => {
      const [program = '', ...words] = LOOPS[language](scratch.home);
      const child = spawn(program, words, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
      createInterface({ input: child.stdout }).on('line', lines.push);
      onTestFinished(() => endGroup(child));
      return child;
    };
    const told = (tip: string) => lines.next(`refs/remotes/origin/main is at ${tip}`);
    const first = run();
    await untilRef(clone, 'refs/remotes/origin/main', await server.git('rev-parse', 'main'));
    await told(await server.pushCommit());

    await git('stop');
    const whileDown = await server.pushCommit();
    await git('start');
    await told(whileDown);

    const file = join(scratch.home, '.last-event');
    const numberOfLast = async () => JSON.parse((await git('events --json')).trim().split('\n').at(-1) ?? '').id;
    await until('it has kept the last number', async () => {
      return existsSync(file) && Number(readFileSync(file, 'utf8')) === (await numberOfLast());
    });
    await endGroup(first);
    const whileAway = await server.pushCommit();
    await untilRef(clone, 'refs/remotes/origin/main', whileAway);
    run();
    await told(whileAway);
    await git('stop');
    const words = lines.seen.map(({ text }) => text);
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
  });
});

test('a script waits until a remote is fresh, and finds the directory', async () => {
  const { server, cwd, env, git } = await scriptScene();
  const tip = await server.pushCommit();
  const block = `${readmeBlock('git remote-daemon wait origin')}echo "$directory"`;
  expect(await runScript(block, { cwd, env })).toBe(`${tip}\n${join(cwd, '.git/remote-daemon')}\n`);
  await git('stop');
});

/** It may have been ended before. */
async function endGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await gone;
}
