// Owns: when the watcher on the server compares refs; scripts pose as inotifywait, git and sleep, so no clock decides.
// Leaves: what it tells of real changes (server-watch-script.test.ts).
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LIMIT_MS, until } from '../../../support/next-line.ts';
import { findProgram, lacksPeers } from '../../../support/peers.ts';
import { makeScratch, makeServerRepo } from '../../../support/temp-repo.ts';
import { pathOf, startWatcher } from './watcher-shell.ts';

/** Opened for both, a FIFO neither holds up its reader's start nor ends with a writer. */
const waitFor = (fifo: string): string => `read go <>"$HOME/${fifo}"`;

const SAYS_WHAT_IT_IS_TOLD = `
echo 'Setting up watches.' >&2
echo 'Watches established.' >&2
while read -r event; do
  echo "$event"
  echo said >>"$HOME/events-said"
done <>"$HOME/events"`;

const COUNTS_COMPARISONS = `
${findProgram('git')} "$@" || exit
case $* in *for-each-ref*) ;; *) exit ;; esac
echo compared >>"$HOME/comparisons"
[ ! -p "$HOME/comparison" ] || ${waitFor('comparison')}`;

/** Of whole seconds are the waits in which nothing happens. */
const PAUSES_UNTIL_RELEASED = `
case $1 in 5) exec ${findProgram('sleep')} 5 ;; esac
echo "$1" >>"$HOME/pauses"
${waitFor('pause')}`;

interface Posing {
  readonly sleep?: string;
  /** Nothing: there is none, and it looks. */
  readonly inotifywait?: string;
  /** So many refs. */
  readonly packed?: number;
}

async function startPosing({
  sleep = PAUSES_UNTIL_RELEASED,
  inotifywait = SAYS_WHAT_IT_IS_TOLD,
  packed = 0,
}: Posing = {}) {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeServerRepo(scratch);
  const tip = await repo.git('rev-parse', 'main');
  const others = Array.from({ length: packed }, (_each, index) => `${tip} refs/pull/${index + 100_000}/head\n`);
  if (packed > 0) writeFileSync(join(repo.directory, 'packed-refs'), others.join(''));
  const PATH = pathOf(scratch, { without: ['git', 'sleep'] });
  const pose = (name: string, text: string): void =>
    writeFileSync(join(PATH, name), `#!/bin/sh${text}\n`, { mode: 0o755 });
  pose('git', COUNTS_COMPARISONS);
  pose('sleep', sleep);
  if (inotifywait) pose('inotifywait', inotifywait);
  const inHome = (script: string): unknown =>
    execFileSync('sh', ['-c', script], { env: scratch.env, timeout: LIMIT_MS });
  inHome('mkfifo "$HOME/events" "$HOME/pause"');
  const { lines } = startWatcher(onTestFinished, { scratch, path: repo.directory, env: { ...scratch.env, PATH } });
  const ready = lines.next(`READY ${inotifywait ? 'inotifywait' : 'looking'}`);
  const noted = (file: string): string[] =>
    existsSync(join(scratch.home, file)) ? readFileSync(join(scratch.home, file), 'utf8').split('\n').slice(0, -1) : [];
  let said = 0;
  return {
    repo,
    lines,
    ready,
    pauses: () => noted('pauses'),
    comparisons: () => noted('comparisons').length,
    /** From here on each comparison, once it has read the refs, waits to be released. */
    holdComparisons: () => inHome('mkfifo "$HOME/comparison"'),
    release: (what: 'comparison' | 'pause') => inHome(`echo >"$HOME/${what}"`),
    /** Returns when it is where the watcher reads. */
    say: async (event: string) => {
      inHome(`echo ${event} >"$HOME/events"`);
      said += 1;
      await until('the event is said', () => noted('events-said').length === said);
    },
  };
}

async function start(posing: Posing = {}) {
  const started = await startPosing(posing);
  await started.ready;
  return started;
}

test('a move is told at once, and of fifty that follow in its pause the last, by one comparison', async () => {
  const { repo, lines, comparisons, say, release } = await start();
  const first = await repo.pushCommit();
  await say('MOVED_TO');
  await lines.next(`MOVED ${first} refs/heads/main`);
  expect(comparisons()).toBe(2);
  const older = await repo.git('rev-parse', 'main~');
  for (let moves = 0; moves < 50; moves += 1) {
    await repo.git('update-ref', 'refs/heads/new', moves % 2 === 0 ? older : first);
    await say('MOVED_TO');
  }
  release('pause');
  await lines.next(`MOVED ${first} refs/heads/new`);
  expect([comparisons(), lines.count(/^MOVED/)]).toEqual([3, 2]);
});

