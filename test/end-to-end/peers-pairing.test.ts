// Owns: two people who become peers by one line: both have each other, both hear of each other, and one shuts the other out.
// Leaves: files and refusals of the commands (test/main/commands), peers that are there already (peers-mesh.test.ts).
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type CommandResult, type Daemon, PROGRAM, startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { pathWithout } from '../support/path-without.ts';
import { lacksPeers } from '../support/peers.ts';
import { untilRef } from '../support/scene.ts';
import { socketNetwork } from '../support/socket-network.ts';
import { commit, type Environment, makeRepo, makeScratch, openRepo, type TestRepo } from '../support/temp-repo.ts';

interface Person {
  readonly repo: TestRepo;
  readonly env: Environment;
  /** Runs `git-remote-daemon peer …` with that on its stdin. */
  readonly peer: (input: string, ...words: readonly string[]) => Promise<CommandResult>;
  readonly list: () => Promise<readonly Record<string, unknown>[]>;
  readonly start: (...args: readonly string[]) => Daemon;
}

const scratchWithNetwork = () => {
  const scratch = makeScratch(onTestFinished);
  return { scratch, network: socketNetwork(scratch) };
};

async function person(
  { scratch, network }: ReturnType<typeof scratchWithNetwork>,
  name: string,
  env = network.env,
): Promise<Person> {
  const repo = await makeRepo(scratch, name);
  const helpers = join(dirname(PROGRAM), '../helpers');
  const whole = { ...env, PATH: [helpers, env.PATH].join(delimiter) };
  await repo.git('config', 'testnet.address', name);
  await commit(repo, `The first of ${name}`);
  const peer = (input: string, ...words: readonly string[]) =>
    runWithInput(repo.directory, whole, input, ['peer', ...words]);
  return {
    repo,
    env: whole,
    peer,
    list: async () => JSON.parse((await peer('', 'list', '--json')).stdout),
    start: (...args) => startDaemon(onTestFinished, repo.directory, whole, args.length > 0 ? args : ['--foreground']),
  };
}

function runWithInput(cwd: string, env: Environment, input: string, args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], { cwd, env });
    onTestFinished(() => void child.kill('SIGKILL'));
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.on('error', () => undefined).end(input);
    child.on('error', reject);
    child.on('close', (status) => resolve({ status: status ?? -1, stdout, stderr }));
  });
}

const tipOf = ({ repo }: Person): Promise<string> => repo.git('rev-parse', 'main');

/** Resolves once `alice` has bob, and bob `alice`, as remotes by these names, each with what the other has. */
async function untilBoth(alice: Person, bob: Person): Promise<void> {
  await untilRef(bob.repo, 'refs/remotes/alice/main', await tipOf(alice));
  await untilRef(alice.repo, 'refs/remotes/bob/main', await tipOf(bob));
}

