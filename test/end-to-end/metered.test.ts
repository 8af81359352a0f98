// Owns: that the daemon polls or pauses on a metered network for as long as it is one, told by a NetworkManager of its own bus.
// Leaves: what is said on a bus (main/host/bus.test.ts), and what is wanted when (thrift.test.ts).
import { describe, expect, onTestFinished, test } from 'vitest';
import { runProgram, startDaemon } from '../support/daemon.ts';
import { lacksPeers } from '../support/peers.ts';
import { embeddedScene, untilRef, untilStatus } from '../support/scene.ts';
import { LOGIND, NETWORK_MANAGER, startSystemBus } from '../support/system-bus.ts';

const YES = 1;
const NO = 2;

describe.skipIf(lacksPeers('a metered network', 'dbus-daemon'))('on a metered network', () => {
  test('a daemon pauses, polls and runs as the config says, and what a person paused stays so', async () => {
    const scene = await embeddedScene(onTestFinished);
    const { scratch, server, clone, client, peer } = scene;
    const bus = await startSystemBus(onTestFinished, scratch);
    const manager = await bus.standIn(NETWORK_MANAGER);
    const logind = await bus.standIn(LOGIND);
    manager.set({ Metered: YES, Connectivity: 4 });
    // Named by another word than those that mean this host.
    const named = (text: string): string => text.replace('127.0.0.1', 'elsewhere');
    client.trust(named(peer.knownHosts));
    await clone.git('config', 'remote.origin.url', named(peer.url(server.directory)));
    await clone.git(
      'config',
      'core.sshCommand',
      `${await clone.git('config', 'core.sshCommand')} -o HostName=127.0.0.1`,
    );
    await clone.git('config', 'remotedaemon.onMetered', 'pause');
    const env = { ...scratch.env, DBUS_SYSTEM_BUS_ADDRESS: bus.address };
    const daemon = startDaemon(onTestFinished, clone.directory, env);
    await untilStatus(scene, 'paused: the network is metered: remotedaemon.onMetered is pause; it goes on by itself');
    expect(daemon.lines.count(/CONNECTED/)).toBe(0);

    manager.set({ Metered: NO });
    await daemon.line('CONNECTED origin');
    manager.set({ Metered: YES });
    await daemon.line('DISCONNECTED origin');
    const metered = 'the network is metered: remotedaemon.onMetered is pause';
    await untilLogged(daemon, `origin: disconnected: paused: ${metered}\n`);
    const said = async (...words: readonly string[]) => (await runProgram(clone.directory, env, ...words)).stderr;
    expect(await said('fetch')).toBe(`error: the daemon is paused, as ${metered}: 'git fetch' does not ask it\n`);
    expect(await said('wait', 'origin')).toBe(`origin: it is paused: ${metered}\n`);
    expect(await said('resume', 'origin')).toBe(`warning: still paused: ${metered}\n`);
    daemon.send('PAUSE');
    await untilStatus(scene, "until 'git remote-daemon resume'");
    manager.set({ Metered: NO });
    await untilLogged(daemon, 'still paused');
    daemon.send('RESUME');
    await daemon.line('CONNECTED origin');

    await clone.git('config', 'remotedaemon.onMetered', 'poll');
    manager.set({ Metered: YES });
    await daemon.line('DISCONNECTED origin');
    await daemon.line('CONNECTED origin');
    await untilStatus(scene, /every 600 s/);
    const pushed = await server.pushCommit();
    manager.set({ Metered: NO });
    await daemon.line('DISCONNECTED origin');
    await daemon.line('CONNECTED origin');
    await untilRef(clone, 'refs/remotes/origin/main', pushed);

    logind.signal('/org/freedesktop/login1', 'org.freedesktop.login1.Manager', 'PrepareForSleep', 'b', [false]);
    await untilLogged(daemon, 'network: this machine woke from sleep');
    daemon.send('STOP');
    await daemon.gone();
  });
});

function untilLogged({ stderr, onLog }: ReturnType<typeof startDaemon>, what: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (stderr().includes(what)) resolve();
    };
    onLog(look);
    look();
  });
}