describe('among more refs than a shell should hold', () => {
  const BIG = { packed: 5_000 };

  test('nothing lists them until it must, and a move costs its own file', async () => {
    const { repo, lines, comparisons, say } = await start(BIG);
    expect(comparisons()).toBe(0);
    const tip = await repo.pushCommit();
    await say("'MOVED_TO ./refs/heads/main'");
    await lines.next(`MOVED ${tip} refs/heads/main`);
    await lines.next('DONE');
    expect(comparisons()).toBe(0);
  });

  test('which of them moved is not told when their file is written anew, but whether any did', async () => {
    const { repo, lines, say } = await start({ ...BIG, sleep: `\nexec ${findProgram('sleep')} "$@"` });
    const repack = (): Promise<unknown> => say("'MOVED_TO ./packed-refs'");
    await repack();
    await lines.next('UNSURE');
    await repack();
    await repo.git('update-ref', '-d', 'refs/pull/100003/head');
    await repack();
    await lines.next('DONE');
    await repo.git('update-ref', 'refs/heads/new', await repo.git('rev-parse', 'main'));
    await say("'MOVED_TO ./refs/heads/new'");
    await lines.next(/^MOVED .* refs\/heads\/new$/);
    await repack();
    await lines.next('UNSURE');
    expect(lines.seen.map(({ text }) => text.split(' ')[0])).toEqual([
      ...['HELLO', 'READY', 'UNSURE', 'DONE', 'MOVED', 'DONE', 'UNSURE'],
    ]);
  });
});

describe('looking', () => {
  /** Returns when it waits again. `waits`: one after the other, as `sleep` is told. */
  const startLooking = async (packed: number) => {
    const { pauses, release, ready, ...started } = await startPosing({ inotifywait: '', packed });
    let passed = 0;
    const pass = async (...waits: readonly string[]) => {
      for (const wait of waits) {
        await until('it waits', () => pauses().length > passed);
        expect(pauses().at(passed)).toBe(wait);
        passed += 1;
        if (wait !== waits.at(-1)) release('pause');
      }
    };
    return { ...started, ready, pass, look: () => release('pause') };
  };

  test('among many refs it lists them when something has moved, and once for each time', async () => {
    const { repo, lines, comparisons, ready, pass, look } = await startLooking(5_000);
    // What moves from then on has another time.
    await pass('0.05', '1');
    await ready;
    look();
    await pass('1');
    expect(comparisons()).toBe(0);
    for (const told of ['UNSURE', 'DONE']) {
      await repo.pushCommit();
      look();
      await pass('0.05', '1');
      await lines.next(told);
      look();
      await pass('1');
    }
    expect(comparisons()).toBe(2);
  });

  test('among few it tells which have moved', async () => {
    const { repo, lines, comparisons, ready, pass, look } = await startLooking(0);
    await ready;
    // What has moved in the same moment as it looked is found a second later.
    await pass('1');
    look();
    await pass('1');
    expect(comparisons()).toBe(2);
    const tip = await repo.pushCommit();
    look();
    await pass('0.05', '1');
    await lines.next(`MOVED ${tip} refs/heads/main`);
    look();
    await pass('1');
    expect(comparisons()).toBe(3);
  });

  test('where times are of whole seconds, it compares for as long as they may be the same', async () => {
    const { repo, comparisons, ready, pass, look } = await startLooking(0);
    await ready;
    await pass('1');
    utimesSync(join(repo.directory, 'HEAD'), 1_000, 1_000);
    for (let looks = 0; looks < 5; looks += 1) {
      look();
      await pass('1');
    }
    expect(comparisons()).toBe(4);
  });
});

test('what moves while refs are compared is told by the next comparison', async () => {
  const { repo, lines, comparisons, holdComparisons, say, release } = await start();
  holdComparisons();
  await say('MOVED_TO');
  await until('the refs are read', () => comparisons() === 2);
  const tip = await repo.pushCommit();
  await say('MOVED_TO');
  for (const step of ['comparison', 'pause', 'comparison'] as const) release(step);
  await lines.next(`MOVED ${tip} refs/heads/main`);
});

test('a new folder is looked into again after the pause, as things happen in there before it is watched', async () => {
  const { repo, lines, pauses, comparisons, say, release } = await start();
  await say("'CREATE,ISDIR ./refs/heads/new'");
  await until('it pauses', () => pauses().length === 1);
  const tip = await repo.pushCommit('new/branch');
  release('pause');
  await lines.next(`MOVED ${tip} refs/heads/new/branch`);
  expect(comparisons()).toBe(1);
});

test('where sleep knows whole seconds only, the pause is a second', async () => {
  const { repo, lines, pauses, say } = await start({
    sleep: `\ncase $1 in *.*) exit 1 ;; esac${PAUSES_UNTIL_RELEASED}`,
  });
  await repo.pushCommit();
  await say('MOVED_TO');
  await lines.next(/^MOVED/);
  await until('it pauses', () => pauses().length === 1);
  expect(pauses()).toEqual(['1']);
});

test.skipIf(lacksPeers('the watcher for servers with locks in its way, by inotifywait', 'inotifywait'))(
  'the files git writes first do not cost the pause that the move would then wait for',
  async () => {
    const { repo, lines, comparisons } = await start({ inotifywait: `\nexec ${findProgram('inotifywait')} "$@"` });
    const older = await repo.git('rev-parse', 'main');
    const at = (name: string): string => join(repo.directory, name);
    for (const name of ['packed-refs.lock', 'packed-refs.new', 'refs/heads/other.lock']) {
      writeFileSync(at(name), '');
      rmSync(at(name));
    }
    writeFileSync(at('refs/heads/feature.new.lock'), `${older}\n`);
    renameSync(at('refs/heads/feature.new.lock'), at('refs/heads/feature.new'));
    await lines.next(`MOVED ${older} refs/heads/feature.new`);
    // The one before it was ready: a ref that has a name costs none.
    expect(comparisons()).toBe(1);
  },
);
