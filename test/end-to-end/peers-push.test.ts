// Owns: that CHANGED pushes to a peer which allows it, by our own helper, and what is told where it does not.
// Leaves: pushes of people (peers-mesh.test.ts), and which refs are pushed (test/main/git).
import { delimiter } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startDaemon } from '../support/daemon.ts';
import { type Member, type Mesh, type Rights, startMesh } from '../support/peer-mesh.ts';
import { lacksPeers } from '../support/peers.ts';
import { untilQuiet, untilRef } from '../support/scene.ts';
import { commit } from '../support/temp-repo.ts';

/** `bob` has `ada` as a remote, and pushes to a branch of his own there; daemons run in both, and find no helper on PATH. */
async function startPushing(mesh: Mesh, rights: Rights) {
  const [ada, bob] = [await mesh.join('ada'), await mesh.join('bob')];
  await mesh.befriend(bob, ada, rights);
  await bob.repo.git('config', 'remote.ada.remotedaemonPush', 'true');
  await bob.repo.git('config', 'remote.ada.push', 'refs/heads/main:refs/heads/of-bob');
  const [, ...others] = (mesh.env.PATH ?? '').split(delimiter);
  const env = { ...mesh.env, PATH: others.join(delimiter) };
  const start = ({ repo }: Member) => startDaemon(onTestFinished, repo.directory, env);
  const daemons = { ada: start(ada), bob: start(bob) };
  await daemons.bob.line('CONNECTED ada');
  return { ada, bob, daemons };
}

describe.skipIf(lacksPeers('pushes to peers', 'perl'))('at CHANGED', () => {
  test('a peer that allows it is pushed to', async () => {
    const { ada, bob, daemons } = await startPushing(startMesh(onTestFinished), 'write');
    const tip = await commit(bob.repo);
    daemons.bob.send('CHANGED refs/heads/main');
    await untilRef(ada.repo, 'refs/heads/of-bob', tip);
    await daemons.bob.line('DONESYNCING ada 1');
    // And again, as the link goes on.
    const next = await commit(bob.repo);
    daemons.bob.send('CHANGED refs/heads/main');
    await untilRef(ada.repo, 'refs/heads/of-bob', next);
    await untilRef(bob.repo, 'refs/remotes/ada/of-bob', next);
    expect(daemons.bob.lines.count(/^(WARNING .*push|DISCONNECTED)/)).toBe(0);
  });

  test('one that lets us only read says so, which is told, and the link stays', async () => {
    const { ada, bob, daemons } = await startPushing(startMesh(onTestFinished), 'read');
    await commit(bob.repo);
    daemons.bob.send('CHANGED refs/heads/main');
    await daemons.bob.line(/^WARNING ada push failed: .*read/);
    expect(await ada.repo.git('for-each-ref', 'refs/heads/of-bob')).toBe('');
    // What moves there still comes.
    await untilRef(bob.repo, 'refs/remotes/ada/main', await commit(ada.repo));
    // It is not tried again by itself.
    await untilQuiet(daemons.bob);
    expect(daemons.bob.lines.count('DONESYNCING ada 0')).toBe(1);
    expect(daemons.bob.lines.count(/^DISCONNECTED/)).toBe(0);
  });
});
