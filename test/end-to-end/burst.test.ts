// Owns: that one commit that comes to all mirrors of a repository is fetched by one or two gits, and is everywhere told as if each had been fetched.
// Leaves: which refs are moved without a fetch (test/main/git/found-here.test.ts), and whose turn it is (git-lane.test.ts).
import { appendFileSync, cpSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runProgram, startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { startOpensshPeer } from '../support/openssh-peer.ts';
import { lacksPeers } from '../support/peers.ts';
import { untilQuiet } from '../support/scene.ts';
import { setUpSshClient } from '../support/ssh-client.ts';
import { cloneRepo, makeScratch, makeServerRepo, openRepo } from '../support/temp-repo.ts';

const MIRRORS = 12;
/** So many run at once: when the first is over, all others find what it has brought. */
const MOST_FETCHES = 2;

test.skipIf(lacksPeers('many mirrors behind a real server', 'sshd', 'ssh'))(
  'a commit that comes to twelve mirrors is fetched once or twice, and told of each',
  async () => {
    const scratch = makeScratch(onTestFinished);
    const server = await makeServerRepo(scratch);
    const client = setUpSshClient(scratch.home);
    const peer = await startOpensshPeer(onTestFinished, scratch, [client.key.publicKey]);
    client.trust(peer.knownHosts);
    const names = Array.from({ length: MIRRORS }, (_, index) => `m${index}`);
    const mirrors = names.map((name) => {
      const directory = join(scratch.directory, `${name}.git`);
      cpSync(server.directory, directory, { recursive: true });
      return openRepo(directory, scratch.env);
    });
    const clone = await cloneRepo(scratch, server.directory, 'clone');
    await client.useIn(clone);
    await clone.git('remote', 'remove', 'origin');
    const sections = mirrors.map(
      ({ directory }, index) => `[remote "${names[index]}"]
	url = ${peer.url(directory)}
	fetch = +refs/heads/*:refs/remotes/${names[index]}/*
	annex-ignore = true
`,
    );
    appendFileSync(join(clone.directory, '.git/config'), `${sections.join('')}[remotedaemon] logLevel = debug\n`);
    // What was changed just now is not believed to be told from what is changed next.
    for (const place of ['refs/tags', 'packed-refs']) utimesSync(join(clone.directory, '.git', place), 0, 0);
    const daemon = startDaemon(onTestFinished, clone.directory, scratch.env);
    await Promise.all(names.map((name) => daemon.line(`CONNECTED ${name}`)));
    await untilQuiet(daemon);

    const before = await server.git('rev-parse', 'main');
    const logged = daemon.stderr().length;
    daemon.lines.forget();
    const tip = await server.pushCommit();
    for (const { directory } of mirrors) {
      cpSync(join(server.directory, 'objects'), join(directory, 'objects'), { recursive: true });
    }
    await Promise.all(mirrors.map((mirror) => mirror.git('update-ref', 'refs/heads/main', tip)));
    await until('all are here', () => names.every((name) => tipOf(clone.directory, name) === tip));
    await untilQuiet(daemon);
    const gits =
      daemon
        .stderr()
        .slice(logged)
        .match(/runs git .*/g) ?? [];
    const fetches = gits.filter((line) => line.includes(' fetch '));
    expect(fetches.length).toBeGreaterThan(0);
    expect(fetches.length).toBeLessThanOrEqual(MOST_FETCHES);

    for (const name of names) {
      expect(daemon.lines.count(`SYNCING ${name}`)).toBe(daemon.lines.count(`DONESYNCING ${name} 1`));
      expect(daemon.lines.count(`DONESYNCING ${name} 1`)).toBeGreaterThan(0);
      const log = readFileSync(join(clone.directory, '.git/logs/refs/remotes', name, 'main'), 'utf8').trimEnd();
      const [last = ''] = log.split('\n').slice(-1);
      expect(last).toMatch(new RegExp(`^${before} ${tip} .*\tremote-daemon: fast-forward$`));
      expect(daemon.stderr()).toMatch(
        new RegExp(`info +${name}: fetched main ${before.slice(0, 7)}\\.\\.${tip.slice(0, 7)} `),
      );
    }
    const status = JSON.parse((await runProgram(clone.directory, scratch.env, 'status', '--json')).stdout);
    expect(status.remotes.map(({ lastSync }: { lastSync: { ok: boolean } }) => lastSync.ok)).toEqual(
      names.map(() => true),
    );
  },
);

function tipOf(directory: string, remote: string): string {
  try {
    return readFileSync(join(directory, '.git/refs/remotes', remote, 'main'), 'utf8').trimEnd();
  } catch {
    return '';
  }
}