describe.skipIf(lacksPeers('pairing over a network of the tests', 'perl'))('invite and accept', () => {
  test('give both each other, also where one has never heard of git-annex, and both hear of each other', async () => {
    const stage = scratchWithNetwork();
    const without = {
      ...stage.network.env,
      PATH: pathWithout({ ...stage.scratch, env: stage.network.env }, ['git-annex', 'git-annex-shell']),
    };
    const [alice, bob] = [await person(stage, 'alice', without), await person(stage, 'bob')];
    const [first, second] = [alice.start(), bob.start()];
    const invited = await alice.peer('', 'invite', '--network=sock', '--name=bob');
    expect(invited.status).toBe(0);
    const accepted = await bob.peer(invited.stdout, 'accept', 'alice', '-');
    expect(accepted).toMatchObject({ status: 0, stdout: '' });
    await second.line('CONNECTED alice');
    await first.line('CONNECTED bob');
    await untilBoth(alice, bob);
    for (const [here, there, name] of [
      [alice, bob, 'alice'],
      [bob, alice, 'bob'],
    ] as const) {
      const tip = await commit(here.repo);
      await untilRef(there.repo, `refs/remotes/${name}/main`, tip);
    }
    const uuids = await Promise.all([alice, bob].map(({ repo }) => repo.git('config', 'remotedaemon.uuid')));
    await until('both know who the other is', async () => {
      const known = [
        alice.repo.git('config', 'remote.bob.annex-uuid'),
        bob.repo.git('config', 'remote.alice.annex-uuid'),
      ];
      const [ofBob, ofAlice] = await Promise.all(known.map((each) => each.catch(() => '')));
      return ofBob === uuids[1] && ofAlice === uuids[0];
    });
    expect(await alice.list()).toMatchObject([
      { name: 'bob', remote: 'bob', rights: 'read', connected: true, pairing: 'settled' },
    ]);
    expect(await bob.list()).toMatchObject([
      { name: 'alice', remote: 'alice', rights: 'read', connected: true, pairing: 'settled' },
    ]);
    expect(existsSync(join(alice.repo.directory, '.git/annex/index'))).toBe(false);
    // No secret is told to anybody.
    const token = invited.stdout.trim().split(':').at(-1) ?? '';
    for (const text of [first.stderr(), second.stderr(), accepted.stderr]) expect(text).not.toContain(token);
    for (const { lines } of [first, second]) expect(lines.count((line) => line.includes(token))).toBe(0);
  });

  test('a peer that is removed is shut out at once, and its side says what to do', async () => {
    const stage = scratchWithNetwork();
    const [alice, bob] = [await person(stage, 'alice'), await person(stage, 'bob')];
    alice.start();
    const second = bob.start();
    const invited = await alice.peer('', 'invite', '--network=sock', '--name=bob');
    await bob.peer(invited.stdout, 'accept', 'alice', '-');
    await untilBoth(alice, bob);
    const removed = await alice.peer('', 'remove', 'bob');
    expect(removed).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^sock is still served, and nobody is let in: [^\n]*\n$/),
    });
    expect(removed.stdout.split('\n')).toHaveLength(4);
    await second.line('DISCONNECTED alice');
    await second.line(/^WARNING alice .*/);
    expect(await alice.repo.git('remote')).toBe('');
    expect(await alice.list()).toEqual([]);
    const tip = await commit(alice.repo);
    await expect(bob.repo.git('fetch', 'alice')).rejects.toThrow();
    expect(await bob.repo.git('rev-parse', 'refs/remotes/alice/main')).not.toBe(tip);
  });

  test('one way makes the other no remote, and gives it no way in', async () => {
    const stage = scratchWithNetwork();
    const [alice, bob] = [await person(stage, 'alice'), await person(stage, 'bob')];
    alice.start();
    const second = bob.start();
    const invited = await alice.peer('', 'invite', '--network=sock');
    await bob.peer(invited.stdout, 'accept', 'alice', '-', '--one-way');
    await second.line('CONNECTED alice');
    await untilRef(bob.repo, 'refs/remotes/alice/main', await tipOf(alice));
    expect(await alice.repo.git('remote')).toBe('');
    expect(stage.network.listeners()).toEqual(['alice']);
    // Nothing of the config is different then, but for the token.
    const [{ name } = { name: '' }] = await alice.list();
    await alice.peer('', 'remove', String(name));
    await second.line('DISCONNECTED alice');
  });

  test('many invitations at once are all good, and the network is served once', async () => {
    const stage = scratchWithNetwork();
    const alice = await person(stage, 'alice');
    const all = await Promise.all([1, 2, 3, 4].map(() => alice.peer('', 'invite', '--network=sock')));
    expect(all.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    const tokens = readFileSync(join(alice.repo.directory, '.git/annex/creds/p2pauth-read-only'), 'utf8');
    for (const { stdout } of all) expect(tokens).toContain(stdout.trim().split(':').at(-1));
    expect(await alice.list()).toHaveLength(4);
    expect(await alice.repo.git('config', '--get-all', 'remotedaemon.serve')).toBe('sock');
  });

  test('works where no daemon runs yet, and git alone can fetch by it', async () => {
    const stage = scratchWithNetwork();
    const [alice, bob] = [await person(stage, 'alice'), await person(stage, 'bob')];
    const invited = await alice.peer('', 'invite', '--network=sock', '--name=bob');
    expect(invited.stderr).toContain('no daemon is running here');
    await bob.peer('', 'accept', 'alice', invited.stdout.trim());
    const first = alice.start();
    await until('alice is there', () => stage.network.listeners().includes('alice'));
    await gitIn(bob, 'fetch', 'alice');
    expect(await bob.repo.git('rev-parse', 'refs/remotes/alice/main')).toBe(await tipOf(alice));
    bob.start();
    await first.line('CONNECTED bob');
    await untilBoth(alice, bob);
  });

  test('with --write lets the other push, else not', async () => {
    const stage = scratchWithNetwork();
    const [alice, bob, carl] = [await person(stage, 'alice'), await person(stage, 'bob'), await person(stage, 'carl')];
    alice.start();
    const [writer, reader] = [
      await alice.peer('', 'invite', '--network=sock', '--write'),
      await alice.peer('', 'invite', '--network=sock'),
    ];
    await until('alice is there', () => stage.network.listeners().includes('alice'));
    await bob.peer(writer.stdout, 'accept', 'alice', '-', '--one-way');
    await carl.peer(reader.stdout, 'accept', 'alice', '-', '--one-way');
    await gitIn(bob, 'push', '--quiet', 'alice', 'main:from-bob');
    expect(await alice.repo.git('rev-parse', 'from-bob')).toBe(await tipOf(bob));
    await expect(gitIn(carl, 'push', '--quiet', 'alice', 'main:from-carl')).rejects.toThrow();
    await expect(alice.repo.git('rev-parse', 'from-carl')).rejects.toThrow();
  });
});

const gitIn = ({ repo, env }: Person, ...args: readonly string[]): Promise<string> =>
  openRepo(repo.directory, env).git(...args);
