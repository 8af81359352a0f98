// Owns: whose turn it is to log in.
// Leaves: real links (test/end-to-end), and the turns themselves (gates.test.ts).
import { describe, expect, it } from 'vitest';
import { createLoginSlots, createPollSlots } from '../../../../src/main/supervisor/link/gates.ts';
import { type LinkTools, openLink } from '../../../../src/main/supervisor/link/link.ts';
import { remoteName } from '../../../../src/shared/remote.ts';
import type { Rung } from '../../../../src/shared/rungs/rungs.ts';
import type { LinkTask } from '../../../../src/shared/thread-messages.ts';
import { target } from './ssh-target.ts';

const taskOf = (rung: Rung): LinkTask => ({
  remote: remoteName('o'),
  url: 'h:d',
  rung,
  refs: { refspecs: [], tags: true },
  directory: '/',
  repositoryVariables: {},
  secrets: {},
});

const LOGS_NOTHING = {
  polls: createPollSlots(),
  log: () => undefined,
  sawActivity: () => undefined,
  noteChild: () => undefined,
  endChildren: () => undefined,
};

/** Loops that never answer, but for those that are told to be connected. */
function makeLinks() {
  const opened: string[] = [];
  let connect = (): void => undefined;
  const tools: LinkTools = {
    ...LOGS_NOTHING,
    logins: createLoginSlots(1),
    openLoop: ({ task }, onReport) => {
      opened.push(task.rung.kind);
      connect = () => onReport({ kind: 'connected', how: 'a test', relay: false, checks: false });
      return { close: () => undefined, check: () => undefined, giveTurn: () => undefined };
    },
  };
  const open = (rung: Rung): void => void openLink(taskOf(rung), tools, () => undefined);
  return { open, opened, connectLast: () => connect() };
}

describe('a turn to log in', () => {
  it('is waited for by who logs in, and by nobody else', () => {
    const { open, opened, connectLast } = makeLinks();
    open({ kind: 'annex-shell', target });
    open({ kind: 'server-watch', target });
    expect(opened).toEqual(['annex-shell']);
    connectLast();
    expect(opened).toEqual(['annex-shell', 'server-watch']);
    open({ kind: 'local-watch', path: '/r' });
    open({ kind: 'poll', why: 'https', everyMs: 60_000 });
    expect(opened.slice(2)).toEqual(['local-watch', 'poll']);
  });
});

it('a link that is closed before its turn came is never opened, and has ended all the same', async () => {
  const { open, opened } = makeLinks();
  open({ kind: 'annex-shell', target });
  const reports: string[] = [];
  const tools = { ...LOGS_NOTHING, logins: createLoginSlots(0), openLoop: () => expect.unreachable() };
  const link = openLink(taskOf({ kind: 'server-watch', target }), tools, ({ kind }) => reports.push(kind));
  link.close('kindly');
  link.close('now');
  await Promise.resolve();
  expect([reports, opened]).toEqual([['ended'], ['annex-shell']]);
});
