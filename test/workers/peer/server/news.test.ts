// Owns: which news are told when refs of a real repository move, and what of those that are heard is passed on.
// Leaves: how they are carried (test/workers/peer/network/xmpp), and what follows from them (test/end-to-end).
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ServeReport } from '../../../../src/shared/serve-messages.ts';
import type { AnnounceOptions } from '../../../../src/workers/peer/network/network.ts';
import { openNews } from '../../../../src/workers/peer/server/news.ts';
import { until } from '../../../support/next-line.ts';
import { commit, makeRepo, makeScratch } from '../../../support/temp-repo.ts';

async function makeStage() {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'repo');
  const tip = await commit(repo);
  const told: string[] = [];
  const reports: ServeReport[] = [];
  let hear: AnnounceOptions | undefined;
  const at = { directory: repo.directory, gitDir: join(repo.directory, '.git'), torProxy: { host: 'h', port: 1 } };
  const around = { ...at, settings: {}, secrets: {} };
  const shared = [
    { uuids: ['u-o', 'u-o-too'], keptBelow: ['refs/remotes/o/', 'refs/prefetch/remotes/o/'] },
    { uuids: ['u-p'], keptBelow: ['refs/remotes/p/'] },
  ];
  const news = await openNews(
    {
      task: { ...around, network: 'test', repositoryVariables: scratch.env, uuid: 'us', news: { isAll: true, shared } },
      announce: async (options) => {
        hear = options;
        return {
          how: 'the test',
          tell: (uuids) => void told.push(...uuids),
          ended: new Promise<never>(() => undefined),
          close: async () => undefined,
        };
      },
      context: { ...around, environment: {}, noteChild: () => undefined, log: () => undefined },
      report: (report) => void reports.push(report),
      noteChild: () => undefined,
    },
    new AbortController().signal,
  );
  onTestFinished(() => news.close(new AbortController().signal));
  const untilTold = (...uuids: string[]): Promise<void> =>
    until(`${uuids} is told, of ${told}`, () => uuids.every((uuid) => told.includes(uuid)));
  const { onTold, onMissed, onCame } = hear ?? expect.fail('nobody listens');
  return { repo, tip, told, reports, news, untilTold, onTold, onMissed, onCame };
}

test('what moves of a remote is told by all its names, a commit here by our own', async () => {
  const { repo, tip, told, untilTold } = await makeStage();
  // Nothing tells when it watches.
  await until('it watches', async () => {
    await commit(repo);
    return told.includes('us');
  });
  await repo.git('update-ref', 'refs/remotes/o/main', tip);
  await untilTold('u-o', 'u-o-too');
  expect(told).not.toContain('u-p');
  await repo.git('update-ref', 'refs/prefetch/remotes/o/main', tip);
  await repo.git('update-ref', 'refs/remotes/p/main', tip);
  await untilTold('u-p');
});

test('of what is heard, that is passed on which a remote here is called; what a fetch then moves is not told again', async () => {
  const { repo, tip, told, reports, untilTold, onTold, onCame } = await makeStage();
  await until('it watches', async () => {
    await commit(repo);
    return told.includes('us');
  });
  for (let times = 0; times < 50; times += 1) onTold(['u-o', 'u-unknown']);
  onCame({ kind: 'p2p', network: 'xmpp', address: 'ann@host/x' });
  await until('it is passed on', () => reports.length > 1);
  await repo.git('update-ref', 'refs/remotes/o/main', tip);
  await repo.git('update-ref', 'refs/remotes/p/main', tip);
  await untilTold('u-p');
  expect(told).not.toContain('u-o');
  expect(reports.filter(({ kind }) => kind === 'told').length).toBeLessThan(3);
  expect(reports).toContainEqual({ kind: 'told', uuids: ['u-o'] });
  expect(reports).toContainEqual({ kind: 'peer-seen', address: 'p2p-annex::xmpp:ann@host/x' });
});

test('of a remote that has come since others are told, and heard', async () => {
  const { repo, tip, told, reports, news, untilTold, onTold } = await makeStage();
  news.acquaint({ settings: {}, shared: [{ uuids: ['u-q'], keptBelow: ['refs/remotes/q/'] }] });
  await until('it watches', async () => {
    await commit(repo);
    return told.includes('us');
  });
  await repo.git('update-ref', 'refs/remotes/q/main', tip);
  await untilTold('u-q');
  onTold(['u-o', 'u-q']);
  await until('it is passed on', () => reports.length > 0);
  expect(reports).toEqual([{ kind: 'told', uuids: ['u-q'] }]);
});

test('where news may have been missed, each remote that others know is looked at', async () => {
  const { reports, onMissed } = await makeStage();
  onMissed();
  await until('it is passed on', () => reports.length > 0);
  expect(reports).toEqual([{ kind: 'told', uuids: ['u-o', 'u-o-too', 'u-p'] }]);
});
