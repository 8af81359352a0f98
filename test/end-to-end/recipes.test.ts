// Owns: the notify commands that README.md shows, as they stand there: each with what it listens to, on this machine.
// Leaves: what the daemon makes of a command's lines, and of its end (notify-command.test.ts).
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { createLineLog, type LineLog, logLines, until } from '../support/next-line.ts';
import { startNtfy } from '../support/ntfy.ts';
import { startOpensshPeer } from '../support/openssh-peer.ts';
import { findProgram, lacksPeers } from '../support/peers.ts';
import { inPlaceOf, readme, readmeBlock } from '../support/readme.ts';
import { localScene, untilRef } from '../support/scene.ts';
import { setUpSshClient } from '../support/ssh-client.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import type { Environment, TestRepo } from '../support/temp-repo.ts';

const run = promisify(execFile);
const ORIGIN_MAIN = 'refs/remotes/origin/main';

/** Does what a block of README.md says, with this machine's places instead of those that stand there. */
async function followed(block: string, clone: TestRepo, env: Environment, places: Readonly<Record<string, string>>) {
  await run('sh', ['-c', inPlaceOf(block, places)], { cwd: clone.directory, env });
  return clone.git('config', 'remote.origin.remotedaemonNotifyCommand');
}

/** The command alone: what it prints. */
function linesOf(command: string, env: Environment): LineLog {
  const child = spawn('sh', ['-c', command], { env, stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const lines = createLineLog('the notify command');
  logLines(child.stdout, lines);
  onTestFinished(() => endGroup(child));
  return lines;
}

async function endGroup(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('close', resolve));
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await gone;
}

async function connected(clone: TestRepo, env: Environment): Promise<Daemon> {
  const daemon = startDaemon(onTestFinished, clone.directory, env);
  await daemon.line('CONNECTED origin');
  return daemon;
}

describe.skipIf(lacksPeers('the recipe for ntfy', 'curl', 'jq'))('an ntfy topic', () => {
  async function ntfyScene() {
    const scene = await localScene(onTestFinished);
    const ntfy = await startNtfy(onTestFinished);
    const places = { 'https://ntfy.sh': ntfy.url };
    const command = await followed(readmeBlock('# ntfy:'), scene.clone, scene.scratch.env, places);
    const [, hook = ''] = /`(https:\/\/ntfy\.sh\/my-topic\?[^`]*)`/.exec(readme) ?? [];
    return { ...scene, ntfy, command, hook: inPlaceOf(hook, places) };
  }

  test('brings what the webhook of a forge tells of, and what moved while the connection was broken', async () => {
    const { server, clone, scratch, ntfy, hook } = await ntfyScene();
    const daemon = await connected(clone, scratch.env);
    await until('it is subscribed', () => ntfy.subscribers() === 1);
    const tip = await server.pushCommit();
    await run('curl', ['-fsS', '-d', '{"ref":"refs/heads/main","before":"…","repository":{}}', hook]);
    await untilRef(clone, ORIGIN_MAIN, tip);
    const missed = await server.pushCommit();
    ntfy.drop();
    await daemon.line('DISCONNECTED origin');
    await daemon.line('CONNECTED origin');
    await untilRef(clone, ORIGIN_MAIN, missed);
  });

  test('is silent about what keeps the connection alive, and names the ref', async () => {
    const { scratch, ntfy, hook, command } = await ntfyScene();
    const lines = linesOf(command, scratch.env);
    await until('it is subscribed', () => ntfy.subscribers() === 1);
    ntfy.keepAlive();
    await run('curl', ['-fsS', '-d', '{"ref":"refs/heads/main"}', hook]);
    await lines.next('refs/heads/main');
    expect(lines.seen).toHaveLength(1);
  });
});

describe.skipIf(lacksPeers('the recipe for MQTT', 'mosquitto', 'mosquitto_sub'))('an MQTT topic', () => {
  async function startBroker() {
    const port = await freePort('127.0.0.1');
    const program = findProgram('mosquitto') ?? '';
    // Without a config it listens on loopback only, and lets everybody in.
    const broker = spawn(program, ['-p', String(port), '-v'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const log = createLineLog('mosquitto');
    logLines(broker.stderr, log);
    const gone = new Promise((resolve) => broker.once('close', resolve));
    onTestFinished(async () => {
      broker.kill('SIGKILL');
      await gone;
    });
    await log.next(/ running$/);
    return { port, log };
  }

  test('brings what a hook of the server tells of, also what it told while the connection was broken', async () => {
    const { server, clone, scratch } = await localScene(onTestFinished);
    const { port, log } = await startBroker();
    const proxy = await startTcpProxy(onTestFinished, '127.0.0.1', port);
    const direct = { 'broker.example.org': '127.0.0.1', '1883': String(port) };
    const places = { ...direct, '1883': String(proxy.port) };
    const lines = linesOf(
      inPlaceOf(await followed(readmeBlock('# MQTT:'), clone, scratch.env, places), { 'my-laptop': 'another' }),
      scratch.env,
    );
    const hook = join(server.directory, 'hooks/post-receive');
    writeFileSync(hook, inPlaceOf(readmeBlock('#!/bin/sh\nwhile read'), direct));
    chmodSync(hook, 0o755);
    await connected(clone, scratch.env);
    // From then on the broker keeps for each what is said.
    for (const client of ['another-my-repo', 'my-laptop-my-repo'])
      await log.next((line) => line.endsWith(` Sending SUBACK to ${client}`));
    await untilRef(clone, ORIGIN_MAIN, await server.pushCommit());
    await lines.next('refs/heads/main');
    proxy.cut();
    await untilRef(clone, ORIGIN_MAIN, await server.pushCommit());
    await lines.next('refs/heads/main');
  });
});

describe.skipIf(lacksPeers('the recipe for Gerrit', 'sshd', 'ssh', 'jq'))("Gerrit's events", () => {
  const EVENT = {
    submitter: { name: 'A Tester', email: 'tester@example.invalid', username: 'tester' },
    refUpdate: { oldRev: '0'.repeat(40), newRev: '1'.repeat(40), refName: 'refs/heads/main', project: 'my/project' },
    type: 'ref-updated',
    eventCreatedOn: 1_700_000_000,
  };

  /** In place of Gerrit: it says what is written to a file, to whoever asks as Gerrit is asked. */
  const STAND_IN = `#!/bin/sh
[ "$SSH_ORIGINAL_COMMAND" = 'gerrit stream-events -s ref-updated' ] || exit 9
exec tail -n 0 -F "$HOME/events"
`;

  test('bring what moves in the project, and only that', async () => {
    const { server, clone, scratch } = await localScene(onTestFinished);
    const client = setUpSshClient(scratch.home);
    const [standIn, events, bin] = ['gerrit', 'events', 'bin'].map((name) => join(scratch.home, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(standIn, STAND_IN, { mode: 0o755 });
    writeFileSync(events, '');
    // The program's own home is passwd's; there it finds keys, where no other is named.
    mkdirSync(bin);
    writeFileSync(join(bin, 'ssh'), `#!/bin/sh\nexec ${findProgram('ssh')} -F ${client.configFile} "$@"\n`, {
      mode: 0o755,
    });
    const peer = await startOpensshPeer(onTestFinished, scratch, [`command="${standIn}" ${client.key.publicKey}`]);
    client.trust(peer.knownHosts);
    const env = { ...scratch.env, PATH: `${bin}:${scratch.env.PATH}` };
    const places = { '29418': String(peer.port), 'review.example.org': peer.host };
    const command = await followed(readmeBlock('# Gerrit:'), clone, env, places);
    const lines = linesOf(command, env);
    const daemon = await connected(clone, env);
    const say = (change: Partial<typeof EVENT.refUpdate>): void => {
      appendFileSync(events, `${JSON.stringify({ ...EVENT, refUpdate: { ...EVENT.refUpdate, ...change } })}\n`);
    };
    await until('Gerrit is heard', () => {
      say({ refName: 'refs/changes/01/1/1' });
      return lines.count('refs/changes/01/1/1') > 0;
    });
    say({ project: 'another' });
    const tip = await server.pushCommit();
    await until('the daemon hears it, too', async () => {
      say({});
      return (await clone.git('rev-parse', ORIGIN_MAIN)) === tip;
    });
    await lines.next('refs/heads/main');
    expect(lines.count((line) => !line.startsWith('refs/'))).toBe(0);
    expect(daemon.lines.count(/^DISCONNECTED|^WARNING/)).toBe(0);
    expect(readFileSync(events, 'utf8')).toContain('"another"');
  });
});
