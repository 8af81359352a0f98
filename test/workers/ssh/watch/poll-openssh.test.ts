// Owns: polling over one login of a real sshd, by the kinds of account that serve git and tell nothing.
// Leaves: servers that misbehave (poll.test.ts), and the fetches that follow (test/end-to-end/poll-ssh.test.ts).
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../../../support/next-line.ts';
import { startOpensshPeer } from '../../../support/openssh-peer.ts';
import { lacksPeers } from '../../../support/peers.ts';
import { setUpSshClient } from '../../../support/ssh-client.ts';
import { startTcpProxy } from '../../../support/tcp-proxy.ts';
import { makeScratch, makeServerRepo, type Scratch, type ServerRepo } from '../../../support/temp-repo.ts';
import { openLink, targetOf } from '../link.ts';

const skipped = lacksPeers('polling over a real ssh server', 'sshd', 'ssh', 'git-shell');

const EVERY_MS = 60;

/** What goes before the key in authorized_keys. */
type Account = (scratch: Scratch, repo: ServerRepo) => string;

const withShell: Account = () => '';
const gitShell: Account = () => 'restrict,command="git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"" ';
const ACCOUNTS: readonly (readonly [string, Account])[] = [
  ['an account with a shell', withShell],
  ['git-shell', gitShell],
  ['a forced command that serves one repository, whatever it is asked', forcedUploadPack],
];

function forcedUploadPack(scratch: Scratch, repo: ServerRepo): string {
  const script = join(scratch.directory, 'forced');
  writeFileSync(script, `#!/bin/sh\nexec git upload-pack '${repo.directory}'\n`);
  chmodSync(script, 0o755);
  return `restrict,command="${script}" `;
}

async function makePlace(account: Account) {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeServerRepo(scratch);
  const client = setUpSshClient(scratch.home);
  const peer = await startOpensshPeer(onTestFinished, scratch, [`${account(scratch, repo)}${client.key.publicKey}`]);
  client.trust(peer.knownHosts);
  const target = targetOf(client, { host: peer.host, port: peer.port, path: repo.directory });
  const push = (...what: readonly string[]) => repo.writer.git('push', '--quiet', '--force', 'origin', ...what);
  return { scratch, repo, client, peer, target, push };
}

describe.skipIf(skipped)('polled over one login', () => {
  test.each(ACCOUNTS)('%s: each kind of change is told by name', async (_name, account) => {
    const { scratch, repo, peer, target, push } = await makePlace(account);
    const older = await repo.git('rev-parse', 'main');
    const { reports } = openLink(onTestFinished, scratch, target, {
      rung: { kind: 'poll', why: 'a test', everyMs: EVERY_MS, target },
    });
    await reports.next('connected listing its refs over ssh every 0 s');
    const newer = await repo.pushCommit();
    await reports.next(`moved refs/heads/main to ${newer}`);
    await push(`${older}:refs/heads/main`);
    await reports.next(`moved refs/heads/main to ${older}`);
    await push(`${older}:refs/heads/of/old`);
    await reports.next(`moved refs/heads/of/old to ${older}`);
    await push(`${older}:refs/tags/of-old`);
    await reports.next(`moved refs/tags/of-old to ${older}`);
    await repo.git('pack-refs', '--all');
    await push(':refs/heads/of/old', `${newer}:refs/pull/1/head`);
    await reports.next('moved refs/heads/of/old is gone');
    expect(reports.count(/^moved/)).toBe(5);
    expect(peer.logins()).toBe(1);
  });

  test.each([
    ['an account with a shell, which lists by protocol v2 what the refspecs want', withShell, 3_000],
    ['git-shell, whose v0 lists everything', gitShell, 12_000],
  ] as const)('%s: a poll costs little', async (_name, account, mostBytes) => {
    const { scratch, repo, client, peer, target } = await makePlace(account);
    await makeRefs(repo, 'refs/pull', 100);
    const proxy = await startTcpProxy(onTestFinished, peer.host, peer.port);
    client.trust(peer.knownHosts.replace(`:${peer.port}`, `:${proxy.port}`));
    const through = { ...target, port: proxy.port };
    const link = openLink(onTestFinished, scratch, through, {
      rung: { kind: 'poll', why: 'a test', everyMs: EVERY_MS, target: through },
    });
    const polls = () => peer.log().match(/Starting session: /g)?.length ?? 0;
    const untilPolls = (count: number) => until(`${count} polls`, () => polls() >= count);
    await link.reports.next(/^connected/);
    await untilPolls(3);
    const [bytesBefore, pollsBefore] = [proxy.bytes(), polls()];
    await untilPolls(pollsBefore + 10);
    const bytesEach = (proxy.bytes() - bytesBefore) / (polls() - pollsBefore);
    process.stderr.write(`a poll over ssh, 100 unwanted refs, ${_name}: ${Math.round(bytesEach)} bytes\n`);
    expect(bytesEach).toBeLessThan(mostBytes);
  });
});

async function makeRefs({ git }: ServerRepo, below: string, count: number): Promise<void> {
  const tip = await git('rev-parse', 'main');
  for (let made = 0; made < count; made += 1) await git('update-ref', `${below}/${made}/head`, tip);
}
