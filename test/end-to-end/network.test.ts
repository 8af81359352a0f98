// Owns: that the daemon notices by itself what becomes of its network, in one of its own.
// Leaves: what each look means (main/host/network), and a metered network (metered.test.ts).
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSaying } from '../support/annex-peer-namespaces.ts';
import { startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { lacksOwnNetworks, openCable } from '../support/own-networks.ts';
import { lacksPeers } from '../support/peers.ts';
import { untilRef } from '../support/scene.ts';
import { cloneRepo, makeScratch, makeServerRepo } from '../support/temp-repo.ts';

const lacks = lacksPeers('networks that come and go', 'ip', 'unshare', 'nsenter', 'git-daemon');

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
});
