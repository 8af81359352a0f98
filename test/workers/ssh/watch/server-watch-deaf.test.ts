// Owns: that the watcher on the server does not rely on an inotifywait that has gone deaf; a script poses as it.
// Leaves: what a real one tells (server-watch-script.test.ts).
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../../../support/next-line.ts';
import { lacksPeers } from '../../../support/peers.ts';
import { makeScratch, makeServerRepo } from '../../../support/temp-repo.ts';
import { pathOf, startWatcher } from './watcher-shell.ts';

/** Says that it is ready, and then, once told to go on, what it is given; events and complaints. */
const start = async (says: string, by?: 'inotifywait', prepare?: (repository: string) => void) => {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeServerRepo(scratch);
  prepare?.(repo.directory);
  const PATH = pathOf(scratch, {});
  const ready = "echo 'Setting up watches.' >&2; echo 'Watches established.' >&2; read go <\"$HOME/go\"";
  const text = `#!/bin/sh\n${ready}\n${says}\nexec sleep 600\n`;
  writeFileSync(join(PATH, 'inotifywait'), text, { mode: 0o755 });
  // Two, as a second reader of the first might meet the end of the first writer.
  execFileSync('mkfifo', [join(scratch.home, 'go'), join(scratch.home, 'go-on')]);
  const env = { ...scratch.env, PATH };
  const watcher = startWatcher(onTestFinished, { scratch, path: repo.directory, env, ...(by && { by }) });
  await watcher.lines.next('READY inotifywait');
  const release = (fifo: string): unknown =>
    execFileSync('sh', ['-c', `echo >"$HOME/${fifo}"`], { env: scratch.env, timeout: 5_000 });
  release('go');
  return { repo, release, ...watcher };
};

test('an inotifywait that has no watch for a new folder is given up for looking', async () => {
  const full = "Couldn't watch new directory ./refs/heads/new: No space left on device";
  const { repo, lines, child, processes } = await start(`echo MOVED_TO; echo "${full}" >&2`);
  const tip = await repo.pushCommit('new/branch');
  await lines.next(`MOVED ${tip} refs/heads/new/branch`);
  await lines.next(`MOVED ${await repo.pushCommit('new/branch')} refs/heads/new/branch`);
  expect(processes().filter(({ command }) => command === 'sleep 600')).toEqual([]);
  child.stdin?.end();
  await until('nothing is left', () => processes().length === 0);
});

test('one that only missed a folder that was gone at once is kept', async () => {
  const gone = "Couldn't watch new directory ./refs/heads/new: No such file or directory";
  const { repo, release, lines, child, processes } = await start(
    `echo "${gone}" >&2; read go <"$HOME/go-on"; echo MOVED_TO`,
  );
  const tip = await repo.pushCommit('new/branch');
  release('go-on');
  await lines.next(`MOVED ${tip} refs/heads/new/branch`);
  await until('it goes on', () => processes().some(({ command }) => command === 'sleep 600'));
  child.stdin?.end();
  await until('nothing is left', () => processes().length === 0);
});

test('one that is to tell fails where it has no watch for a new folder, as git-annex-shell would have none', async () => {
  const full = "Couldn't watch new directory ./refs/heads/new: No space left on device";
  const { lines, child, processes } = await start(`echo MOVED_TO; echo "${full}" >&2`, 'inotifywait');
  await lines.next(`FAILED nothing-tells inotifywait: ${full}`);
  child.stdin?.end();
  await until('nothing is left', () => processes().length === 0);
});

test('of all that it complains of at once, what git-annex-shell would suffer from as well is told', async () => {
  const gone = "Couldn't watch new directory ./refs/heads/old: No such file or directory";
  const full = 'Failed to watch ./refs/heads/new; upper limit on inotify watches reached!';
  const { lines } = await start(`printf '%s\\n' MOVED_TO "${gone}" "${full}"`, 'inotifywait');
  await lines.next(`FAILED nothing-tells inotifywait: ${full}`);
});

test('one that is to tell and has ended is a failure of the moment', async () => {
  const { lines } = await start('exit', 'inotifywait');
  await lines.next('FAILED error inotifywait has ended');
});

test('one that has lost events is not relied upon, as a new folder may be among them', async () => {
  const { lines } = await start("echo 'Q_OVERFLOW '");
  await lines.next('FAILED error inotifywait has lost events');
});

test.skipIf(lacksPeers('a watcher for servers that cannot keep up', 'inotifywait'))(
  'nor is a real one, of which most would be of files that do not matter',
  async () => {
    const scratch = makeScratch(onTestFinished);
    const repo = await makeServerRepo(scratch);
    const { lines, processes } = startWatcher(onTestFinished, { scratch, path: repo.directory });
    await lines.next('READY inotifywait');
    const [watcher] = processes().filter(({ command }) => command.startsWith('inotifywait'));
    if (watcher === undefined) throw new Error('it does not run');
    const most = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
    process.kill(watcher.pid, 'SIGSTOP');
    const lock = join(repo.directory, 'refs', 'heads', 'x.lock');
    for (let events = 0; events <= most; events += 2) {
      closeSync(openSync(lock, 'w'));
      unlinkSync(lock);
    }
    process.kill(watcher.pid, 'SIGCONT');
    await lines.next('FAILED error inotifywait has lost events');
  },
);

describe('where a file has come in the place of a new folder', () => {
  const missed = `echo "Couldn't watch new directory ./refs/heads/new/: Not a directory" >&2`;

  test('it is kept', async () => {
    const { repo, release, lines } = await start(`${missed}; read go <"$HOME/go-on"; echo MOVED_TO`);
    const tip = await repo.pushCommit('new');
    release('go-on');
    await lines.next(`MOVED ${tip} refs/heads/new`);
    expect(lines.count(/^FAILED/)).toBe(0);
  });

  test('and not of one in there, without which that is not watched', async () => {
    const { lines } = await start(missed, undefined, (repository) => mkdirSync(join(repository, 'refs/heads/new')));
    await lines.next('FAILED error inotifywait has missed a folder');
  });
});
