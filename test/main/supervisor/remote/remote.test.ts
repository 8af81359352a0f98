// Owns: that a remote goes back up the ladder by itself: its links are asked for, made-up time passes.
// Leaves: which rung is the next (rung-choice.test.ts), states (link-step.test.ts), real links (test/end-to-end).
import { describe, expect, onTestFinished, test } from 'vitest';
import { NO_WORK } from '../../../../src/main/git/operation.ts';
import { createAccounts } from '../../../../src/main/supervisor/link/accounts.ts';
import { createGates } from '../../../../src/main/supervisor/link/gates.ts';
import { statusOf } from '../../../../src/main/supervisor/remote/record.ts';
import { createWatchedRemote } from '../../../../src/main/supervisor/remote/remote.ts';
import type { RemoteTools } from '../../../../src/main/supervisor/remote/remote-tools.ts';
import { type Remote, remoteName } from '../../../../src/shared/remote.ts';
import type { Rung } from '../../../../src/shared/rungs/rungs.ts';
import type { SshTarget } from '../../../../src/shared/ssh-target.ts';
import type { LinkTask, Report } from '../../../../src/shared/thread-messages.ts';
import { createLineLog } from '../../../support/next-line.ts';

const TARGET: SshTarget = {
  host: 'h',
  path: 'd',
  command: { kind: 'options', program: 'ssh', options: [] },
  annexShell: 'git-annex-shell',
  uploadPack: 'git-upload-pack',
};
const REMOTE: Remote = {
  name: remoteName('o'),
  url: 'h:d',
  uri: 'ssh://h/~/d',
  onThisHost: true,
  rungs: [
    { kind: 'annex-shell', target: TARGET },
    { kind: 'poll', why: 'the server cannot notify', everyMs: 1_000, target: TARGET },
  ],
  refs: { refspecs: [], tags: true },
  fetches: true,
};

/** A remote whose host has no git-annex-shell, and answers when it is polled; `hear` speaks for the link that is open. */
function makeStage(config = REMOTE, fault?: Error) {
  const events = createLineLog('the remote');
  const time = { nowMs: 0 };
  const shown = { changes: 0 };
  const link: { hear?: (report: Report) => void; task?: LinkTask; answer?: typeof answerOf } = {};
  const faults: { said?: string; fetch?: Error | undefined } = { fetch: fault };
  const tools: RemoteTools = {
    say: (message) => {
      events.push('text' in message ? `${message.kind} ${message.text}` : message.kind);
      if (message.kind === faults.said) throw new Error('nobody hears');
    },
    log: (_remote, text) => events.push(`log ${text}`),
    debug: () => undefined,
    taskFor: ({ name, url, refs }, rung) => ({ ...NO_PLACE, remote: name, url, refs, rung }),
    openLoop: ({ task }, hear) => {
      const { rung } = task;
      events.push(`open ${rung.kind}`);
      queueMicrotask(() => hear((link.answer ?? answerOf)(rung.kind)));
      link.hear = hear;
      link.task = task;
      const close = (): void => {
        events.push('close');
        hear({ kind: 'ended', ending: { kind: 'closed' } });
      };
      return {
        close,
        order: ({ kind }) => {
          if (kind === 'check') events.push('compare');
          if (kind === 'prove') events.push('prove');
        },
      };
    },
    gates: createGates(),
    accounts: createAccounts(() => time.nowMs),
    git: {
      requestFetch: (turn) => {
        events.push('fetch');
        if (faults.fetch) throw faults.fetch;
        turn.started();
        turn.done({ ok: true }, NO_WORK);
      },
      requestPush: (turn) => {
        events.push('push');
        turn.started();
        turn.done({ ok: false, failure: { code: 'unreachable', detail: 'nobody is there' } }, NO_WORK);
      },
      withdraw: () => undefined,
    },
    noteChannels: () => undefined,
    hearOfPeer: () => undefined,
    wasReached: () => false,
    sawActivity: () => undefined,
    noteChild: () => undefined,
    endChildren: () => undefined,
    isHere: () => false,
    tagsMark: () => undefined,
    isOnline: () => true,
    neighbourTries: () => false,
    linkMoved: () => undefined,
    held: () => 'no',
    whyHeld: () => undefined,
    checkMs: () => 20,
    statusChanged: () => {
      shown.changes += 1;
    },
    gone: () => undefined,
    nowMs: () => time.nowMs,
    wallMsOf: (ms) => ms,
    random: () => 0.5,
  };
  const remote = createWatchedRemote(config, tools);
  onTestFinished(() => remote.remove('now'));
  const status = () => statusOf(remote.record(), 'no');
  const hear = (report: Report) => link.hear?.(report);
  const answersBy = (answer: typeof answerOf): void => {
    link.answer = answer;
  };
  return { events, time, remote, status, shown, faults, task: () => link.task, hear, answersBy };
}

