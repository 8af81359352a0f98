// Owns: that a remote is said to be all here only where git itself would fetch nothing.
// Leaves: how a link lists its refs (ssh/list-refs.test.ts), and what is done with the answer (test/end-to-end).
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readComparison } from '../../../src/main/config/comparison.ts';
import { readPlanInputs } from '../../../src/main/config/plan-inputs.ts';
import { DaemonError } from '../../../src/shared/failures.ts';
import { prunedBy } from '../../../src/shared/refs/fetch-plan.ts';
import type { RefAdvertisement } from '../../../src/shared/refs/ref-advertisement.ts';
import { type Comparison, remoteName } from '../../../src/shared/remote.ts';
import { collectGarbage } from '../../../src/shared/system/collect-garbage.ts';
import type { LinkTask } from '../../../src/shared/thread-messages.ts';
import { createRefCheck } from '../../../src/workers/refs/compare.ts';
import type { ListRefs } from '../../../src/workers/transport.ts';
import { configIn } from '../../main/config/read-config.ts';
import { packed } from '../../shared/refs/listings.ts';
import { createLineLog, until } from '../../support/next-line.ts';
import {
  cloneRepo,
  commit,
  makeScratch,
  makeServerRepo,
  type Scratch,
  type ServerRepo,
  type TestRepo,
} from '../../support/temp-repo.ts';
import { turnAtOnce } from '../loop.ts';

const NO_PRUNING: Comparison = { pruned: [] };

function taskIn(scratch: Scratch, { directory }: TestRepo, refs: LinkTask['refs']): LinkTask {
  return {
    remote: remoteName('origin'),
    url: 'only the list reads it',
    rung: { kind: 'poll', why: 'a test', everyMs: 1_000 },
    refs,
    directory,
    repositoryVariables: scratch.env,
    secrets: {},
  };
}

function startCheck(task: LinkTask, list: ListRefs) {
  const reports = createLineLog('the check');
  const children = createLineLog('the git that lists ours');
  const tagsHere: boolean[] = [];
  const check = createRefCheck({
    task,
    takeTurn: turnAtOnce,
    report: (report) => {
      if (report.kind === 'child') children.push(report.running ? 'begun' : 'ended');
      else if (report.kind === 'log') reports.push(`log ${report.text}`);
      else if (report.kind === 'checked') {
        tagsHere.push(report.hasAllTags === true);
        reports.push(`all here: ${report.allHere}`);
      }
    },
  });
  check.connected({ list, areHere: () => reports.push('they are here') });
  onTestFinished(check.close);
  return { check, reports, children, tagsHere };
}

const listing = (server: TestRepo) => async () =>
  packed(await server.git('for-each-ref', '--format=%(objectname) %(refname)'));

/** What can happen to a server's refs, one after the other. */
const CHANGES: readonly (readonly [string, (server: ServerRepo) => Promise<unknown>])[] = [
  ['nothing', async () => undefined],
  ['a commit', (server) => server.pushCommit()],
  ['another', (server) => server.pushCommit()],
  ['a new branch at a known commit', (server) => server.git('branch', 'side', 'main')],
  ['a new branch with a commit of its own', (server) => server.pushCommit('wip/own')],
  ['a rewind', (server) => server.git('update-ref', 'refs/heads/main', 'main~1')],
  ['a tag on an old commit', (server) => server.git('tag', 'old', 'main~1')],
  ['an annotated tag', (server) => server.git('tag', '-a', '-m', 'A tag', 'v1', 'side')],
  ['a tag that is set anew', (server) => server.git('tag', '-f', 'old', 'main')],
  [
    'a tag where no branch is',
    async (server) => server.git('update-ref', 'refs/tags/aside', await commitAside(server)),
  ],
  ['a deleted branch', (server) => server.git('branch', '-D', 'side')],
  ['a folder where a branch was', (server) => server.git('branch', 'side/way', 'main')],
  ['a deleted tag', (server) => server.git('tag', '-d', 'v1')],
  ['a ref that nobody fetches', (server) => server.git('update-ref', 'refs/pull/1/head', 'main')],
  ['packed refs', (server) => server.git('pack-refs', '--all')],
];

