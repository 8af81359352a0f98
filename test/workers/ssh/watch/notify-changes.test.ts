// Owns: one link's whole life over the embedded server: what is told, what is passed over, and how it ends.
// Leaves: logins (ssh2-connection.test.ts), the ssh program (openssh-connection.test.ts), fetching (relay.test.ts).
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../../../support/next-line.ts';
import { lacksPeers } from '../../../support/peers.ts';
import {
  droppingAfterReady,
  gitOnly,
  neverReady,
  noAnnexRepository,
  noAnnexShell,
  oldAnnexShell,
  sayingFirst,
  sayingOnly,
} from '../../../support/ssh-scripts.ts';
import { CONNECTED, makeWorld, openLink } from '../link.ts';

test('a push is told as moved, over one login', async () => {
  const { scratch, repo, peer, target } = await makeWorld(onTestFinished);
  const link = openLink(onTestFinished, scratch, target);
  await link.reports.next(CONNECTED);
  for (const branch of ['main', 'main', 'new/branch']) {
    await repo.pushCommit(branch);
    await link.reports.next('moved');
  }
  await link.close('kindly');
  expect(await link.ended).toBeUndefined();
  expect([peer.logins(), peer.execs()]).toEqual([1, [`git-annex-shell 'notifychanges' '${repo.directory}'`]]);
  await until('the server has no connection', () => peer.connections() === 0);
});

test.each(['kindly', 'now'] as const)('a link that is told to close %s leaves nothing open', async (how) => {
  const { scratch, peer, target } = await makeWorld(onTestFinished);
  const link = openLink(onTestFinished, scratch, target);
  await link.reports.next(CONNECTED);
  await link.close(how);
  expect(await link.ended).toBeUndefined();
  await until('the server has no connection', () => peer.connections() === 0);
});

test('a server that does not let go is left when told to close now', async () => {
  const { scratch, peer, target } = await makeWorld(onTestFinished);
  peer.script(sayingOnly('READY\n'));
  const link = openLink(onTestFinished, scratch, target);
  await link.reports.next(CONNECTED);
  peer.freeze();
  await link.close('now');
});

test('a link is closed while it is still being opened', async () => {
  const { scratch, peer, target } = await makeWorld(onTestFinished);
  peer.script(neverReady);
  const early = openLink(onTestFinished, scratch, target);
  await early.close('kindly');
  const late = openLink(onTestFinished, scratch, target);
  await until('notifychanges is asked for', () => peer.execs().length > 0);
  await late.close('kindly');
  expect([await early.ended, await late.ended]).toEqual([undefined, undefined]);
});

describe('lines that are no notification', () => {
  test('are only logged before READY, where login scripts talk', async () => {
    const { scratch, repo, peer, target } = await makeWorld(onTestFinished);
    peer.script(sayingFirst('Welcome \u001b[31mto\u0007 the server\nCHANGED too soon\n\n'));
    const link = openLink(onTestFinished, scratch, target);
    await link.reports.next(/^log not a notification: the server says: "Welcome +\[31mto +the server"$/);
    await link.reports.next(CONNECTED);
    expect(link.reports.count('moved')).toBe(0);
    await repo.pushCommit();
    await link.reports.next('moved');
  });

  test('count as moved after READY, as they may hide a notification', async () => {
    const { scratch, peer, target } = await makeWorld(onTestFinished);
    const odd = ['what?', 'changed 1234', 'CHANGED', `CHANGED ${'x'.repeat(40_000)}`, 'READY now', '\u0000'];
    peer.script(sayingOnly(`READY\n${odd.join('\n')}\nREADY\nCHANGED 1234\r\n`));
    const link = openLink(onTestFinished, scratch, target);
    await link.reports.next(CONNECTED);
    for (const _line of [...odd, 'CHANGED']) await link.reports.next('moved');
    expect(link.reports.count(/^log not a notification/)).toBe(odd.length);
    await link.close('kindly');
    expect([link.reports.count('moved'), await link.ended]).toEqual([odd.length + 1, undefined]);
  });

  test('end the link when a hundred come in a short time', async () => {
    const { scratch, peer, target } = await makeWorld(onTestFinished);
    peer.script(sayingOnly(`READY\n${'x\n'.repeat(99)}CHANGED 1\n`));
    const patient = openLink(onTestFinished, scratch, target);
    for (let moved = 0; moved < 100; moved += 1) await patient.reports.next('moved');
    await patient.close('kindly');
    expect(await patient.ended).toBeUndefined();
    const mixed = `READY\n${'x\nCHANGED 1\n'.repeat(5_000)}`;
    for (const noise of ['x\n'.repeat(100), `READY\n${'x\n'.repeat(5_000)}`, mixed]) {
      peer.script(sayingOnly(noise));
      const link = openLink(onTestFinished, scratch, target);
      expect(await link.ended).toMatchObject({ code: 'too-much-noise' });
    }
  });
});