const NO_PLACE = { directory: '/', repositoryVariables: {}, secrets: {} };

function answerOf(kind: Rung['kind']): Report {
  const failure = { code: 'shell-missing', detail: 'git-annex-shell: not found' } as const;
  if (kind === 'annex-shell') return { kind: 'ended', ending: { kind: 'failed', failure } };
  return { kind: 'connected', how: 'a test', relay: false, checks: false };
}

test('at each check a polled remote is fetched, and after a day asked for a better way to watch it', async () => {
  const { events, time, remote, status } = makeStage();
  remote.want();
  for (const event of ['open annex-shell', 'open poll', 'CONNECTED', 'fetch', 'fetch', 'fetch'])
    await events.next(event);
  expect(status().whyNotBetter).toBe('git-annex-shell: not found');
  time.nowMs += 25 * 3_600_000;
  for (const event of ['DISCONNECTED', 'open annex-shell', 'open poll', 'CONNECTED', 'fetch']) await events.next(event);
  expect(events.count('open annex-shell')).toBe(2);
  expect(events.count(/^WARNING/)).toBe(0);
});

test('how git asked over one link is known to the next', async () => {
  const { events, remote, task, hear } = makeStage();
  remote.want();
  await events.next('CONNECTED');
  expect(task()?.requestShapes).toBeUndefined();
  const asked = { listing: { command: 'ls-refs', capabilities: [], args: ['peel'] } };
  hear({ kind: 'request-shapes', shapes: asked });
  remote.renew(REMOTE);
  await events.next('DISCONNECTED');
  await events.next('CONNECTED');
  expect(task()?.requestShapes).toEqual(asked);
});

test('a remote that is pinned to a way which is not possible says what to do, in the WARNING and in status', async () => {
  const pin = { key: 'remote.o.remotedaemonNotify', value: 'annex-shell' } as const;
  const { events, remote, status } = makeStage({ ...REMOTE, rungs: [REMOTE.rungs[0]], pin });
  remote.want();
  const text = `git-annex-shell: not found; ${pin.key} asks for this way: unset it to let the daemon choose`;
  await events.next(`WARNING ${text}`);
  expect(status()).toMatchObject({ state: 'down', lastError: { text } });
});

describe('why a remote is not connected', () => {
  const failed = (detail: string): Report => ({
    kind: 'ended',
    ending: { kind: 'failed', failure: { code: 'unreachable', detail } },
  });

  test('is told by one line, the warning, and is not repeated at each try until it is another', async () => {
    const { events, remote, answersBy } = makeStage();
    answersBy(() => failed('refused after 1 ms'));
    remote.want();
    await events.next('WARNING refused after 1 ms');
    answersBy(() => failed('refused after 2 ms'));
    remote.lookAgain(true);
    await events.next('open annex-shell');
    answersBy(() => failed('no route'));
    remote.lookAgain(true);
    await events.next('WARNING no route');
    expect(events.count(/refused|^log/)).toBe(1);
  });

  test('is told by one line, that it was disconnected, where it was connected', async () => {
    const { events, remote, answersBy, hear } = makeStage();
    remote.want();
    await events.next('CONNECTED');
    answersBy(() => failed('it broke'));
    hear(failed('it broke'));
    await events.next('DISCONNECTED');
    remote.lookAgain(true);
    await events.next('WARNING it broke');
    remote.lookAgain(true);
    await events.next('open annex-shell');
    expect(events.count(/it broke/)).toBe(1);
    expect(events.count(/^log/)).toBe(0);
  });

  test('is told without what each try says, which is told once', async () => {
    const { events, remote, answersBy, hear } = makeStage();
    answersBy(() => {
      hear({ kind: 'log', text: 'another program is tried' });
      return failed('refused');
    });
    remote.want();
    await events.next('WARNING refused');
    answersBy(() => {
      hear({ kind: 'log', text: 'another program is tried' });
      return failed('no route');
    });
    remote.lookAgain(true);
    await events.next('WARNING no route');
    expect(events.count('log another program is tried')).toBe(1);
    answersBy(answerOf);
    remote.lookAgain(true);
    await events.next('CONNECTED');
    for (let time = 0; time < 2; time += 1) hear({ kind: 'log', text: 'another program is tried' });
    expect(events.count('log another program is tried')).toBe(3);
  });

  test('is told again after somebody asked to try everything anew, and after it was connected', async () => {
    const { events, remote, answersBy, hear } = makeStage();
    answersBy(() => failed('refused'));
    remote.want();
    await events.next('WARNING refused');
    remote.want();
    await events.next('WARNING refused');
    answersBy(answerOf);
    remote.lookAgain(true);
    await events.next('CONNECTED');
    answersBy(() => failed('refused'));
    hear(failed('it broke'));
    remote.lookAgain(true);
    await events.next('WARNING refused');
  });
});

