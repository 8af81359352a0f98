// Owns: what each rung tells of itself.
// Leaves: which rungs a remote has (test/main/config/rungs), and which is used (test/main/supervisor/link).
import { expect, test } from 'vitest';
import { RUNGS, type Rung, rowOf } from '../../../src/shared/rungs/rungs.ts';
import type { SshTarget } from '../../../src/shared/ssh-target.ts';

const target: SshTarget = {
  host: 'h',
  path: 'd',
  command: { kind: 'options', program: 'ssh', options: [] },
  annexShell: 'git-annex-shell',
  uploadPack: 'git-upload-pack',
};
const POLL = { kind: 'poll', why: 'it tells nothing', everyMs: 60_000 } as const;

test('every row is found by its rung', () => {
  expect(rowOf({ kind: 'local-watch', path: '/r' })).toBe(RUNGS['local-watch']);
  expect(rowOf(POLL)).toBe(RUNGS.poll);
});

test.each<[Rung, string]>([
  [{ kind: 'server-watch', target }, 'a watcher on the server, over ssh'],
  [{ kind: 'annex-shell', target }, 'git-annex-shell notifychanges over ssh'],
  [{ kind: 'local-watch', path: '/r' }, 'a file system watch of /r'],
  [{ ...POLL, target }, 'listing its refs over ssh every 60 s'],
  [POLL, 'git ls-remote every 60 s'],
  [{ kind: 'notify-command', command: 'wait-for\nit' }, 'its own command, wait-for it'],
])('%j is described as %s', (rung, description) => {
  expect(rowOf(rung).describe(rung)).toBe(description);
});

test('who is reached without ssh offers git no relay', () => {
  const COMMAND = { kind: 'notify-command', command: 'x' } as const;
  for (const rung of [{ kind: 'local-watch', path: '/r' } as const, POLL, COMMAND]) {
    expect(rowOf<Rung['kind']>(rung).relay(rung)).toBeUndefined();
  }
});

test('what a remote helper keeps on a server is watched there, and not fetched over that link', () => {
  for (const kind of ['server-watch', 'annex-shell'] as const) {
    const rungs: readonly Rung[] = [
      { kind, target },
      { kind, target, behindHelper: true },
    ];
    expect(rungs.map((rung) => rowOf(rung).relay(rung))).toEqual([{ kind: 'ssh', target }, undefined]);
  }
});

test('how often it is polled is no part of the link, and all else is', () => {
  const slower = { ...POLL, everyMs: 70_000 };
  expect(RUNGS.poll.linkPart(slower)).toEqual(RUNGS.poll.linkPart(POLL));
  expect(RUNGS.poll.linkPart({ ...POLL, target })).not.toEqual(RUNGS.poll.linkPart(POLL));
});
