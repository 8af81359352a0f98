// Owns: that a network is served as the config and the control protocol say: to somebody of the test's own who speaks its lines.
// Leaves: peers that are daemons, too (peers-mesh.test.ts), and git-annex (peers-annex.test.ts).
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DaemonStatus, ServedNetwork } from '../../src/shared/status.ts';
import { type Daemon, runProgram, startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { type Member, type Mesh, startMesh } from '../support/peer-mesh.ts';
import { friendAt, SOMEBODY, type Stranger, strangerAt } from '../support/peer-mesh-stranger.ts';
import { lacksPeers } from '../support/peers.ts';
import type { FoundProcess } from '../support/processes.ts';
import { untilRef } from '../support/scene.ts';
import { cloneRepo, commit, type TestRepo } from '../support/temp-repo.ts';

interface Stage {
  readonly mesh: Mesh;
  readonly here: Member;
  readonly daemon: Daemon;
  /** The network as status has it, once it is so. */
  readonly untilServed: (what: string, isSo: (served: ServedNetwork) => boolean) => Promise<ServedNetwork>;
  /** Waits for a line of the log, of those after the one that was waited for last. */
  readonly logged: (match: RegExp) => Promise<void>;
  readonly come: (token: string) => Promise<Stranger>;
}

const PRELOAD = fileURLToPath(new URL('../support/end-a-worker.cjs', import.meta.url));
const skipped = lacksPeers('networks that are served', 'perl');
const SERVED = /network sock: served, by the program git-annex-p2p-sock/;

async function makeStage(args?: readonly string[]): Promise<Stage> {
  const mesh = startMesh(onTestFinished);
  const stage = startStage(mesh, await mesh.join('here'), args);
  await stage.logged(SERVED);
  return stage;
}

function startStage(mesh: Mesh, here: Member, args?: readonly string[]): Stage {
  const { directory } = here.repo;
  const daemon = startDaemon(onTestFinished, directory, mesh.env, args);
  let from = 0;
  return {
    mesh,
    here,
    daemon,
    untilServed: async (what, isSo) => {
      let found: ServedNetwork | undefined;
      await until(what, async () => {
        const { status, stdout } = await runProgram(directory, mesh.env, 'status', '--json');
        const read: DaemonStatus | undefined = status === 0 ? JSON.parse(stdout) : undefined;
        found = read?.served?.find(isSo);
        return found !== undefined;
      });
      return found ?? expect.fail(what);
    },
    logged: async (match) => {
      await until(`the log has ${match} in:\n${daemon.stderr()}`, () => match.test(daemon.stderr().slice(from)));
      const at = daemon.stderr().slice(from).search(match);
      from = daemon.stderr().indexOf('\n', from + at);
    },
    come: (token) => friendAt(onTestFinished, here.socket, token),
  };
}

const isListening = ({ state }: ServedNetwork): boolean => state === 'listening';

/** But for what stands between it and its stdio, which is as good as itself. */
const startedBy = ({ pid: own, processes }: Daemon): FoundProcess[] =>
  processes().filter(({ pid, command }) => pid !== own && command !== 'cat');

/** It is told before it is done. */
const untilNobodyListens = ({ socket }: Member): Promise<void> =>
  until('nobody listens', () =>
    strangerAt(onTestFinished, socket).then(
      () => false,
      () => true,
    ),
  );

describe.skipIf(skipped)('a network of the config', () => {
  test('is served: whoever has a token is told of a commit, and status says who is there', async () => {
    const { mesh, here, daemon, untilServed, logged, come } = await makeStage();
    const token = mesh.admit(here, 'read');
    const friend = await come(token);
    await logged(new RegExp(`network sock: a peer that calls itself ${SOMEBODY} has come, and may read$`, 'm'));
    const served = await untilServed('somebody is here', ({ peers }) => peers.length > 0);
    expect(served).toMatchObject({
      network: 'sock',
      state: 'listening',
      addresses: ['p2p-annex::sock:here'],
      peers: [{ uuid: SOMEBODY, rights: 'read', since: expect.any(String) }],
    });
    const shown = (await runProgram(here.repo.directory, mesh.env, 'status')).stdout;
    expect(shown).toMatch(new RegExp(`a peer without a name here \\(${SOMEBODY}\\) has been connected .*may read`));
    friend.say('NOTIFYCHANGE');
    const tip = await commit(here.repo);
    await friend.line(`CHANGED ${tip}`);
    daemon.signal('SIGUSR1');
    await logged(/network sock: peers .*"isWaiting"/);
    friend.hangUp();
    await logged(/network sock: a peer .* has left/);
    daemon.send('STOP');
    expect(await daemon.gone()).toEqual({ status: 0, signal: null });
    expect(daemon.stderr() + JSON.stringify(served) + shown).not.toContain(token);
    expect([daemon.lines.count(/SYNCING/), mesh.network.listeners()]).toEqual([0, []]);
  });

  test('is told what the control pipe says has changed, whether or not it has', async () => {
    const { mesh, here, come } = await makeStage(['run']);
    const friend = await come(mesh.admit(here, 'read'));
    const tip = await here.repo.git('rev-parse', 'main');
    const control = join(here.repo.directory, '.git/remote-daemon/control');
    friend.say('NOTIFYCHANGE');
    appendFileSync(control, 'CHANGED refs/heads/main\n');
    await friend.line(`CHANGED ${tip}`);
    friend.say('NOTIFYCHANGE');
    appendFileSync(control, `CHANGED ${'b'.repeat(40)}\n`);
    await friend.line(`CHANGED ${'b'.repeat(40)}`);
  });

  test('comes and goes with the config, without a word to it, and a bad name is passed over', async () => {
    const { here, daemon, untilServed, logged } = await makeStage();
    await here.repo.git('config', '--unset-all', 'remotedaemon.serve');
    await logged(/network sock: no longer served/);
    await untilNobodyListens(here);
    await here.repo.git('config', '--add', 'remotedaemon.serve', '../sock');
    await here.repo.git('config', '--add', 'remotedaemon.serve', 'sock');
    await logged(/"\.\.\/sock", which is no name of a network/);
    await untilServed('it is served again', isListening);
    await strangerAt(onTestFinished, here.socket);
    expect(daemon.lines.seen).toEqual([]);
  });

  test('that cannot be served is tried again at RELOAD, and status says why it is not', async () => {
    const mesh = startMesh(onTestFinished);
    const here = await mesh.join('here');
    await here.repo.git('config', 'remotedaemon.serve', 'nowhere');
    const { daemon, untilServed, logged } = startStage(mesh, here);
    await logged(/network nowhere: cannot be served: .*git-annex-p2p-nowhere/);
    const served = await untilServed('it waits', ({ state }) => state === 'waiting');
    expect(served).toMatchObject({ lastError: { text: expect.stringContaining('git-annex-p2p-nowhere') } });
    const program = join(mesh.scratch.directory, 'sock-bin', 'git-annex-p2p-nowhere');
    writeFileSync(program, '#!/bin/sh\nexec git-annex-p2p-sock "$@"\n', { mode: 0o755 });
    daemon.send('RELOAD');
    await logged(/network nowhere: served/);
  });
});

describe.skipIf(skipped)('while it is served', () => {
  test.each(['PAUSE', 'LOSTNET'])('%s ends it, and RESUME begins it again', async (order) => {
    const { mesh, here, daemon, untilServed, come } = await makeStage();
    const token = mesh.admit(here, 'write');
    const friend = await come(token);
    daemon.send(order);
    await friend.closed;
    await untilServed('it is held', ({ state }) => state === (order === 'PAUSE' ? 'paused' : 'no-network'));
    await untilNobodyListens(here);
    daemon.send('RELOAD', 'RESUME');
    await untilServed('it is served again', isListening);
    await come(token);
  });

  test('who is shut out has to leave at once, and others stay', async () => {
    const { mesh, here, logged, come } = await makeStage();
    const [out, stays] = [mesh.admit(here, 'read'), mesh.admit(here, 'read')];
    const [one, other] = [await come(out), await come(stays)];
    other.say('NOTIFYCHANGE');
    mesh.shutOut(here, out);
    await one.closed;
    await logged(/has left/);
    const tip = await commit(here.repo);
    await other.line(`CHANGED ${tip}`);
    const again = await strangerAt(onTestFinished, here.socket);
    again.say(`AUTH ${SOMEBODY} ${out}`);
    await again.line('AUTH-FAILURE');
  });

  test('STOP ends all of it in its time, whoever is in the middle of something', async () => {
    const { mesh, here, daemon, come } = await makeStage();
    const friends = await Promise.all([1, 2, 3].map(() => come(mesh.admit(here, 'write'))));
    friends[0]?.say('NOTIFYCHANGE');
    friends[1]?.say('CONNECT git-upload-pack');
    await friends[1]?.line(/^DATA /);
    daemon.send('STOP');
    expect(await daemon.gone(10_000)).toEqual({ status: 0, signal: null });
    await Promise.all(friends.map(({ closed }) => closed));
    expect(daemon.processes()).toEqual([]);
  });

  test('a thread that ends under it is started again, and what it ran is ended', async () => {
    const mesh = startMesh(onTestFinished);
    const env = { ...mesh.env, NODE_OPTIONS: `--require=${PRELOAD}` };
    const { here, daemon, logged, come } = startStage({ ...mesh, env }, await mesh.join('here'));
    await logged(SERVED);
    const token = mesh.admit(here, 'read');
    const friend = await come(token);
    const before = startedBy(daemon).map(({ pid }) => pid);
    daemon.signal('SIGUSR2');
    await friend.closed;
    await logged(/network sock: no longer served: its worker thread crashed/);
    await logged(SERVED);
    const again = await come(token);
    again.say('NOTIFYCHANGE');
    const tip = await commit(here.repo);
    await again.line(`CHANGED ${tip}`);
    expect(before.length).toBeGreaterThan(0);
    await until('what it ran is gone', () => startedBy(daemon).every(({ pid }) => !before.includes(pid)));
  });

  test('a daemon that is killed leaves nothing that the next start does not end', async () => {
    const { mesh, here, daemon, come } = await makeStage();
    const token = mesh.admit(here, 'read');
    const friend = await come(token);
    friend.say('CONNECT git-upload-pack');
    await friend.line(/^DATA /);
    daemon.signal('SIGKILL');
    await friend.closed;
    const next = startStage(mesh, here);
    await next.logged(SERVED);
    await daemon.gone();
    const again = await next.come(token);
    again.say('NOTIFYCHANGE');
    const tip = await commit(here.repo);
    await again.line(`CHANGED ${tip}`);
  });
});

const EXT_CLIENT = fileURLToPath(new URL('../workers/peer/server/ext-client.mjs', import.meta.url));

describe.skipIf(skipped)('a push of a peer', () => {
  /** A clone, and pushing from it: gives what git said, and whether it worked. */
  async function pusher({ mesh, here }: Stage, rights: 'read' | 'write') {
    const token = mesh.admit(here, rights);
    const clone = await cloneRepo(mesh.scratch, here.repo.directory, `clone-${rights}`);
    await commit(clone);
    const url = `ext::${process.execPath} ${EXT_CLIENT} ${here.socket} ${SOMEBODY} ${token} %S`;
    const push = (ref: string): Promise<string> =>
      clone.git('-c', 'protocol.ext.allow=always', 'push', url, `HEAD:refs/heads/${ref}`).then(
        () => 'pushed',
        (error: unknown) => String(error),
      );
    return { clone, push };
  }
  const tipOf = (repo: TestRepo, ref: string): Promise<string> => repo.git('rev-parse', '--verify', ref);

  test('has a turn, is told in the log, and is told to the others; who may only read is refused in words', async () => {
    const stage = await makeStage();
    const { mesh, here, daemon, logged, come } = stage;
    const other = await come(mesh.admit(here, 'read'));
    other.say('NOTIFYCHANGE');
    const [writer, reader] = [await pusher(stage, 'write'), await pusher(stage, 'read')];
    expect(await writer.push('topic')).toBe('pushed');
    const tip = await tipOf(writer.clone, 'HEAD');
    expect(await tipOf(here.repo, 'refs/heads/topic')).toBe(tip);
    await other.line(`CHANGED ${tip}`);
    await logged(/network sock: a peer .* pushes/);
    await logged(/network sock: a peer .* has pushed/);
    expect(await reader.push('other')).toMatch(/read-only for you/);
    daemon.send('STOP');
    await daemon.gone();
    expect(daemon.lines.count(/SYNCING/)).toBe(0);
  });

  test('waits while another writes here; PAUSE lets what runs end, denies what waits, and then all is closed', async () => {
    const stage = await makeStage();
    const { mesh, here, daemon, logged, come, untilServed } = stage;
    const [held, free] = ['held', 'free'].map((name) => join(mesh.scratch.directory, name));
    const hook = join(here.repo.directory, '.git/hooks/pre-receive');
    writeFileSync(hook, `#!/bin/sh\n: >'${held}'\nwhile ! [ -e '${free}' ]; do sleep 0.05; done\n`, { mode: 0o755 });
    const idle = await come(mesh.admit(here, 'read'));
    const { push } = await pusher(stage, 'write');
    const first = push('one');
    await until('the first push runs', () => existsSync(held ?? ''));
    const second = push('two');
    await untilServed('both are here', ({ peers }) => peers.some(({ rights }) => rights === 'write'));
    daemon.send('PAUSE');
    await idle.closed;
    expect(await second).toMatch(/paused|gone/);
    writeFileSync(free ?? '', '');
    expect(await first).toBe('pushed');
    await logged(/has pushed/);
    await untilServed('it is held', ({ state }) => state === 'paused');
    await untilNobodyListens(here);
    daemon.send('RESUME');
    await logged(SERVED);
    expect(await push('three')).toBe('pushed');
    daemon.send('STOP');
    await daemon.gone();
  });

  test('and one of ours to that peer do not wait for each other', async () => {
    const mesh = startMesh(onTestFinished);
    const both = [await mesh.join('ada'), await mesh.join('bob')] as const;
    for (const [here, there] of [both, both.toReversed()] as const) {
      if (!here || !there) continue;
      await mesh.befriend(here, there, 'write');
      await here.repo.git('config', `remote.${there.name}.remotedaemonPush`, 'true');
      await here.repo.git('config', `remote.${there.name}.push`, `refs/heads/main:refs/heads/of-${here.name}`);
    }
    const daemons = both.map((member) => mesh.start(member));
    await daemons[0]?.line('CONNECTED bob');
    await daemons[1]?.line('CONNECTED ada');
    const tips = await Promise.all(both.map(({ repo }) => commit(repo)));
    for (const daemon of daemons) daemon.send('CHANGED refs/heads/main');
    await untilRef(both[0].repo, 'refs/heads/of-bob', tips[1] ?? '');
    await untilRef(both[1].repo, 'refs/heads/of-ada', tips[0] ?? '');
  });

  test('that runs is cut by LOSTNET, and nothing of it stays', async () => {
    const stage = await makeStage();
    const { mesh, here, daemon, logged } = stage;
    const held = join(mesh.scratch.directory, 'held');
    const hook = join(here.repo.directory, '.git/hooks/pre-receive');
    writeFileSync(hook, `#!/bin/sh\n: >'${held}'\nwhile :; do sleep 0.05; done\n`, { mode: 0o755 });
    const { push } = await pusher(stage, 'write');
    const pushed = push('one');
    await until('the push runs', () => existsSync(held));
    daemon.send('LOSTNET');
    expect(await pushed).not.toBe('pushed');
    await logged(/could not push/);
    await expect(tipOf(here.repo, 'refs/heads/one')).rejects.toThrow();
    await until('all it ran is gone', () => startedBy(daemon).length === 0);
  });

  test('that runs ends with STOP, in its time, with the hooks it has started', async () => {
    const stage = await makeStage();
    const { mesh, here, daemon } = stage;
    const held = join(mesh.scratch.directory, 'held');
    const hook = join(here.repo.directory, '.git/hooks/pre-receive');
    writeFileSync(hook, `#!/bin/sh\n: >'${held}'\nwhile :; do sleep 0.05; done\n`, { mode: 0o755 });
    const { push } = await pusher(stage, 'write');
    const pushed = push('one');
    await until('the push runs', () => existsSync(held));
    daemon.send('STOP');
    expect(await daemon.gone(10_000)).toEqual({ status: 0, signal: null });
    expect(await pushed).not.toBe('pushed');
    await expect(tipOf(here.repo, 'refs/heads/one')).rejects.toThrow();
  });
});