test('when a polled remote last answered is shown while it is connected, and leads to nothing else', async () => {
  const { events, time, remote, status, shown, hear } = makeStage();
  remote.want();
  await events.next('CONNECTED');
  events.forget();
  time.nowMs = 7_000;
  const before = shown.changes;
  hear({ kind: 'polled' });
  expect(status().lastPoll).toBe('1970-01-01T00:00:07.000Z');
  expect(shown.changes).toBe(before + 1);
  expect(events.count(/^log/)).toBe(0);
  remote.hold('now');
  hear({ kind: 'polled' });
  expect(status()).not.toHaveProperty('lastPoll');
});

test('what a polled remote told of and nobody has found here is compared, and fetched again if it is not', async () => {
  const { events, remote, hear } = makeStage({ ...REMOTE, comparison: { pruned: [] } });
  remote.want();
  await events.next('CONNECTED');
  hear({ kind: 'connected', how: 'again', relay: false, checks: true });
  const fetches = events.count('fetch');
  hear({ kind: 'polled' });
  expect(events.count('compare')).toBe(0);
  hear({ kind: 'polled', unproven: true });
  expect(events.count('compare')).toBe(1);
  hear({ kind: 'checked', allHere: false, asked: 1 });
  expect(events.count('fetch')).toBe(fetches + 1);
});

test('a config by which a fetch does something else asks for one, and no other config does', async () => {
  const comparison = { pruned: [] };
  const { events, remote } = makeStage({ ...REMOTE, comparison });
  remote.want();
  await events.next('CONNECTED');
  await events.next('fetch');
  const fetches = events.count('fetch');
  remote.adopt({ ...REMOTE, comparison: { ...comparison } });
  expect(events.count('fetch')).toBe(fetches);
  remote.adopt({ ...REMOTE, comparison: { pruned: ['+refs/heads/*:refs/remotes/o/*'] } });
  expect(events.count('fetch')).toBe(fetches + 1);
});

test('a push that is to be tried again is not, nor keeps the daemon busy, when the config wants none any more', async () => {
  const { events, remote, shown } = makeStage({ ...REMOTE, push: { refspecs: [] } });
  remote.want();
  await events.next('CONNECTED');
  remote.offer(['refs/heads/x']);
  await events.next('push');
  expect(remote.record().push.kind).toBe('backing-off');
  remote.renew(REMOTE);
  expect(remote.record().push.kind).toBe('still');
  await events.next('DISCONNECTED');
  await events.next('CONNECTED');
  const before = shown.changes;
  // By then one that spins has shown hundreds.
  await new Promise((resolve) => setImmediate(resolve));
  expect(shown.changes - before).toBeLessThan(10);
});

test('what is thrown while a remote is seen to ends its link, is told, and has it tried again; whoever called goes on', async () => {
  const { events, remote, status } = makeStage(REMOTE, new Error('a bug'));
  remote.want();
  await events.next('CONNECTED');
  await events.next(/^log fault here: Error: a bug/);
  await events.next('DISCONNECTED');
  await events.next(/^WARNING a fault in the daemon itself/);
  expect(status()).toMatchObject({ state: 'waiting', nextTry: expect.any(String) });
});

test('whoever asks for a fetch is answered also where that throws', async () => {
  const { events, remote, faults } = makeStage();
  remote.want();
  await events.next('DONESYNCING');
  faults.fetch = new Error('a bug');
  const asked = remote.ask({ wish: 'fetched', gone: new AbortController().signal });
  expect(await asked).toMatchObject({ ok: false, text: expect.stringContaining('a fault in the daemon itself') });
  await events.next(/^log fault here: Error: a bug/);
});

test.each([
  ['fetch', 'SYNCING'],
  ['fetch', 'DONESYNCING'],
  ['push', 'SYNCING'],
  ['push', 'DONESYNCING'],
])('after a fault when a %s says %s nothing waits for what is over, and the next link goes on', async (kind, said) => {
  const { events, remote, faults } = makeStage({ ...REMOTE, push: { refspecs: [] } });
  if (kind === 'fetch') faults.said = said;
  remote.want();
  await events.next('CONNECTED');
  faults.said = said;
  if (kind === 'push') remote.offer(['refs/heads/x']);
  await events.next(/^log fault here: Error: nobody hears/);
  await events.next('close');
  const { sync, push } = remote.record();
  expect([sync.kind, push.kind, push.offered]).toEqual(['still', 'still', kind === 'push' ? ['refs/heads/x'] : []]);
  delete faults.said;
  events.forget();
  remote.want();
  for (const event of ['CONNECTED', kind, 'DONESYNCING']) await events.next(event);
});

test('a link is closed although nobody could be told that it is', async () => {
  const { events, remote, faults } = makeStage();
  remote.want();
  await events.next('CONNECTED');
  faults.said = 'DISCONNECTED';
  remote.hold('now');
  await events.next('close');
  expect(remote.record().link.kind).toBe('idle');
});
