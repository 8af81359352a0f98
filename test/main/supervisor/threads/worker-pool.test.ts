// Owns: what the pool of worker threads promises, with real threads whose loops misbehave on purpose.
// Leaves: the real loop in them (test/workers, test/end-to-end).
import { describe, expect, it, onTestFinished } from 'vitest';
import { LINK_LOOP, SERVICE_LOOP } from '../../../../src/main/supervisor/threads/loop-kinds.ts';
import type { Loop } from '../../../../src/main/supervisor/threads/loop-port.ts';
import { createWorkerPool, type Patience } from '../../../../src/main/supervisor/threads/worker-pool.ts';
import { remoteName } from '../../../../src/shared/remote.ts';
import type { ServeReport, ServeTask } from '../../../../src/shared/serve-messages.ts';
import type { LinkTask, Report } from '../../../../src/shared/thread-messages.ts';
import { createLineLog, type LineLog } from '../../../support/next-line.ts';

/** A thread that is only slow, since other tests run as well, is not to be taken for a broken one. */
const PATIENT: Patience = { hungAfterMs: 60_000, lookEveryMs: 200, lastResortMs: 60_000 };

interface OpenedLoop extends Pick<Loop<unknown>, 'close'> {
  readonly reports: LineLog;
  readonly threadId: Promise<number>;
}

function makePool(
  maxThreads: number,
  patience = PATIENT,
  environment: Record<string, string> = {},
): (remote: string, behaviour: string, carrier?: string) => OpenedLoop {
  const { openLink } = makePoolOfBoth(maxThreads, patience, environment);
  return openLink;
}

function makePoolOfBoth(maxThreads: number, patience = PATIENT, environment: Record<string, string> = {}) {
  const entry = new URL('../../../support/odd-worker.mjs', import.meta.url);
  const pool = createWorkerPool({
    entry,
    maxThreads: () => maxThreads,
    environment,
    log: () => undefined,
    patience,
  });
  onTestFinished(() => pool.destroy());
  const opened = (name: string, open: (hear: (report: Report | ServeReport) => void) => Loop<never>): OpenedLoop => {
    const reports = createLineLog(`reports of ${name}`);
    const { close } = open((report) => reports.push(textOf(report)));
    return { close, reports, threadId: reports.next(/^started/).then(({ text }) => Number(text.split(' ')[1])) };
  };
  return {
    openLink: (remote: string, behaviour: string, carrier?: string): OpenedLoop => {
      const options = { task: taskOf(remote, behaviour), owner: { kind: 'remote', name: remote }, carrier } as const;
      return opened(remote, (hear) => pool.open(LINK_LOOP, options, hear));
    },
    /** Serves a network that is called as it behaves. */
    openService: (network: string): OpenedLoop => {
      const owner = { kind: 'service', name: network } as const;
      const options = { task: serveTaskOf(network), owner, carrier: `network ${network}` };
      return opened(network, (hear) => pool.open(SERVICE_LOOP, options, hear));
    },
  };
}

const serveTaskOf = (network: string): ServeTask => ({
  network,
  directory: '/',
  gitDir: '/',
  repositoryVariables: {},
  uuid: 'u',
  torProxy: { host: '127.0.0.1', port: 9050 },
  settings: {},
  secrets: {},
});

function taskOf(remote: string, url: string): LinkTask {
  const rung = { kind: 'poll', why: 'a test', everyMs: 1_000 } as const;
  return {
    remote: remoteName(remote),
    url,
    rung,
    refs: { refspecs: ['+refs/heads/*:refs/remotes/origin/*'], tags: true },
    directory: '/',
    repositoryVariables: {},
    secrets: {},
  };
}

function textOf(report: Report | ServeReport): string {
  switch (report.kind) {
    case 'started':
      return `started ${report.threadId}`;
    case 'ended':
      return report.ending.kind === 'failed' ? `ended ${report.ending.failure.code}` : 'ended closed';
    default:
      return report.kind;
  }
}

