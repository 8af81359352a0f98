// Owns: the loops for scripts in README.md, as they stand there: followed over restarts of either side, nothing missed or told twice.
// Leaves: what `events` and `wait` do in other cases (main/journal, main/commands).
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { asInstalled, runScript } from '../support/installed.ts';
import { createLineLog, until } from '../support/next-line.ts';
import { lacksPeers } from '../support/peers.ts';
import { readmeBlock } from '../support/readme.ts';
import { localScene, untilRef } from '../support/scene.ts';
import type { Environment } from '../support/temp-repo.ts';

const ORIGIN_MAIN = 'refs/remotes/origin/main';

async function scriptScene() {
  const scene = await localScene(onTestFinished);
  const env = asInstalled(scene.scratch);
  const here = { cwd: scene.clone.directory, env };
  const git = (command: string) => runScript(`git remote-daemon ${command}`, here);
  await git('start');
  return { ...scene, ...here, git };
}

interface Loop {
  readonly told: (tip: string) => Promise<unknown>;
  /** Kills it once it has kept the number. */
  readonly kill: (last: string) => Promise<void>;
  readonly begin: () => void;
  readonly twice: () => readonly string[];
}

/** Each has a home of its own, where it keeps its number. */
function loopOf(name: string, { cwd, env, home }: { cwd: string; env: Environment; home: string }): Loop {
  mkdirSync(home);
  const script = join(home, 'follow.mjs');
  if (name === 'Node') writeFileSync(script, readmeBlock('// follow.mjs'));
  const [program, words] =
    name === 'Node' ? [process.execPath, [script]] : ['bash', ['-c', readmeBlock('#!/bin/bash\n# follow.sh')]];
  const lines = createLineLog(`the loop in ${name}`);
  let child: ChildProcess | undefined;
  const begin = (): void => {
    const begun = spawn(program, words, {
      cwd,
      env: { ...env, HOME: home },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    createInterface({ input: begun.stdout }).on('line', lines.push);
    onTestFinished(() => endGroup(begun));
    child = begun;
  };
  const kept = join(home, '.last-event');
  const said = (): string[] => lines.seen.map(({ text }) => text);
  return {
    begin,
    told: (tip) => lines.next(`refs/remotes/origin/main is at ${tip}`),
    kill: async (last) => {
      await until('it has kept the last number', () => existsSync(kept) && readFileSync(kept, 'utf8') === `${last}\n`);
      if (child) await endGroup(child);
    },
    twice: () => said().filter((line, index) => said().indexOf(line) !== index),
  };
}

test.skipIf(lacksPeers('the loops for scripts', 'bash', 'jq'))(
  'a loop that follows events, in bash or in Node, hears of each ref once, whatever is restarted',
  async () => {
    const { server, scratch, clone, cwd, env, git } = await scriptScene();
    const loops = ['bash', 'Node'].map((name) => loopOf(name, { cwd, env, home: join(scratch.home, name) }));
    const allTold = (tip: string) => Promise.all(loops.map(({ told }) => told(tip)));
    for (const { begin } of loops) begin();
    await untilRef(clone, ORIGIN_MAIN, await server.git('rev-parse', 'main'));
    await allTold(await server.pushCommit());

    await git('stop');
    const whileDown = await server.pushCommit();
    await git('start');
    await allTold(whileDown);

    const last = JSON.parse((await git('events --json')).trim().split('\n').at(-1) ?? '').id;
    await Promise.all(loops.map(({ kill }) => kill(last)));
    const whileAway = await server.pushCommit();
    await untilRef(clone, ORIGIN_MAIN, whileAway);
    for (const { begin } of loops) begin();
    await allTold(whileAway);
    expect(loops.flatMap(({ twice }) => twice())).toEqual([]);
    await git('stop');
  },
);

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