async function commitAside({ writer, git }: ServerRepo): Promise<string> {
  const tip = await commit(writer);
  await writer.git('push', '--quiet', 'origin', 'HEAD:refs/aside/x');
  return git('rev-parse', tip);
}

const BRANCHES = '+refs/heads/*:refs/remotes/origin/*';

test.each<[string, string[], string[], string[]]>([
  ['a plain clone', [BRANCHES], [], []],
  ['fetch.prune', [BRANCHES], ['fetch.prune=true'], []],
  ['fetch.prune and pruneTags', [BRANCHES], ['fetch.prune=true', 'fetch.pruneTags=true'], []],
  ['no tags', [BRANCHES], ['remote.origin.tagOpt=--no-tags'], []],
  ['all tags', [BRANCHES], ['remote.origin.tagOpt=--tags'], []],
  ['one branch', ['+refs/heads/main:refs/remotes/origin/main'], [], []],
  ['all branches but some', [BRANCHES, '^refs/heads/wip/*'], ['fetch.prune=true'], []],
  ['all tags but some', [BRANCHES, '^refs/tags/v*'], [], []],
  ['pruneTags alone', [BRANCHES], ['fetch.pruneTags=true'], []],
  ['a mirror', ['+refs/*:refs/mirror/*'], ['fetch.prune=true'], []],
  ['nothing forced', ['refs/heads/*:refs/remotes/origin/*'], [], []],
])('with %s all is here only if git fetch changes nothing', async (_config, refspecs, entries) => {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const clone = await cloneRepo(scratch, server.directory, 'clone');
  await clone.git('config', '--unset-all', 'remote.origin.fetch');
  for (const refspec of refspecs) await clone.git('config', '--add', 'remote.origin.fetch', refspec);
  for (const entry of entries) await clone.git('config', ...(entry.split('=') as [string, string]));
  await clone.git('fetch', '--quiet');
  const refs = { refspecs, tags: !entries.includes('remote.origin.tagOpt=--no-tags') };
  const config = await configIn(clone.directory, scratch.env);
  // As git itself prunes, which is who fetches here.
  const pruned = prunedBy(readPlanInputs(config, 'origin', { refspecs, bare: false }), undefined);
  const comparison = readComparison(config, 'origin', { mode: 'fetch', ...refs, pruned });
  const { check, reports } = startCheck(taskIn(scratch, clone, refs), listing(server));
  const says = async (): Promise<boolean> => {
    check.ask({ comparison: comparison ?? expect.fail('not to be compared'), asked: 1 });
    return (await reports.next(/^all here/)).text.endsWith('true');
  };
  const seen: string[] = [];
  for (const [change, make] of CHANGES) {
    await make(server);
    const allHere = await says();
    const before = await clone.git('for-each-ref');
    const fetched = await clone.git('fetch', '--quiet').then(
      () => 'ok',
      () => 'failed',
    );
    const moved = (await clone.git('for-each-ref')) !== before;
    seen.push(`${change}: ${allHere ? 'all here' : 'fetch'}, ${moved ? 'moved' : 'the same'}, ${fetched}`);
  }
  expect(
    seen.filter((line) => line.includes('all here, moved') || line.includes('all here, the same, failed')),
  ).toEqual([]);
  // And it does say so where nothing happened, and where refs were only packed.
  expect(seen[0]).toBe('nothing: all here, the same, ok');
  expect(reports.count(/^log/)).toBe(0);
});

test('what is asked while one is under way is answered by one more', async () => {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const clone = await cloneRepo(scratch, server.directory, 'clone');
  let listings = 0;
  const { check, reports } = startCheck(taskIn(scratch, clone, { refspecs: [BRANCHES], tags: true }), () => {
    listings += 1;
    return listing(server)();
  });
  for (let asked = 0; asked < 3; asked += 1) check.ask({ comparison: NO_PRUNING, asked: 1 });
  await reports.next('all here: true');
  await reports.next('all here: true');
  await check.close();
  expect([listings, reports.count(/^all here/)]).toEqual([2, 2]);
});