describe('the worker pool', () => {
  it('gives each remote a thread of its own while there are enough', async () => {
    const open = makePool(3);
    const links = ['a', 'b', 'c'].map((name) => open(name, 'listens'));
    const threads = await Promise.all(links.map((link) => link.threadId));
    expect(new Set(threads).size).toBe(3);
  });

  it('spreads remotes evenly over the threads when there are more of them', async () => {
    const open = makePool(2);
    const links = ['a', 'b', 'c', 'd'].map((name) => open(name, 'listens'));
    const threads = await Promise.all(links.map((link) => link.threadId));
    const counts = [...new Set(threads)].map((thread) => threads.filter((other) => other === thread).length);
    expect(counts).toEqual([2, 2]);
  });

  it('opens the next link of a remote in the thread it had', async () => {
    const open = makePool(4);
    const first = open('a', 'listens');
    await first.reports.next('connected');
    first.close('kindly');
    await first.reports.next('ended closed');
    expect(await open('a', 'listens').threadId).toBe(await first.threadId);
  });

  it.each(['throws', 'runs-out-of-memory'])(
    'says once that a loop crashed which %s, and leaves the others alone',
    async (behaviour) => {
      const open = makePool(2);
      const good = open('good', 'listens');
      await good.reports.next('connected');
      const bad = open('bad', behaviour);
      await bad.reports.next('ended worker-crashed');
      expect(bad.reports.count(/^ended/)).toBe(1);
      good.close('kindly');
      await good.reports.next('ended closed');
    },
  );

  it.each(['throws', 'exits'])('says that a thread crashed which %s before it is ready', async (start) => {
    const open = makePool(1, PATIENT, { ODD_START: start });
    const links = ['a', 'b'].map((name) => open(name, 'listens'));
    await Promise.all(links.map((link) => link.reports.next('ended worker-crashed')));
    await open('a', 'listens').reports.next('ended worker-crashed');
  });

  it('has a thread give back memory when its links have connected', async () => {
    const open = makePool(1);
    const links = ['a', 'b'].map((name) => open(name, 'listens'));
    await Promise.all(links.map((link) => link.reports.next('log')));
    expect(links.map(({ reports }) => reports.count('log'))).toEqual([1, 1]);
  });

  it('tells apart whose loop ends a thread that others share, and charges nobody else', async () => {
    const open = makePool(1);
    const [one, other] = [open('one', 'listens'), open('other', 'listens')];
    await Promise.all([one, other].map(({ reports }) => reports.next('connected')));
    const bad = open('bad', 'runs-out-of-memory');
    await Promise.all([one, other, bad].map(({ reports }) => reports.next('ended thread-ended')));
    const again = ['one', 'other'].map((name) => open(name, 'listens'));
    await Promise.all(again.map(({ reports }) => reports.next('connected')));
    const ends: string[] = [];
    while (ends.at(-1) !== 'ended worker-crashed' && ends.length < 3)
      ends.push((await open('bad', 'runs-out-of-memory').reports.next(/^ended/)).text);
    expect(ends.at(-1)).toBe('ended worker-crashed');
    const last = open('bad', 'listens');
    const inIts = await Promise.all(['one', 'other'].map((name) => open(`${name} more`, 'listens').threadId));
    expect(inIts).not.toContain(await last.threadId);
  });

  it('ends the thread of a loop that does not end when told to, and starts a new one for the next link', async () => {
    const open = makePool(1, { ...PATIENT, lastResortMs: 500 });
    const stuck = open('a', 'never-ends');
    await stuck.reports.next('connected');
    stuck.close('now');
    await stuck.reports.next('ended worker-hung');
    const next = open('a', 'listens');
    await next.reports.next('connected');
    expect(await next.threadId).not.toBe(await stuck.threadId);
  });

  it('sees a loop that spins without a pause, ends its thread and lets the remote be opened again', {
    timeout: 90_000,
  }, async () => {
    const open = makePool(2, { ...PATIENT, hungAfterMs: 5_000 });
    const spinning = open('a', 'spins');
    const good = open('b', 'listens');
    await good.reports.next('connected');
    await spinning.reports.next('ended worker-hung');
    await open('a', 'listens').reports.next('connected');
    expect(good.reports.count(/^ended/)).toBe(0);
  });

  it('serves a network in the thread of the links that go over it, and in one of its own else', async () => {
    const { openLink, openService } = makePoolOfBoth(4);
    const link = openLink('a', 'listens', 'network shared');
    await link.reports.next('connected');
    const [shared, alone] = [openService('shared'), openService('alone')];
    await Promise.all([shared, alone].map(({ reports }) => reports.next('listening')));
    expect(await shared.threadId).toBe(await link.threadId);
    expect(await alone.threadId).not.toBe(await link.threadId);
  });

  it.each(['throws', 'runs-out-of-memory'])(
    'says once that the loop of a network crashed which %s',
    async (network) => {
      const { openService } = makePoolOfBoth(2);
      const bad = openService(network);
      await bad.reports.next('ended worker-crashed');
      expect(bad.reports.count(/^ended/)).toBe(1);
    },
  );

  it('ends the thread of a network that does not stop being served when told to', async () => {
    const { openService } = makePoolOfBoth(1, { ...PATIENT, lastResortMs: 500 });
    const stuck = openService('never-ends');
    await stuck.reports.next('listening');
    stuck.close('now');
    await stuck.reports.next('ended worker-hung');
  });
});
