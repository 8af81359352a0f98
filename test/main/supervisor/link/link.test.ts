// Owns: by which way git reaches a remote over its link, and whose turn it is to log in.
// Leaves: real links (test/end-to-end), and the turns themselves (login-slots.test.ts).
import { describe, expect, it } from 'vitest';
import { createLoginSlots } from '../../../../src/main/supervisor/link/gates.ts';
import { openRemoteLink, type RemoteLink } from '../../../../src/main/supervisor/link/link.ts';
import { remoteName } from '../../../../src/shared/remote.ts';
import type { Rung } from '../../../../src/shared/rungs/rungs.ts';
import type { LinkTask, Report } from '../../../../src/shared/thread-messages.ts';
import { target } from './ssh-target.ts';

const SOCKET = '/relay/1';

const taskOf = (rung: Rung): LinkTask => ({
  remote: remoteName('o'),
  url: 'h:d',
  rung,
  refs: { refspecs: [], tags: true },
  directory: '/',
  repositoryVariables: {},
  relaySocket: SOCKET,
  secrets: {},
});

/** Links that never answer, but for those that are told to be connected. */
function makeLinks() {
  const logins = createLoginSlots(1);
  const opened: string[] = [];
  const open = (rung: Rung): { readonly link: RemoteLink; readonly connect: (relay: boolean) => void } => {
    let hear: (report: Report) => void = () => undefined;
    const openLink = (task: LinkTask, listener: (report: Report) => void) => {
      opened.push(task.rung.kind);
      hear = listener;
      return { close: () => undefined, check: () => undefined };
    };
    const link = openRemoteLink(taskOf(rung), { logins, openLink }, () => undefined);
    return { link, connect: (relay) => hear({ kind: 'connected', how: 'a test', relay, checks: false }) };
  };
  return { open, opened };
}

describe('git over a link', () => {
  const wayAfter = (...fetches: readonly boolean[]): string | undefined => {
    const { link, connect } = makeLinks().open({ kind: 'annex-shell', target });
    connect(true);
    for (const ok of fetches) link.fetched(ok);
    return link.relaySocket();
  };

  it('goes through the relay', () => expect(wayAfter(true)).toBe(SOCKET));
  it('goes its own way after the relay failed', () => expect(wayAfter(false)).toBeUndefined());
  it('goes back to the relay when its own way worked', () => expect(wayAfter(false, true)).toBe(SOCKET));
  it('goes back to the relay when its own way failed, too', () => expect(wayAfter(false, false)).toBe(SOCKET));
  it('stays on its own way when the relay failed time and again', () =>
    expect(wayAfter(false, true, false, true, true)).toBeUndefined());

  it('has no relay where none was offered', () => {
    const { link, connect } = makeLinks().open({ kind: 'annex-shell', target });
    connect(false);
    link.fetched(false);
    expect([link.hasRelay(), link.relaySocket()]).toEqual([false, undefined]);
  });
});

describe('a turn to log in', () => {
  it('is waited for by who logs in, and by nobody else', () => {
    const { open, opened } = makeLinks();
    const first = open({ kind: 'annex-shell', target });
    open({ kind: 'server-watch', target });
    open({ kind: 'local-watch', path: '/r' });
    open({ kind: 'poll', why: 'https', everyMs: 60_000 });
    expect(opened).toEqual(['annex-shell', 'local-watch', 'poll']);
    first.connect(false);
    expect(opened).toContain('server-watch');
  });
});
