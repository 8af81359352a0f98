// Owns: the promise that no more processes poll at once than there are turns, with real threads and real git.
// Leaves: the turns themselves (gates.test.ts), and what a poll tells (test/workers/refs).
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createAccounts } from '../../../../src/main/supervisor/link/accounts.ts';
import { createGates } from '../../../../src/main/supervisor/link/gates.ts';
import { type LinkTools, openLink } from '../../../../src/main/supervisor/link/link.ts';
import { openCompiledCode } from '../../../../src/main/supervisor/threads/compiled-code.ts';
import { LINK_LOOP } from '../../../../src/main/supervisor/threads/loop-kinds.ts';
import { createWorkerPool } from '../../../../src/main/supervisor/threads/worker-pool.ts';
import { remoteName } from '../../../../src/shared/remote.ts';
import { createLineLog, until } from '../../../support/next-line.ts';
import { makeRepo, makeScratch } from '../../../support/temp-repo.ts';

const WORKERS = new URL('../../../../dist/workers/', import.meta.url);
const TURNS = 3;
const NAMES = Array.from({ length: 20 }, (_, index) => `r${index + 1}`);

/** Says who else runs, then waits until its fifo is written to, and answers with no refs. */
const HELPER = `#!/bin/sh
mkfifo "$PLACE/waiting/$1" && ls "$PLACE/waiting" | wc -l >>"$PLACE/counts"
read -r _ <"$PLACE/waiting/$1"
rm "$PLACE/waiting/$1"
while read -r line; do
  case $line in capabilities) printf 'fetch\\n\\n' ;; list*) printf '\\n' ;; '') exit ;; esac
done
`;

async function makePlace() {
  const scratch = makeScratch(onTestFinished);
  const place = scratch.directory;
  const [bin, waiting] = [join(place, 'bin'), join(place, 'waiting')];
  for (const folder of [bin, waiting]) mkdirSync(folder);
  writeFileSync(join(bin, 'git-remote-held'), HELPER);
  chmodSync(join(bin, 'git-remote-held'), 0o755);
  const environment = { ...scratch.env, PLACE: place, PATH: `${bin}:${scratch.env.PATH}` };
  const repo = await makeRepo(scratch, 'clone');
  for (const name of NAMES) await repo.git('config', `remote.${name}.url`, `held::${name}`);
  const pool = createWorkerPool({
    entry: new URL('load-code.cjs', WORKERS),
    maxThreads: () => NAMES.length,
    environment,
    log: () => undefined,
    code: openCompiledCode({
      directory: fileURLToPath(WORKERS),
      cache: { find: () => undefined, keep: () => undefined },
      log: () => undefined,
    }),
  });
  onTestFinished(() => pool.destroy());
  const reports = createLineLog('the links');
  const gates = createGates({ polls: TURNS, pollAgedMs: 3_600_000 });
  const tools = { gates, accounts: createAccounts(() => 0), log: () => undefined };
  const open = (name: string) => {
    const task = {
      remote: remoteName(name),
      url: `held::${name}`,
      rung: { kind: 'poll', why: 'a test', everyMs: 1_000_000 },
      refs: { refspecs: [`+refs/heads/*:refs/remotes/${name}/*`], tags: true },
      directory: repo.directory,
      repositoryVariables: {},
      secrets: {},
    } as const;
    const groups = new Set<number>();
    const ofOne: LinkTools = {
      ...tools,
      openLoop: (options, onReport) =>
        pool.open(LINK_LOOP, options, (report) => {
          onReport(report);
          reports.push(`${report.kind} ${name}`);
        }),
      noteChannels: () => undefined,
      hearOfPeer: () => undefined,
      sawActivity: () => undefined,
      noteChild: (_remote, pgid, running) => (running ? groups.add(pgid) : groups.delete(pgid)),
      // As main does with what a thread that was ended leaves running.
      endChildren: () => {
        for (const group of groups) process.kill(-group, 'SIGKILL');
      },
    };
    return openLink(task, ofOne, () => undefined);
  };
  const polling = (): string[] => readdirSync(waiting);
  return {
    open,
    pool,
    reports,
    polling,
    connected: () => reports.count(/^connected /),
    answer: (name: string) => execFileSync('sh', ['-c', 'echo >"$1"', 'sh', join(waiting, name)]),
    forgotten: (name: string) => execFileSync('rm', [join(waiting, name)]),
    most: () => Math.max(...readFileSync(join(place, 'counts'), 'utf8').trim().split('\n').map(Number)),
  };
}

test('of 20 remotes no more poll at once than there are turns, and each gets its turn', async () => {
  const { open, polling, connected, answer, most } = await makePlace();
  NAMES.forEach(open);
  while (connected() < NAMES.length) {
    const left = NAMES.length - connected();
    await until('as many poll as may', () => polling().length === Math.min(TURNS, left));
    const before = connected();
    answer(polling()[0] ?? '');
    await until('one more is connected', () => connected() === before + 1);
  }
  expect(most()).toBe(TURNS);
});

test('one that hangs holds up no more than its own turn, and gives it back when its link is closed', async () => {
  const { open, polling, connected, answer, most, reports } = await makePlace();
  const hanging = open('r1');
  await until('it polls', () => polling().includes('r1'));
  NAMES.slice(1).forEach(open);
  while (connected() < NAMES.length - 1) {
    const before = connected();
    await until('another polls', () => polling().some((name) => name !== 'r1'));
    answer(polling().find((name) => name !== 'r1') ?? '');
    await until('it is connected', () => connected() > before);
  }
  hanging.close('now');
  await reports.next('ended r1');
  expect(most()).toBe(TURNS);
});

test('a thread that is ended gives back the turns of its links, and a link that waits forgets its wish when it is closed', async () => {
  const { open, pool, polling, forgotten, reports } = await makePlace();
  const links = new Map<string, ReturnType<typeof open>>();
  const openOne = (name: string): void => void links.set(name, open(name));
  ['r1', 'r2', 'r3'].forEach(openOne);
  await until('all turns are taken', () => polling().length === TURNS);
  openOne('r4');
  await reports.next('started r4');
  openOne('r5');
  await reports.next('started r5');
  links.get('r4')?.close('kindly');
  await reports.next('ended r4');
  pool.forget({ kind: 'remote', name: 'r2' });
  await reports.next('ended r2');
  forgotten('r2');
  await until('the next polls', () => polling().includes('r5'));
  expect(polling().toSorted()).toEqual(['r1', 'r3', 'r5']);
});
