// Owns: daemons that are peers of each other, without a common server: what is committed in one is with all others.
// Leaves: what disturbs them (peers-trouble.test.ts), and git-annex among them (peers-annex.test.ts).
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createReleases } from '../support/at-end.ts';
import { runProgram } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import {
  commitEverywhere,
  type Mesh,
  makeFriends,
  type Running,
  secretsOf,
  startFriends,
  startMesh,
  untilEverywhere,
} from '../support/peer-mesh.ts';
import { friendAt } from '../support/peer-mesh-stranger.ts';
import { lacksPeers } from '../support/peers.ts';
import { untilQuiet, untilRef, untilStatus } from '../support/scene.ts';
import { commit } from '../support/temp-repo.ts';

const FIVE = ['ada', 'bob', 'cyd', 'dan', 'eve'];

const skipped = lacksPeers('daemons that are peers of each other', 'perl');

describe.skipIf(skipped)('two without a common server', () => {
  const releases = createReleases();
  let mesh: Mesh;
  let running: readonly Running[];
  let ada: Running;
  let bob: Running;

  beforeAll(async () => {
    mesh = startMesh(releases.atEnd);
    const members = await makeFriends(mesh, ['ada', 'bob']);
    for (const { repo } of members) await repo.git('config', 'fetch.prune', 'true');
    running = await startFriends(mesh, members);
    [ada = expect.fail(), bob = expect.fail()] = running;
  });
  afterAll(releases.releaseAll);
  // What one has done is over with before the next begins.
  beforeEach(() => Promise.all(running.map(({ daemon }) => untilQuiet(daemon))));

  test('see each other’s commits', async () => {
    for (let rounds = 0; rounds < 3; rounds += 1) {
      for (const here of running) await commitEverywhere(here, running);
    }
    // The first to start had found nobody there yet.
    for (const { daemon } of running) expect(daemon.lines.count(/^DISCONNECTED /)).toBe(0);
  });

  test('see a branch that comes, is set back and goes, with no check and no wait', async () => {
    const older = await ada.repo.git('rev-parse', 'main');
    const newer = await commit(ada.repo);
    await ada.repo.git('branch', 'side');
    await untilRef(bob.repo, 'refs/remotes/ada/side', newer);
    await ada.repo.git('update-ref', 'refs/heads/side', older);
    await untilRef(bob.repo, 'refs/remotes/ada/side', older);
    await ada.repo.git('branch', '-D', 'side');
    await untilRef(bob.repo, 'refs/remotes/ada/side', undefined);
    await ada.repo.git('pack-refs', '--all');
    await ada.repo.git('tag', 'here', older);
    await untilRef(bob.repo, 'refs/tags/here', older);
  });

  test('no token is to be seen: in no log, status or process, nor in what the daemon keeps', async () => {
    await commitEverywhere(ada, running);
    const secrets = running.flatMap(secretsOf);
    // One for each way, each at both, and those of others who were let in.
    expect(secrets.length).toBeGreaterThanOrEqual(4);
    for (const { repo, daemon } of running) {
      daemon.signal('SIGUSR1');
      await until('all that it is is in the log', () => /network sock: peers /.test(daemon.stderr()));
      const shown = await Promise.all(
        [['status'], ['status', '--json'], ['peer', 'list', '--json']].map((words) =>
          runProgram(repo.directory, mesh.env, ...words),
        ),
      );
      const seen = [
        ...[daemon.stderr(), ...daemon.lines.seen.map(({ text }) => text)],
        ...shown.map(({ stdout, stderr }) => stdout + stderr),
        ...daemon.processes().map(({ pid }) => argumentsAndEnvironmentOf(pid)),
        ...filesBelow(join(repo.directory, '.git/remote-daemon')),
      ].join('\n');
      expect(seen).toContain('git-annex-p2p-sock');
      expect(secrets.filter((secret) => seen.includes(secret.slice(0, 32)))).toEqual([]);
    }
  });

  test('what moves between two questions is told at the second', async () => {
    const waiting = await friendAt(onTestFinished, ada.socket, mesh.admit(ada, 'read'));
    waiting.say('NOTIFYCHANGE');
    const first = await commit(ada.repo);
    await waiting.line(`CHANGED ${first}`);
    const second = await commit(ada.repo);
    waiting.say('NOTIFYCHANGE');
    await waiting.line(new RegExp(`^CHANGED .*${second}`));
  });
});