test('a remote that cannot be listed is not said to be all here, and the log says why', async () => {
  const scratch = makeScratch(onTestFinished);
  const clone = await cloneRepo(scratch, (await makeServerRepo(scratch)).directory, 'clone');
  const { check, reports } = startCheck(taskIn(scratch, clone, { refspecs: [BRANCHES], tags: true }), () =>
    Promise.reject(new Error('no answer')),
  );
  check.ask({ comparison: NO_PRUNING, asked: 1 });
  await reports.next(/^log its refs were not compared: .*no answer/);
  await reports.next('all here: false');
});

test('a remote with too many refs is listed once, and never again', async () => {
  const scratch = makeScratch(onTestFinished);
  const clone = await cloneRepo(scratch, (await makeServerRepo(scratch)).directory, 'clone');
  let listings = 0;
  const { check, reports } = startCheck(taskIn(scratch, clone, { refspecs: [BRANCHES], tags: true }), () => {
    listings += 1;
    return Promise.reject(new DaemonError('too-many-refs', 'too many'));
  });
  for (let turn = 0; turn < 2; turn += 1) {
    check.ask({ comparison: NO_PRUNING, asked: 1 });
    await reports.next('all here: false');
  }
  expect([listings, reports.count(/^log/)]).toEqual([1, 1]);
});

test('only of what is all here the link hears that it is', async () => {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const clone = await cloneRepo(scratch, server.directory, 'clone');
  const { check, reports } = startCheck(taskIn(scratch, clone, { refspecs: [BRANCHES], tags: true }), listing(server));
  check.ask({ comparison: NO_PRUNING, asked: 1 });
  await reports.next('all here: true');
  await server.pushCommit();
  check.ask({ comparison: NO_PRUNING, asked: 1 });
  await reports.next('all here: false');
  expect(reports.count('they are here')).toBe(1);
});

test('once it is closed nothing is said any more, and the listing is left', async () => {
  const scratch = makeScratch(onTestFinished);
  const clone = await cloneRepo(scratch, (await makeServerRepo(scratch)).directory, 'clone');
  let isLeft = false;
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const { check, reports } = startCheck(
    taskIn(scratch, clone, { refspecs: [BRANCHES], tags: true }),
    (signal) =>
      new Promise((_resolve, reject) => {
        begin();
        signal.addEventListener('abort', () => {
          isLeft = true;
          reject(new Error('left'));
        });
      }),
  );
  check.ask({ comparison: NO_PRUNING, asked: 1 });
  await begun;
  await check.close();
  expect([isLeft, reports.seen]).toEqual([true, []]);
});

test('one that is given up, or is over, keeps nothing of what was listed', async () => {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const clone = await cloneRepo(scratch, server.directory, 'clone');
  const listings: WeakRef<RefAdvertisement>[] = [];
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const { check, reports } = startCheck(taskIn(scratch, clone, { refspecs: [BRANCHES], tags: true }), async () => {
    const refs = await listing(server)();
    listings.push(new WeakRef(refs));
    if (listings.length > 1) begin();
    return refs;
  });
  check.ask({ comparison: NO_PRUNING, asked: 1 });
  await reports.next('all here: true');
  check.ask({ comparison: NO_PRUNING, asked: 1 });
  await begun;
  await check.close();
  await until('no listing is in memory', () => {
    collectGarbage();
    return listings.every((each) => each.deref() === undefined);
  });
  expect([listings.length, reports.count(/^all here/)]).toEqual([2, 1]);
});

