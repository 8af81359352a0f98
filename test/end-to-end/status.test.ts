// Owns: `status` of a real daemon: what it says of a remote that asks for a login, and of a fetch that takes long; its forms and exit statuses, and what is told once none runs.
// Leaves: terminals (status-terminal.test.ts), and each state's words (test/main/commands/status).
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runProgram, startDaemon } from '../support/daemon.ts';
import { startHttpPeer } from '../support/http-peer.ts';
import { until } from '../support/next-line.ts';
import { lacksPeers } from '../support/peers.ts';
import { isAlive } from '../support/processes.ts';
import { localScene, untilRef, untilStatus } from '../support/scene.ts';
import { faultsOf } from '../support/status-schema.ts';

async function setUp() {
  const scene = await localScene(onTestFinished);
  const status = (...words: readonly string[]) =>
    runProgram(scene.clone.directory, scene.scratch.env, 'status', ...words);
  const json = async () => {
    const { stdout } = await status('--json');
    expect(faultsOf(stdout)).toEqual([]);
    return JSON.parse(stdout);
  };
  const command = (word: string) => runProgram(scene.clone.directory, scene.scratch.env, word);
  onTestFinished(() => void command('stop').catch(() => undefined));
  return { ...scene, status, json, command };
}

test.skipIf(lacksPeers('a web server that asks for a login', 'git-http-backend'))(
  'of a remote that asks for a login it is told in one sentence what helps, and that it is down',
  async () => {
    const { scratch, server, clone, status, json } = await setUp();
    const web = await startHttpPeer(onTestFinished, scratch);
    await clone.git('remote', 'add', 'web', web.url(server.directory));
    const daemon = startDaemon(onTestFinished, clone.directory, scratch.env);
    const host = `http://127.0.0.1:${web.port}`;
    const why = `${host} asks for a login, and no credential helper knows one; make 'git fetch web' work without a question, then 'git remote-daemon resume'`;
    expect((await daemon.line(/^WARNING web /)).text).toBe(`WARNING web ${why}`);
    await daemon.line('DONESYNCING origin 1');
    await until('status says so, too', async () => (await status('--exit-code')).status === 2);
    const said = (await status()).stdout;
    expect(said).toMatch(/^2 remotes: 1 connected, 1 down$/m);
    expect(said.slice(said.indexOf('\nweb: ')).split('\n').slice(1, -1)).toEqual([
      expect.stringMatching(/^web: down, next try in .*, or when something changes that may help$/),
      `  ${web.url(server.directory)}`,
      expect.stringMatching(/^ {2}last error (?:just now|\d+ s ago): /),
    ]);
    expect(said).toContain(`: ${why}\n`);
    expect(said).not.toContain('fatal');
    expect((await json()).remotes).toMatchObject([{ name: 'origin' }, { name: 'web', state: 'down' }]);
    expect(await status('--short')).toEqual({ status: 0, stdout: 'origin connected\nweb down\n', stderr: '' });
    expect(await status('--exit-code', 'origin')).toMatchObject({ status: 0 });
    expect(await status('--short', 'web')).toMatchObject({ status: 0, stdout: 'web down\n' });
    const unknown = {
      status: 128,
      stdout: '',
      stderr: "fatal: there is no remote 'orign' here; did you mean 'origin'?\n",
    };
    expect(await status('web', 'orign')).toEqual(unknown);
  },
);

/** An upload-pack that dribbles from a point on, for as long as a file is not there. */
const slowly = (openGate: string): string => `#!/bin/sh
git-upload-pack "$@" | perl -e '
  $| = 1;
  my $sent = 0;
  while (my $bytes = sysread(STDIN, my $piece, 1024)) {
    $sent += $bytes;
    select(undef, undef, undef, 0.05) if $sent > 200_000 && !-e "${openGate}";
    syswrite(STDOUT, $piece);
  }'
`;

test.skipIf(lacksPeers('a fetch that takes long', 'perl'))(
  'a fetch that takes longer than two seconds shows how far it is, also in the log, and then no more',
  async () => {
    const { scratch, server, clone, status, json } = await setUp();
    const gate = join(scratch.directory, 'gate');
    const program = join(scratch.directory, 'slow-upload-pack');
    writeFileSync(program, slowly(gate), { mode: 0o755 });
    await clone.git('config', 'remote.origin.uploadpack', program);
    const { directory, git } = server.writer;
    for (let file = 0; file < 120; file += 1) writeFileSync(join(directory, `${file}`), randomBytes(8 * 1024));
    await git('add', '.');
    const tip = await server.pushCommit();
    const daemon = startDaemon(onTestFinished, clone.directory, scratch.env);
    const STEP = /^ {2}Receiving objects: +\d+% \(\d+\/12\d\)/m;
    let said = '';
    await until('status shows it', async () => {
      said = (await status()).stdout;
      return STEP.test(said);
    });
    expect(said).toMatch(/^origin {2}syncing \d+% /m);
    expect(said).toMatch(/^origin: connected for .*, syncing now for \d+ s$/m);
    expect((await json()).remotes[0]).toMatchObject({
      syncing: true,
      progress: { text: expect.stringMatching(/^Receiving objects: /), percent: expect.any(Number) },
    });
    expect((await status('--short')).stdout).toMatch(/^origin connected syncing/);
    expect(daemon.stderr()).toMatch(/origin: fetch has taken [2-9] s so far: \w/);
    writeFileSync(gate, '');
    await untilRef(clone, 'refs/remotes/origin/main', tip);
    await daemon.line('DONESYNCING origin 1');
    await until('status shows no more of it', async () => !(await status()).stdout.includes('Receiving'));
    expect(daemon.stderr().match(/has taken/g)).toHaveLength(1);
  },
);

test('once none runs it tells how the last one ended, and when', async () => {
  const { clone, scratch, status, json, command } = await setUp();
  await command('start');
  await untilStatus({ clone, scratch }, '1 remote, connected');
  const { pid } = await json();
  await command('stop');
  expect(await status()).toEqual({
    status: 1,
    stdout: expect.stringMatching(
      /^no daemon is running here; the last ended (?:just now|\d+ s ago): it was told to stop\n$/,
    ),
    stderr: '',
  });
  expect(await json()).toMatchObject({ running: false, lastEnd: { kind: 'ended', why: expect.any(String) } });
  await command('start');
  await untilStatus({ clone, scratch }, '1 remote, connected');
  const { pid: second } = await json();
  expect(second).not.toBe(pid);
  process.kill(second, 'SIGKILL');
  await until('it is gone', () => !isAlive(second));
  expect((await status()).stdout).toMatch(
    /^no daemon is running here; the last was killed, or the machine went down, (?:just now|\d+ s ago) or later\n$/,
  );
  expect(await json()).toMatchObject({ running: false, lastEnd: { kind: 'killed' } });
});