describe.skipIf(skipped)('without a common server', () => {
  test('of five, each has what any of the others commits, and then they are quiet', async () => {
    const mesh = startMesh(onTestFinished);
    const running = await startFriends(mesh, await makeFriends(mesh, FIVE));
    for (const here of running) await commitEverywhere(here, running);
    const tips = await Promise.all(running.map(({ repo }) => commit(repo)));
    for (const [index, here] of running.entries()) await untilEverywhere(here, running, tips[index] ?? '');
    // What they fetch from each other is no news to tell of, or there would be no end of it.
    await Promise.all(running.map(({ daemon }) => untilQuiet(daemon)));
    for (const { name, repo } of running) {
      const status = await untilStatus({ clone: repo, scratch: mesh.scratch }, 'sock');
      for (const other of running) if (other.name !== name) expect(status).toContain(other.uuid);
    }
  });

  test('one that was away has all that was committed meanwhile, and all others what it committed', async () => {
    const mesh = startMesh(onTestFinished);
    const members = await makeFriends(mesh, ['ada', 'bob', 'cyd']);
    const running = await startFriends(mesh, members);
    const [away, ...staying] = running;
    if (!away) throw new Error('three were made');
    away.daemon.send('STOP');
    expect(await away.daemon.gone()).toEqual({ status: 0, signal: null });
    for (const { daemon } of staying) await daemon.line(`DISCONNECTED ${away.name}`);
    const tips = await Promise.all(running.map(({ repo }) => commit(repo)));
    for (const here of staying) await untilEverywhere(here, staying, await here.repo.git('rev-parse', 'main'));
    mesh.start(away);
    for (const [index, here] of running.entries()) await untilEverywhere(here, running, tips[index] ?? '');
  });

  test('each CHANGED of the control protocol is one offer to whoever waits, and peers that have it fetch nothing', async () => {
    const mesh = startMesh(onTestFinished);
    const [ada, bob] = await startFriends(mesh, await makeFriends(mesh, ['ada', 'bob']));
    if (!ada || !bob) throw new Error('two were made');
    const tip = await ada.repo.git('rev-parse', 'main');
    const waiting = await friendAt(onTestFinished, ada.socket, mesh.admit(ada, 'read'));
    await untilQuiet(bob.daemon);
    const fetches = bob.daemon.lines.count(/^SYNCING /);
    for (let offers = 1; offers <= 5; offers += 1) {
      waiting.say('NOTIFYCHANGE');
      // An order is obeyed after it was said, and so it is asked first: what comes is kept in between.
      ada.daemon.send(offers % 2 === 0 ? `CHANGED ${tip}` : 'CHANGED refs/heads/main');
      await waiting.line(`CHANGED ${tip}`);
      expect(waiting.lines.count(/^CHANGED /)).toBe(offers);
    }
    // Bob is told as soon, and would have begun before it has answered twice.
    for (const _time of [1, 2]) await untilStatus({ clone: bob.repo, scratch: mesh.scratch }, 'sock');
    await untilQuiet(bob.daemon);
    expect(bob.daemon.lines.count(/^SYNCING /)).toBe(fetches);
  });

  test('who may read cannot push, who may write can', async () => {
    const mesh = startMesh(onTestFinished);
    const members = [await mesh.join('ada'), await mesh.join('bob'), await mesh.join('cyd')] as const;
    const [ada, bob, cyd] = members;
    await mesh.befriend(bob, ada, 'read');
    await mesh.befriend(cyd, ada, 'write');
    const daemon = mesh.start(ada);
    await untilStatus({ clone: ada.repo, scratch: mesh.scratch }, 'sock');
    await Promise.all([bob, cyd].map(({ repo }) => repo.git('fetch', '--quiet', 'ada')));
    await expect(bob.repo.git('push', 'ada', 'main:refs/heads/from-bob')).rejects.toThrow(/read/);
    await cyd.repo.git('push', '--quiet', 'ada', 'main:refs/heads/from-cyd');
    expect(await ada.repo.git('for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads/from-*')).toBe(
      `refs/heads/from-cyd ${await cyd.repo.git('rev-parse', 'main')}`,
    );
    expect(daemon.lines.count(/^WARNING/)).toBe(0);
  });
});

const argumentsAndEnvironmentOf = (pid: number): string =>
  ['cmdline', 'environ'].map((file) => textIn(`/proc/${pid}/${file}`)).join('\n');

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => textIn(join(parentPath, name)));

/** What has ended, or was replaced, in between is of no matter. */
function textIn(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
