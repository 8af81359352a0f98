// Owns: the real git-annex assistant with this daemon as its child, by the wrapper: what is pushed arrives, nothing stays.
// Leaves: the wrapper's edges (test/main/commands/annex-wrapper.test.ts), and the control protocol (foreground.test.ts).
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runProgram } from '../support/daemon.ts';
import { asInstalled, runScript } from '../support/installed.ts';
import { until } from '../support/next-line.ts';
import { lacksPeers } from '../support/peers.ts';
import { childrenOf, processesMarked } from '../support/processes.ts';
import { readmeBlock } from '../support/readme.ts';
import { opensshScene, untilRef } from '../support/scene.ts';

const skipped = lacksPeers('the git-annex assistant', 'sshd', 'ssh', 'git-annex-shell');
const run = promisify(execFile);

async function assistantScene() {
  const scene = await opensshScene(onTestFinished);
  const { scratch, clone, client } = scene;
  const env = asInstalled(scratch);
  const [write = '', start = ''] = readmeBlock('git remote-daemon annex-wrapper').trim().split('\n');
  await runScript(write, { cwd: clone.directory, env });
  const folder = join(scratch.home, '.local/share/remote-daemon-annex');
  await clone.git('config', 'annex.ssh-options', client.options.join(' '));
  await clone.git('annex', 'init', '--quiet', 'clone');
  const logged = (): string => {
    const log = join(clone.directory, '.git/annex/daemon.log');
    return existsSync(log) ? readFileSync(log, 'utf8') : '';
  };
  // It goes on in the background, and would hold a pipe open.
  const inAssistant = (command: string) =>
    runScript(`${command} >/dev/null 2>&1 </dev/null`, { cwd: clone.directory, env });
  const pid = (): number => Number(readFileSync(join(clone.directory, '.git/annex/daemon.pid'), 'utf8'));
  return { ...scene, folder, start, logged, inAssistant, pid };
}

describe.skipIf(skipped)('the git-annex assistant', () => {
  test('has this daemon as its child, which brings what is pushed, and ends with it', async () => {
    const { server, clone, scratch, start, inAssistant, logged, pid } = await assistantScene();
    await inAssistant(start);
    await until('our daemon is connected', () => /info {2}ssh:\S+: connected|info {2}origin: connected/.test(logged()));
    const children = childrenOf(pid());
    const ours = processesMarked(scratch.id).filter(({ pid }) => children.includes(pid));
    // As it calls itself (ps).
    expect(ours.map(({ command }) => command)).toContainEqual(expect.stringMatching(/^git-remote-daemon \//));
    const status = await runProgram(clone.directory, scratch.env, 'status', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ running: true, mode: 'foreground' });
    const tip = await server.pushCommit();
    await untilRef(clone, 'refs/remotes/origin/main', tip);
    expect(await clone.git('reflog', '--format=%gs', '-1', 'refs/remotes/origin/main')).toMatch(/^remote-daemon/);
    await inAssistant('git annex assistant --stop');
    await until('nothing of either is left', () => processesMarked(scratch.id).length === 0);
  });

  test('knows files by their mimetype still, for which git-annex needs data of libmagic', async (context) => {
    const { clone, scratch, folder } = await assistantScene();
    const { stdout } = await run('git', ['annex', 'version'], { cwd: clone.directory, env: scratch.env });
    context.skip(!stdout.includes('MagicMime'), 'this git-annex knows no mimetypes');
    const asked = run('git', ['annex', 'matchexpression', '--largefiles', '--file=a', 'mimetype=text/*'], {
      cwd: clone.directory,
      env: { ...scratch.env, GIT_ANNEX_DIR: folder },
    });
    await expect(asked).rejects.toThrow('cannot match this expression without mimetype data');
    await expect(asked).rejects.not.toThrow('unable to load magic database');
  });
});