/** A server and a clone with more branches than git says in one go. */
async function manyBranches() {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const tip = await server.git('rev-parse', 'main');
  const names = Array.from({ length: 5_000 }, (_, at) => `refs/heads/many/${String(at).padStart(50, '0')}`);
  await server.git('pack-refs', '--all');
  appendFileSync(join(server.directory, 'packed-refs'), names.map((name) => `${tip} ${name}\n`).join(''));
  const clone = await cloneRepo(scratch, server.directory, 'clone');
  return { server, clone, task: taskIn(scratch, clone, { refspecs: [BRANCHES], tags: true }) };
}

test('ours are listed while the remote lists its own, and wait for it, however many they are', async () => {
  const { server, clone, task } = await manyBranches();
  let go = (): void => undefined;
  const mayGo = new Promise<void>((resolve) => {
    go = resolve;
  });
  const { check, reports, children } = startCheck(task, async (_signal, options) => {
    options?.onBegin?.();
    await mayGo;
    return listing(server)();
  });
  check.ask({ comparison: NO_PRUNING, asked: 1 });
  await children.next('begun');
  go();
  await reports.next('all here: true');
  await children.next('ended');
  await clone.git('update-ref', '-d', `refs/remotes/origin/many/${String(4_999).padStart(50, '0')}`);
  check.ask({ comparison: NO_PRUNING, asked: 1 });
  await reports.next('all here: false');
});

test('where the remote fails while ours wait, git is ended, and the log says why', async () => {
  const { task } = await manyBranches();
  let fail = (): void => undefined;
  const { check, reports, children } = startCheck(task, (_signal, options) => {
    options?.onBegin?.();
    return new Promise((_resolve, reject) => {
      fail = () => reject(new DaemonError('dropped', 'it is gone'));
    });
  });
  check.ask({ comparison: NO_PRUNING, asked: 1 });
  await children.next('begun');
  fail();
  await children.next('ended');
  await reports.next(/^log its refs were not compared: .*it is gone/);
  await reports.next('all here: false');
});

test('where ours cannot be listed, that is said once the remote has answered', async () => {
  const { server, clone, task } = await manyBranches();
  const { check, reports } = startCheck(task, async (_signal, options) => {
    options?.onBegin?.();
    return listing(server)();
  });
  writeFileSync(join(clone.directory, '.git/config'), '[broken');
  check.ask({ comparison: NO_PRUNING, asked: 1 });
  await reports.next(/^log its refs were not compared: /);
  await reports.next('all here: false');
});

test('of a link that cannot list its refs nothing is said to be here', async () => {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const clone = await cloneRepo(scratch, server.directory, 'clone');
  const { check, reports } = startCheck(taskIn(scratch, clone, { refspecs: [BRANCHES], tags: true }), listing(server));
  check.connected(undefined);
  check.ask({ comparison: NO_PRUNING, asked: 1 });
  await reports.next('all here: false');
  expect(reports.count(/^log/)).toBe(0);
});

test('whether all its tags are here is told beside, whatever else is not', async () => {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const client = await cloneRepo(scratch, server.directory, 'clone');
  const refs = { refspecs: ['+refs/heads/*:refs/remotes/origin/*'], tags: true };
  const { check, reports, tagsHere } = startCheck(taskIn(scratch, client, refs), listing(server));
  const ask = async (asked: number): Promise<void> => {
    check.ask({ comparison: NO_PRUNING, asked });
    await reports.next(/^all here: /);
  };
  await ask(1);
  await server.pushCommit();
  await ask(2);
  await server.git('tag', 'here');
  await client.git('tag', 'here');
  await server.git('tag', 'there', await commitAside(server));
  await ask(3);
  expect(tagsHere).toEqual([true, true, false]);
});

test('of tags that are not followed nothing is told', async () => {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const client = await cloneRepo(scratch, server.directory, 'clone');
  const refs = { refspecs: ['+refs/heads/*:refs/remotes/origin/*'], tags: false };
  const { check, reports, tagsHere } = startCheck(taskIn(scratch, client, refs), listing(server));
  check.ask({ comparison: NO_PRUNING, asked: 1 });
  await reports.next('all here: true');
  expect(tagsHere).toEqual([false]);
});