describe('a server that cannot notify', () => {
  test.each([
    ['without git-annex-shell', noAnnexShell, 'shell-missing', 'sh: 1: git-annex-shell: not found'],
    ['with a git-annex-shell too old for it', oldAnnexShell, 'no-notifychanges', /too old to tell of changes/],
    ['that serves only git', gitOnly, 'shell-missing', /unrecognized command 'git-annex-shell/],
    ['whose repository knows no git-annex', noAnnexRepository, 'shell-missing', /'git annex init'/],
  ] as const)('is told by its words: one %s', async (_what, script, code, detail) => {
    const { scratch, peer, target } = await makeWorld(onTestFinished);
    peer.script(script);
    const failure = await openLink(onTestFinished, scratch, target).ended;
    expect(failure).toEqual({ code, detail: expect.stringMatching(detail) });
    await until('the connection is closed', () => peer.connections() === 0);
  });

  test('is told from one that lacks the repository', async () => {
    const { scratch, repo, target } = await makeWorld(onTestFinished);
    const failure = await openLink(onTestFinished, scratch, { ...target, path: `${repo.directory}-gone` }).ended;
    expect(failure).toMatchObject({ code: 'no-repository' });
  });
});

const keepsOwnTime = lacksPeers('a keepalive that the config sets', 'ssh');

describe('a link that breaks', () => {
  test('right after READY is dropped', async () => {
    const { scratch, peer, target } = await makeWorld(onTestFinished);
    peer.script(droppingAfterReady);
    expect(await openLink(onTestFinished, scratch, target).ended).toMatchObject({ code: 'dropped' });
  });

  test('later is dropped as well, and so is one whose notifychanges ends', async () => {
    const { scratch, peer, target } = await makeWorld(onTestFinished);
    const cut = openLink(onTestFinished, scratch, target);
    await cut.reports.next(CONNECTED);
    peer.dropConnections();
    expect(await cut.ended).toMatchObject({ code: 'dropped' });
    peer.script(({ channel }) => {
      channel.write('READY\n');
      channel.exit(1);
      channel.end();
    });
    expect(await openLink(onTestFinished, scratch, target).ended).toMatchObject({ code: 'dropped' });
  });

  test.skipIf(keepsOwnTime)('without a word is noticed by its silence', async () => {
    const { scratch, client, peer, target } = await makeWorld(onTestFinished);
    client.configure('Host *\n ServerAliveInterval 1\n ServerAliveCountMax 2');
    const link = openLink(onTestFinished, scratch, target);
    await link.reports.next(CONNECTED);
    peer.freeze();
    expect(await link.ended).toEqual({ code: 'timed-out', detail: 'nothing was heard from 127.0.0.1 for 3 s' });
  });

  test('that may be dead has to answer soon, and is ended where it does not', async () => {
    const { scratch, peer, repo, target } = await makeWorld(onTestFinished);
    const link = openLink(onTestFinished, scratch, target);
    const { atMs } = await link.reports.next(CONNECTED);
    link.prove(2_000);
    await until('the time for an answer is over', () => performance.now() > atMs + 2_500);
    await repo.pushCommit();
    await link.reports.next('moved');
    peer.freeze();
    link.prove(1_000);
    expect(await link.ended).toEqual({ code: 'timed-out', detail: 'nothing was heard from 127.0.0.1 for 1 s' });
  });

  test.skipIf(keepsOwnTime)('stays up for as long as the server answers', async () => {
    const { scratch, client, repo, target } = await makeWorld(onTestFinished);
    client.configure('Host *\n ServerAliveInterval 1\n ServerAliveCountMax 2');
    const link = openLink(onTestFinished, scratch, target);
    const { atMs } = await link.reports.next(CONNECTED);
    await until('several answers have come', () => performance.now() > atMs + 4_500);
    await repo.pushCommit();
    await link.reports.next('moved');
  });
});
