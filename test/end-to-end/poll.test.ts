// Owns: the main job against servers that tell nothing, each reached in its own way, and all that can happen to them.
// Leaves: how refs are listed and compared (test/workers), and ssh servers that have a shell (server-watch.test.ts).
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { startGitDaemon } from '../support/git-daemon-peer.ts';
import { startHttpPeer } from '../support/http-peer.ts';
import { until } from '../support/next-line.ts';
import { lacksPeers } from '../support/peers.ts';
import { plainScene, untilStatus } from '../support/scene.ts';

const skipped = lacksPeers('polling', 'sshd', 'ssh', 'git-shell', 'git-http-backend', 'git-daemon');

const REMOTES = ['shell', 'web', 'open'] as const;
/** The shortest that can be configured; jitter is a fifth, and the first fetches take their time. */
const POLL_S = 10;

/** One server repository, as three remotes: by ssh and git-shell, by http and a password, by git daemon. */
async function makePlace() {
  const scene = await plainScene(onTestFinished, {
    keyOptions: 'restrict,command="git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"" ',
  });
  const { scratch, server, clone, peer } = scene;
  const web = await startHttpPeer(onTestFinished, scratch);
  const open = await startGitDaemon(onTestFinished, scratch);
  await clone.git('remote', 'rename', 'origin', 'shell');
  await clone.git('remote', 'add', 'web', web.url(server.directory));
  await clone.git('remote', 'add', 'open', open.url(server.directory));
  await clone.git('config', 'fetch.prune', 'true');
  await clone.git('config', 'remotedaemon.pollInterval', String(POLL_S));
  const helper = join(scratch.directory, 'helper');
  writeFileSync(helper, `#!/bin/sh\n[ "$1" = get ] && printf 'username=${web.user}\\npassword=${web.password}\\n'\n`);
  chmodSync(helper, 0o755);
  await clone.git('config', 'credential.helper', helper);
  const push = (...what: readonly string[]) => server.writer.git('push', '--quiet', '--force', 'origin', ...what);
  return { ...scene, push, peers: [peer, web, open] };
}

type Place = Awaited<ReturnType<typeof makePlace>>;

const untilEach = async (daemon: Daemon, message: string): Promise<void> => {
  await Promise.all(REMOTES.map((remote) => daemon.line(`${message} ${remote}`)));
};

/** Waits until the branches of each remote here, and the tags, are those of the server. */
async function untilAllIsHere({ server, clone }: Place): Promise<void> {
  const below = async (repo: Place['clone'], prefix: string): Promise<string> => {
    const listed = await repo.git('for-each-ref', '--format=%(objectname) %(refname)', prefix);
    return listed.replaceAll(`${prefix}/`, '');
  };
  for (const remote of REMOTES) {
    await until(`${remote} is as the server`, async () => {
      const [there, here] = [await below(server, 'refs/heads'), await below(clone, `refs/remotes/${remote}`)];
      return there === here.replace(/^.* HEAD\n/m, '');
    });
  }
  // git writes them after the branches.
  await until('the tags are those of the server', async () => {
    const [there, here] = [await below(server, 'refs/tags'), await below(clone, 'refs/tags')];
    return there === here;
  });
}

describe.skipIf(skipped)('servers that tell nothing', () => {
  test('are polled: all that moves is fetched, also what moved while they were gone', {
    timeout: 240_000,
  }, async () => {
    const place = await makePlace();
    const { server, scratch, clone, push } = place;
    const older = await server.git('rev-parse', 'main');
    await push(`${await server.pushCommit()}:refs/heads/rewound`, `${older}:refs/heads/deleted`);
    const daemon = startDaemon(onTestFinished, clone.directory, scratch.env);
    await untilEach(daemon, 'CONNECTED');
    await untilAllIsHere(place);
    const ways = [
      /connected {2}polled: the server offers no shell {2}/,
      /watched by listing its refs over ssh every 10 s \(the server offers no shell\)$/m,
      /watched by git ls-remote every 10 s \(servers tell of no changes over http\)/,
      /watched by git ls-remote every 10 s \(servers tell of no changes over git\)/,
    ];
    for (const way of ways) await untilStatus(place, way);
    await untilStatus(place, /(?:^ {2}asked (?:just now|\d+ s ago)$[\s\S]*){3}/m);

    const logins = place.peer.logins();
    for (let pushes = 0; pushes < 50; pushes += 1) await server.pushCommit();
    await push(`${older}:refs/heads/rewound`, `${older}:refs/heads/of/old`, `${older}:refs/tags/on-old`);
    await push(':refs/heads/deleted');
    await untilAllIsHere(place);
    expect(daemon.lines.count(/^(WARNING|DISCONNECTED)/)).toBe(0);
    expect(place.peer.logins()).toBe(logins);

    await Promise.all(place.peers.map((peer) => peer.stop()));
    await untilEach(daemon, 'DISCONNECTED');
    await server.pushCommit();
    // Not later: one that is back may be connected to before RESUME.
    daemon.lines.forget();
    await Promise.all(place.peers.map((peer) => peer.start()));
    daemon.send('RESUME');
    await untilEach(daemon, 'CONNECTED');
    await untilAllIsHere(place);
  });
});

describe.skipIf(lacksPeers('gcrypt remotes', 'sshd', 'ssh'))('a gcrypt remote on an ssh server', () => {
  test('that git-annex knows a shell of is watched there, and fetched through the remote helper', async () => {
    const scene = await plainScene(onTestFinished);
    const { scratch, server, clone, peer } = scene;
    const called = join(scratch.directory, 'called');
    const helper = join(scratch.directory, 'git-remote-gcrypt');
    // Stands in for the real one, which needs a key to encrypt with.
    writeFileSync(
      helper,
      `#!/bin/sh\necho "\${GIT_SSH_COMMAND-none}" >> '${called}'\nexec git remote-ext "$1" 'git %s ${server.directory}'\n`,
    );
    chmodSync(helper, 0o755);
    await clone.git('remote', 'set-url', 'origin', `gcrypt::${peer.url(server.directory)}`);
    await clone.git('config', 'remote.origin.annex-gcrypt', 'shell');
    const env = { ...scratch.env, PATH: `${scratch.directory}:${scratch.env.PATH}` };
    const daemon = startDaemon(onTestFinished, clone.directory, env);
    await daemon.line('DONESYNCING origin 1');
    const tip = await server.pushCommit();
    await until('it was fetched', async () => (await clone.git('rev-parse', 'refs/remotes/origin/main')) === tip);
    await untilStatus(scene, 'watched by a watcher on the server');
    expect(readFileSync(called, 'utf8')).not.toContain('relay');
  });
});
