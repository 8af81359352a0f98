// Owns: what the config makes of a remote that is a peer, with real daemons: polled, refused, named anew, or no address at all.
// Leaves: the config as data (test/main/config/peers.test.ts), and peers that are watched (peers-mesh.test.ts).
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runProgram, startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { type Member, type Mesh, startMesh } from '../support/peer-mesh.ts';
import { lacksPeers } from '../support/peers.ts';
import { untilRef } from '../support/scene.ts';
import { commit } from '../support/temp-repo.ts';

const tokenFile = ({ repo }: Member): string => join(repo.directory, '.git/annex/creds/sock%3Aada');

/** `bob` has `ada` as a remote. */
async function makeTwo(mesh: Mesh): Promise<readonly [Member, Member]> {
  const [ada, bob] = [await mesh.join('ada'), await mesh.join('bob')];
  await mesh.befriend(bob, ada, 'read');
  return [ada, bob];
}

describe.skipIf(lacksPeers('peers in the config', 'perl'))('a remote that is a peer', () => {
  test('is polled through our helper where the config asks for that', async () => {
    const mesh = startMesh(onTestFinished);
    const [ada, bob] = await makeTwo(mesh);
    await bob.repo.git('config', 'remote.ada.remotedaemonNotify', 'poll');
    mesh.start(ada);
    await mesh.start(bob).line('CONNECTED ada');
    await untilRef(bob.repo, 'refs/remotes/ada/main', await ada.repo.git('rev-parse', 'main'));
    expect((await runProgram(bob.repo.directory, mesh.env, 'status', '-v')).stdout).toMatch(/git ls-remote every/);
  });

  test('that does not know our token is tried again as soon as the token is another', async () => {
    const mesh = startMesh(onTestFinished);
    const [ada, bob] = await makeTwo(mesh);
    const right = readFileSync(tokenFile(bob), 'utf8');
    writeFileSync(tokenFile(bob), `${'0'.repeat(128)}\n`);
    mesh.start(ada);
    const daemon = mesh.start(bob);
    await daemon.line(/^WARNING ada the peer does not know our token/);
    writeFileSync(tokenFile(bob), right);
    await daemon.line('CONNECTED ada');
    expect(daemon.stderr()).not.toContain(right.slice(0, 16));
  });

  test('that is another than annex-uuid says is left alone until the config says that one', async () => {
    const mesh = startMesh(onTestFinished);
    const [ada, bob] = await makeTwo(mesh);
    await bob.repo.git('config', 'remote.ada.annex-uuid', bob.uuid.replace(/^./, '_'));
    mesh.start(ada);
    const daemon = mesh.start(bob);
    await daemon.line(new RegExp(`^WARNING ada another repository answers: ${ada.uuid}`));
    await bob.repo.git('config', 'remote.ada.annex-uuid', ada.uuid);
    await daemon.line('CONNECTED ada');
  });

  test('goes on under another name, and ends with its URL', async () => {
    const mesh = startMesh(onTestFinished);
    const [ada, bob] = await makeTwo(mesh);
    mesh.start(ada);
    const daemon = mesh.start(bob);
    await daemon.line('CONNECTED ada');
    await bob.repo.git('remote', 'rename', 'ada', 'friend');
    await daemon.line('DISCONNECTED ada');
    await daemon.line('CONNECTED friend');
    await untilRef(bob.repo, 'refs/remotes/friend/main', await commit(ada.repo));
    await bob.repo.git('remote', 'set-url', 'friend', mesh.network.urlOf('nobody'));
    await daemon.line('DISCONNECTED friend');
    await daemon.line(/^WARNING friend .*no token/);
  });

  test('is called by its URL with --remote-id=uri, as git-annex does', async () => {
    const mesh = startMesh(onTestFinished);
    const [ada, bob] = await makeTwo(mesh);
    mesh.start(ada);
    const args = ['--foreground', '--remote-id=uri'];
    const daemon = startDaemon(onTestFinished, bob.repo.directory, mesh.env, args);
    await daemon.line('CONNECTED p2p-annex::sock:ada');
    await daemon.line('DONESYNCING p2p-annex::sock:ada 1');
  });

  test('is only prefetched where that is the mode', async () => {
    const mesh = startMesh(onTestFinished);
    const [ada, bob] = await makeTwo(mesh);
    await bob.repo.git('config', 'remotedaemon.fetchMode', 'prefetch');
    mesh.start(ada);
    await mesh.start(bob).line('CONNECTED ada');
    await untilRef(bob.repo, 'refs/prefetch/remotes/ada/main', await commit(ada.repo));
    await untilRef(bob.repo, 'refs/remotes/ada/main', undefined);
  });

  test('may be mirrored by a bare repository', async () => {
    const mesh = startMesh(onTestFinished);
    const [ada, bob] = await makeTwo(mesh);
    await bob.repo.git('config', 'core.bare', 'true');
    await bob.repo.git('config', 'remote.ada.fetch', '+refs/heads/*:refs/heads/*');
    await bob.repo.git('update-ref', '-d', 'refs/heads/main');
    mesh.start(ada);
    // Where a repository without a work tree is what git takes it for.
    const daemon = startDaemon(onTestFinished, join(bob.repo.directory, '.git'), mesh.env);
    await daemon.line('CONNECTED ada');
    await untilRef(bob.repo, 'refs/heads/main', await commit(ada.repo));
  });

  test('whose URL is an invitation is not watched, and its token stands nowhere but in the config', async () => {
    const mesh = startMesh(onTestFinished);
    const [ada, bob] = await makeTwo(mesh);
    const token = mesh.admit(ada, 'write');
    await bob.repo.git('remote', 'set-url', 'ada', `${mesh.network.urlOf('ada')}:${token}`);
    await bob.repo.git('config', '--add', 'remotedaemon.serve', `${mesh.network.urlOf('ada')}:${token}`);
    const daemon = mesh.start(bob);
    const log = () => daemon.stderr();
    const stateFile = join(bob.repo.directory, '.git/remote-daemon/state.json');
    const isTold = () => log().includes('an invitation') && log().includes('passed over') && existsSync(stateFile);
    await until('all is told, and kept', isTold);
    const said = [];
    for (const args of [['status'], ['status', '--json'], ['peer', 'list']]) {
      said.push((await runProgram(bob.repo.directory, mesh.env, ...args)).stdout);
    }
    const state = readFileSync(stateFile, 'utf8');
    expect(said[0]).toContain('it is an invitation');
    for (const text of [...said, state, log()]) expect(text).not.toContain(token.slice(0, 16));
  });
});
