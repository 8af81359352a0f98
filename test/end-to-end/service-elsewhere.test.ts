// Owns: services where there is no systemd: by a desktop session, and by launchd, which a stand-in plays that writes down what it was told.
// Leaves: services of systemd (service.test.ts), and what is in the files (test/main/commands/service).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { launchdFor } from '../../src/main/commands/service/launchd.ts';
import { runProgram } from '../support/daemon.ts';
import { pathWithout } from '../support/path-without.ts';
import { lacksPeers } from '../support/peers.ts';
import { localScene, untilRef } from '../support/scene.ts';
import { makeScratch } from '../support/temp-repo.ts';

test.skipIf(lacksPeers('services of a desktop session', 'gio'))(
  'a desktop session starts the daemon where there is neither systemd nor launchd, until that is removed without a trace',
  async () => {
    const { scratch, clone, server } = await localScene(onTestFinished);
    const env = { ...scratch.env, PATH: pathWithout(scratch, ['systemctl']) };
    const run = (...args: readonly string[]) => runProgram(clone.directory, env, ...args);
    const installed = await run('service', 'install');
    expect(installed).toMatchObject({ status: 0, stderr: '' });
    expect(installed.stdout).toMatch(
      /^XDG autostart file git-remote-daemon\.clone\.\w+\.desktop: started at login\nIt is started when you log in to a desktop /,
    );
    await untilRef(clone, 'refs/remotes/origin/main', await server.pushCommit());
    expect(await run('service', 'status')).toMatchObject({ status: 0 });
    expect(await run('service', 'install')).toMatchObject({ stdout: expect.stringContaining(': it was so already\n') });

    // As a session does it at the next login.
    expect(await run('stop')).toMatchObject({ status: 0 });
    expect(await run('service', 'status')).toMatchObject({ status: 1 });
    const [file = 'none'] = readdirSync(join(scratch.home, '.config/autostart'));
    const launched = spawnSync('gio', ['launch', join(scratch.home, '.config/autostart', file)], { cwd: '/', env });
    expect(launched.status).toBe(0);
    await untilRef(clone, 'refs/remotes/origin/main', await server.pushCommit());
    expect(await run('service', 'status')).toMatchObject({ status: 0 });

    const removed = await run('service', 'remove');
    expect(removed).toMatchObject({ status: 0, stdout: expect.stringMatching(/: removed, and the daemon .* stopped/) });
    expect(await run('status')).toMatchObject({ status: 1 });
    expect(existsSync(join(scratch.home, '.config'))).toBe(false);
  },
);

test('launchd is told of the file, anew when it knows it already, and to forget it', async () => {
  const scratch = makeScratch(onTestFinished);
  const bin = join(scratch.directory, 'bin');
  mkdirSync(bin);
  // It knows an agent from bootstrap to bootout.
  const said = join(scratch.directory, 'said');
  const known = join(scratch.directory, 'known');
  writeFileSync(
    join(bin, 'launchctl'),
    `#!/bin/sh
case $1 in
print) [ -e '${known}' ] && echo "	pid = 77" && exit; exit 113 ;;
bootstrap) [ -e '${known}' ] && echo 'Bootstrap failed: 5: Input/output error' >&2 && exit 5; : >'${known}' ;;
bootout) rm '${known}' ;;
esac
echo "$*" >>'${said}'
`,
    { mode: 0o755 },
  );
  const env = { ...scratch.env, PATH: `${bin}:${scratch.env.PATH}` };
  const agent = launchdFor('/re po', { home: scratch.home, uid: 501, log: '/log', env });
  const label = agent.title.replace('launchd agent ', '');
  expect(agent.file).toBe(join(scratch.home, 'Library/LaunchAgents', `${label}.plist`));
  expect(await agent.look()).toEqual({ enabled: false, runs: 'stopped' });
  await agent.begin();
  expect(await agent.look()).toEqual({ enabled: true, runs: 'running', pid: 77 });
  await agent.begin();
  await agent.end();
  await agent.end();
  expect(await agent.look()).toEqual({ enabled: false, runs: 'stopped' });
  const begun = [`enable gui/501/${label}`, `bootstrap gui/501 ${agent.file}`];
  const ended = `bootout gui/501/${label}`;
  expect(readFileSync(said, 'utf8').trimEnd().split('\n')).toEqual([...begun, ended, ...begun, ended]);
});
