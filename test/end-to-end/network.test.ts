// Owns: that the daemon notices by itself what becomes of its network, in one of its own.
// Leaves: what each look means (main/host/network), and a metered network (metered.test.ts).
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSaying } from '../support/annex-peer-namespaces.ts';
import { runProgram, startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { startOpensshPeer } from '../support/openssh-peer.ts';
import { lacksOwnNetworks, openCable } from '../support/own-networks.ts';
import { lacksPeers } from '../support/peers.ts';
import { untilRef } from '../support/scene.ts';
import { setUpSshClient } from '../support/ssh-client.ts';
import { cloneRepo, makeScratch, makeServerRepo } from '../support/temp-repo.ts';

const lacks = lacksPeers('networks that come and go', 'ip', 'unshare', 'nsenter', 'git-daemon', 'sshd', 'socat');

/** The server is in no network of the host's own: only the default route leads there. */
const SERVER = '198.51.100.1';
const GATEWAY = '192.0.2.1';
const ADDRESS = 'ip addr add 192.0.2.2/24 dev eth0';
const ROUTE = `ip route add default via ${GATEWAY}`;

async function routedScene() {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const [host, far] = await openCable(onTestFinished, scratch.env);
  far.run(`ip addr add ${GATEWAY}/24 dev eth0; ip addr add 192.0.2.9/24 dev eth0; ip addr add ${SERVER}/32 dev lo`);
  const serve = ['git', 'daemon', `--base-path=${scratch.directory}`, '--export-all', '--verbose'];
  await startSaying(onTestFinished, /Ready to rumble/, [...far.through, ...serve, scratch.directory], scratch.env);
  const url = `git://${SERVER}${server.directory.slice(scratch.directory.length)}`;
  const clone = await cloneRepo(scratch, server.directory, 'clone', url);
  await clone.git('config', 'remotedaemon.pollInterval', '10');
  host.run(`${ADDRESS}; ${ROUTE}`);
  const daemon = startDaemon(onTestFinished, clone.directory, scratch.env, ['--foreground'], host.through);
  await daemon.line('CONNECTED origin');
  return { server, clone, host, daemon };
}

describe.skipIf(lacks || lacksOwnNetworks('networks that come and go'))('a host whose network comes and goes', () => {
  test('comes back with an address, with a default route, and looks anew where the route is another', async () => {
    const { server, clone, host, daemon } = await routedScene();
    const logged = (what: string): Promise<void> =>
      until(`the log says ${what}`, () => daemon.stderr().slice(from).includes(what));
    let from = 0;
    await until('it is told of changes', () => daemon.processes().length > 2);

    host.run('ip route del default');
    await logged('network: a default route is gone');
    await daemon.line('DISCONNECTED origin');
    from = daemon.stderr().length;
    host.run(ROUTE);
    await logged('network: the network has another default route');
    await daemon.line('CONNECTED origin');

    host.run('ip addr flush dev eth0');
    await daemon.line('DISCONNECTED origin');
    host.run(`${ADDRESS}; ${ROUTE}`);
    await logged('network: the network came back or changed');
    await daemon.line('CONNECTED origin');

    // A link that is up is to show that it works in the new network, and is not given up for it.
    from = daemon.stderr().length;
    const pushed = await server.pushCommit();
    host.run('ip route replace default via 192.0.2.9');
    await logged('network: the network has another default route');
    await untilRef(clone, 'refs/remotes/origin/main', pushed);
    expect(daemon.lines.count('DISCONNECTED origin')).toBe(2);

    daemon.signal('SIGKILL');
    await daemon.gone();
  });

  test('what needs no network is never said to be without one: a ProxyCommand, a name of its own, fe80', async () => {
    const scratch = makeScratch(onTestFinished);
    const server = await makeServerRepo(scratch);
    const [host, far] = await openCable(onTestFinished, scratch.env);
    const client = setUpSshClient(scratch.home);
    const peer = await startOpensshPeer(onTestFinished, scratch, [client.key.publicKey]);
    // In the namespace of the tests: nothing leads there but a socket in the file system.
    const socket = join(scratch.directory, 'door');
    const door = spawn('socat', [`UNIX-LISTEN:${socket},fork`, `TCP:${peer.host}:${peer.port}`], { stdio: 'ignore' });
    onTestFinished(() => void door.kill());
    client.trust(peer.knownHosts.replace(/^\S+/, 'proxied'));
    client.configure(`Host proxied\n  ProxyCommand socat - UNIX-CONNECT:${socket}\n`);
    client.configure('Host myself\n  HostName 127.0.0.1\n  Port 1\n');
    const clone = await cloneRepo(scratch, server.directory, 'clone', `ssh://proxied${server.directory}`);
    await client.useIn(clone);
    const [, address] = /inet6 (fe80:\S+)\//.exec(far.read('ip -6 addr show dev eth0')) ?? [];
    const remotes = { myself: `ssh://myself${server.directory}`, cable: `git://[${address}%25eth0]/server` };
    for (const [name, url] of Object.entries(remotes)) await clone.git('remote', 'add', name, url);
    const daemon = startDaemon(onTestFinished, clone.directory, scratch.env, ['--foreground'], host.through);
    await daemon.line('CONNECTED origin');
    await daemon.line(/^WARNING myself .*refused/);
    await daemon.line(/^WARNING cable /);
    door.kill();
    await peer.stop();
    await daemon.line('DISCONNECTED origin');
    await daemon.line(/^WARNING origin /);
    const { stdout } = await runProgram(clone.directory, scratch.env, 'status');
    expect(stdout).not.toMatch(/without network/);
    daemon.send('STOP');
    await daemon.gone();
  });
});
