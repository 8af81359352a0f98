import { createHash } from 'node:crypto';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startMaintenance } from '../../../src/main/git/maintenance.ts';
import { AT_MOST_EVERY_MS, decideMaintenance, QUIET_MS } from '../../../src/main/git/maintenance-schedule.ts';
import { processesMarked } from '../../support/processes.ts';
import { commit, makeRepo, makeScratch, type TestRepo } from '../../support/temp-repo.ts';
import { makeFifo, placeOf, run, script } from './git-place.ts';

/** A repository that git would pack: how many loose objects it has, git guesses from those that begin with 17. */
async function setUp() {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'repo');
  await commit(repo);
  await repo.git('config', 'gc.auto', '1');
  await repo.git('config', 'gc.autoDetach', 'true');
  const contents = Array.from({ length: 5_000 }, (_, i) => `content ${i}`).filter((text) =>
    blobName(text).startsWith('17'),
  );
  for (const content of contents.slice(0, 2)) {
    writeFileSync(join(scratch.directory, 'blob'), content);
    await repo.git('hash-object', '-w', join(scratch.directory, 'blob'));
  }
  return { scratch, repo, place: placeOf(scratch, repo) };
}

const blobName = (text: string): string => createHash('sha1').update(`blob ${text.length}\0${text}`).digest('hex');

const packs = async (repo: TestRepo): Promise<string> =>
  /^packs: (\d+)$/m.exec(await repo.git('count-objects', '-v'))?.[1] ?? 'none';

const loose = async (repo: TestRepo): Promise<number> =>
  Number(/^count: (\d+)$/m.exec(await repo.git('count-objects', '-v'))?.[1]);

test('maintenance packs what a fetch by hand would have packed, and is done when it says so', async () => {
  const { scratch, repo, place } = await setUp();
  expect(await startMaintenance(place).finished).toEqual({ ok: true });
  expect(await packs(repo)).toBe('1');
  expect(processesMarked(scratch.id)).toEqual([]);
});

test.each([
  ['maintenance.auto', 'false'],
  ['gc.auto', '0'],
])('maintenance does nothing where %s is %s', async (key, value) => {
  const { repo, place } = await setUp();
  await repo.git('config', key, value);
  expect(await startMaintenance(place).finished).toEqual({ ok: true });
  expect(await packs(repo)).toBe('0');
});

test('maintenance that could not make fewer loose objects rests for a day, as git does, and git knows it', async () => {
  const { repo, place } = await setUp();
  await repo.git('config', 'gc.cruftPacks', 'false');
  await repo.git('config', 'gc.auto', '1');
  const gcLog = join(repo.directory, '.git/gc.log');
  const maintain = async () => {
    expect(await startMaintenance(place).finished).toEqual({ ok: true });
    return packs(repo);
  };
  // Nothing leads to them, and they are too young to go.
  expect(await maintain()).toBe('1');
  expect(readFileSync(gcLog, 'utf8')).toContain('too many unreachable loose objects');
  await commit(repo);
  expect(await maintain()).toBe('1');
  expect(await loose(repo)).toBeGreaterThan(2);
  const long = new Date(Date.now() - 2 * 86_400_000);
  utimesSync(gcLog, long, long);
  await maintain();
  expect(await loose(repo)).toBe(2);
});

test('maintenance that is ended leaves no lock that would keep the next from running', async () => {
  const { scratch, repo, place } = await setUp();
  const reached = await makeFifo(scratch, 'reached');
  const hook = script(scratch, 'hook', `echo >${reached}`, 'sleep 600');
  await run('cp', [hook, join(repo.directory, '.git', 'hooks', 'pre-auto-gc')]);
  const maintenance = startMaintenance(place);
  await run('cat', [reached]);
  await maintenance.end();
  expect(await maintenance.finished).toMatchObject({ ok: false, failure: { code: 'cancelled' } });
  expect(processesMarked(scratch.id)).toEqual([]);
  expect(existsSync(join(repo.directory, '.git/objects/maintenance.lock'))).toBe(false);
});

test.each([
  ['nothing was written', { busy: false }, 0, { kind: 'not-needed' }],
  ['something runs', { busy: true, writtenAtMs: 0 }, QUIET_MS, { kind: 'not-needed' }],
  ['it is not quiet yet', { busy: false, writtenAtMs: 1_000 }, 2_000, { kind: 'wait', waitMs: QUIET_MS - 1_000 }],
  ['it is quiet', { busy: false, writtenAtMs: 1_000 }, QUIET_MS + 1_000, { kind: 'run' }],
  [
    'it ran within the hour',
    { busy: false, writtenAtMs: 5_000, maintainedAtMs: 1_000 },
    QUIET_MS + 5_000,
    { kind: 'wait', waitMs: AT_MOST_EVERY_MS + 1_000 - QUIET_MS - 5_000 },
  ],
  ['it ran an hour ago', { busy: false, writtenAtMs: 5_000, maintainedAtMs: 0 }, AT_MOST_EVERY_MS, { kind: 'run' }],
] as const)('maintenance when %s', (_when, state, nowMs, decision) => {
  expect(decideMaintenance(state, nowMs)).toEqual(decision);
});
