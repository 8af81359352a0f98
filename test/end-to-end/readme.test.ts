// Owns: the commands in README.md that a user types first, as they stand there, in a repository with a remote.
// Leaves: its notify commands (recipes.test.ts), and that no block is left out (test/readme.test.ts).
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startDaemon } from '../support/daemon.ts';
import { startHyperTestnet } from '../support/hyper-testnet.ts';
import { asInstalled, runScript } from '../support/installed.ts';
import { until } from '../support/next-line.ts';
import { makePerson } from '../support/peer-people.ts';
import { lacksPeers } from '../support/peers.ts';
import { inPlaceOf, readmeBlock } from '../support/readme.ts';
import { localScene, opensshScene, untilRef, untilStatus } from '../support/scene.ts';
import { cloneRepo, makeScratch, makeServerRepo } from '../support/temp-repo.ts';

const ORIGIN_MAIN = 'refs/remotes/origin/main';

const linesOf = (block: string): string[] => block.trim().split('\n');

describe('README.md', () => {
  test('starts it, controls it by its pipes, and has a hook called', async () => {
    const scene = await localScene(onTestFinished);
    const { server, clone, scratch } = scene;
    const here = { cwd: clone.directory, env: asInstalled(scratch) };
    const first = inPlaceOf(readmeBlock('cd my-repository'), { 'my-repository': clone.directory });
    expect(await runScript(first, here)).toContain('origin');
    await untilStatus(scene, 'connected');

    const hook = join(clone.directory, '.git/hooks/reference-transaction');
    writeFileSync(hook, readmeBlock('#!/bin/sh\n# hooks/reference-transaction'));
    chmodSync(hook, 0o755);
    const tip = await server.pushCommit();
    await untilRef(clone, ORIGIN_MAIN, tip);
    const called = join(scratch.home, 'origin-main.log');
    await until('the hook has been called', () => existsSync(called));
    expect(readFileSync(called, 'utf8')).toBe(`origin/main is at ${tip}\n`);

    expect(await runScript(readmeBlock('control=$(git remote-daemon'), here)).toBe('CONNECTED origin\n');
    await runScript('git remote-daemon stop', here);
  });

  test('has it steered, and its log shown', async () => {
    const { clone, scratch } = await localScene(onTestFinished);
    const env = asInstalled(scratch);
    const here = { cwd: clone.directory, env };
    await runScript('git remote-daemon start', here);
    const steered = await runScript(readmeBlock('git remote-daemon fetch origin'), here);
    for (const said of ['origin: ', 'a file system watch', 'read the config again']) expect(steered).toContain(said);
    const [all, ofOrigin, last] = await Promise.all(
      linesOf(readmeBlock('git remote-daemon log ')).map((line) => runScript(line, here)),
    );
    expect(all).toContain(ofOrigin?.split('\n')[0]);
    expect(last).toContain('origin: connected');

    const prompt = `${readmeBlock("PS1='")}printf '%s' "\${PS1@P}"`;
    expect(await runScript(prompt, { ...here, shell: 'bash' })).toMatch(/^[01] [$#] $/);

    const events = await runScript(readmeBlock('git remote-daemon events '), here);
    expect(events).toMatch(/ origin: connected \(a file system watch of /);
    expect(events).toMatch(/^\{"id":2,/m);

    const trace = join(scratch.directory, 'git-trace');
    const traced = inPlaceOf(readmeBlock('GIT_TRACE='), { '/tmp/': `${scratch.directory}/` });
    await runScript(traced, here);
    await until('git has traced itself', () => existsSync(trace) && readFileSync(trace, 'utf8').includes('fetch'));
    writeFileSync(join(scratch.home, 'ask.mjs'), readmeBlock('// ask.mjs'));
    const asking = 'node ~/ask.mjs "$(dirname "$(git remote-daemon --control-path)")"';
    expect(await runScript(asking, here)).toMatch(/"say":"remote".*"ok":true.*\n(?:.*\n)*\{"say":"end"\}\n$/);
    await runScript('git remote-daemon stop', here);
  });

  test.skipIf(lacksPeers('why a remote is watched as it is', 'sshd', 'ssh', 'git-annex-shell'))(
    'shows how it is explained by which way a remote is watched',
    async () => {
      const { clone, scratch } = await opensshScene(onTestFinished, { lacks: ['inotifywait'] });
      const here = { cwd: clone.directory, env: asInstalled(scratch) };
      const block = readmeBlock('$ git remote-daemon watch origin --explain');
      await runScript('git remote-daemon && git remote-daemon wait', here);
      const said = await runScript(block.slice('$ '.length).split('\n')[0] ?? '', here);
      const url = await clone.git('remote', 'get-url', 'origin');
      // It has a day, of which less or more than a second is over.
      expect(`$ git remote-daemon watch origin --explain\n${said.replace('in 1 day', 'in 23 h')}`).toBe(
        inPlaceOf(block, { 'ssh://git.example.org/srv/repo.git': url }),
      );
      await runScript('git remote-daemon stop', here);
    },
  );

  test('shows what a program that starts it writes and reads', async () => {
    const { clone, scratch } = await localScene(onTestFinished);
    await clone.git('update-ref', '-d', ORIGIN_MAIN);
    const [command = '', ...lines] = readmeBlock('$ git remote-daemon --foreground').trim().split('\n');
    const daemon = startDaemon(onTestFinished, clone.directory, scratch.env, command.split(' ').slice(3));
    for (const line of lines) {
      const [said = '', ours] = line.split(/ +← /);
      if (ours) daemon.send(said);
      else await daemon.line(said);
    }
  });

  test('has many repositories dealt with by one command', async () => {
    const scratch = makeScratch(onTestFinished);
    const server = await makeServerRepo(scratch);
    await Promise.all(['one', 'two'].map((name) => cloneRepo(scratch, server.directory, `home/src/${name}`)));
    const here = { cwd: scratch.home, env: asInstalled(scratch) };
    const said = await runScript(readmeBlock('cd ~/src/one'), here);
    for (const name of ['one', 'two'])
      expect(said.match(new RegExp(`^~?\\S*/src/${name}\\b.*`, 'gm'))?.length, said).toBeGreaterThanOrEqual(3);
    expect(await runScript('git config --global --get-all remotedaemon.repo', here)).toMatch(/^\S*\/src\/one\n$/);
  });

  test('has two become peers', async () => {
    const net = await startHyperTestnet(onTestFinished);
    const scratch = makeScratch(onTestFinished);
    const env = asInstalled(scratch);
    const config = [`remotedaemon.hyperBootstrap=${net.bootstrap}`];
    const [alice, bob] = await Promise.all(
      ['alice', 'bob'].map((name) => makePerson(onTestFinished, name, { scratch, config })),
    );
    if (!alice || !bob) throw new Error('two were made');
    const block = readmeBlock('alice$ git remote-daemon peer invite');
    const typed = (who: string): string => new RegExp(`^${who}\\$ (.*?) *(?:←.*)?$`, 'm').exec(block)?.[1] ?? '';
    const [ofAlice, ofBob] = [alice.start(), bob.start()];
    const invitation = await runScript(typed('alice'), { cwd: alice.repo.directory, env });
    await runScript(typed('bob'), { cwd: bob.repo.directory, env, input: invitation });
    await Promise.all([ofBob.line('CONNECTED alice'), ofAlice.line('CONNECTED bob')]);
    await untilRef(bob.repo, 'refs/remotes/alice/main', await alice.repo.git('rev-parse', 'main'));
  });
});
