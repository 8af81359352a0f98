// Owns: git by its remote helpers where no daemon runs: clone, fetch and push with scripted peers, and each way it fails.
// Leaves: helpers that have a daemon's link (test/main/relay/helper.test.ts), and the lines (test/workers/peer/client).
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parsePeerUrl } from '../../src/shared/p2p/address.ts';
import { tokenFileOf } from '../../src/shared/p2p/credentials.ts';
import {
  admit,
  annexLaboratory,
  giveToken as giveAnnexToken,
  lacksAnnexLaboratory,
  makeAnnexRepo,
  makeToken,
  untilServed,
} from '../support/annex-peer.ts';
import { startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { startMesh } from '../support/peer-mesh.ts';
import { findProgram, lacksPeers } from '../support/peers.ts';
import { processesMarked } from '../support/processes.ts';
import { untilRef } from '../support/scene.ts';
import { commit, makeScratch, makeServerRepo, openRepo, type Scratch, type TestRepo } from '../support/temp-repo.ts';
import { PEER_UUID, relayGit, startScriptedPeer, TOKEN, type Visit } from '../workers/peer/scripted-peer.ts';

const HELPERS = fileURLToPath(new URL('../../dist/helpers', import.meta.url));
const URL_OF_PEER = 'p2p-annex::test:alice';
const VARIABLE = 'GIT_ANNEX_P2P_AUTHTOKEN';

interface PeerTraits {
  /** What it answers when it is asked what it knows; none: as git-annex. */
  readonly features?: string;
  /** Says this instead of running receive-pack. */
  readonly refuses?: string;
}

/** A peer with a repository, and the environment of a user who can reach it: its network is a program. */
async function makeWorld(traits: PeerTraits = {}, kind: 'perl' | 'Node' = 'perl') {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const peer = await startScriptedPeer(onTestFinished, scratch, (visit) => serve(visit, server, scratch, traits));
  const programs = makeNetworkProgram(scratch, peer.socketPath);
  const usual = kind === 'perl' ? (scratch.env.PATH ?? '') : withoutPerl(scratch);
  const PATH = [HELPERS, programs, dirname(process.execPath), usual].join(':');
  const env = { ...scratch.env, PATH };
  const clone = async (name = 'clone'): Promise<TestRepo> => {
    const outside = openRepo(scratch.directory, { ...env, [VARIABLE]: TOKEN });
    await outside.git('clone', '--quiet', URL_OF_PEER, name);
    const repo = openRepo(join(scratch.directory, name), env);
    giveToken(repo, TOKEN);
    return repo;
  };
  return { scratch, server, peer, programs, env, clone };
}

/**
 * A program `git-annex-p2p-test` that leads to the peer's socket, whatever the address: without perl, unlike the network of
 * the other tests. Gives the folder that it is in.
 */
function makeNetworkProgram({ directory }: Scratch, socketPath: string): string {
  const folder = join(directory, 'programs');
  mkdirSync(folder, { recursive: true });
  const script = `const s = require('node:net').connect({ path: ${JSON.stringify(socketPath)}, allowHalfOpen: true });
s.on('error', (error) => { console.error(error.code); process.exit(1); });
process.stdin.pipe(s);
s.pipe(process.stdout);
s.on('close', () => process.exit(0));
`;
  writeFileSync(join(folder, 'git-annex-p2p-test'), `#!${process.execPath}\n${script}`, { mode: 0o755 });
  return folder;
}

function withoutPerl({ directory }: Scratch): string {
  const folder = join(directory, 'path');
  mkdirSync(folder);
  for (const name of ['git', 'sh', 'readlink']) symlinkSync(findProgram(name) ?? '', join(folder, name));
  return folder;
}

/** As git-annex keeps it. */
function giveToken({ directory }: TestRepo, token: string): void {
  const address = parsePeerUrl(URL_OF_PEER);
  if ('why' in address) throw new Error(address.why);
  const folder = join(directory, '.git/annex/creds');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, tokenFileOf(address)), `${token}\n`, { mode: 0o600 });
}

async function serve(
  visit: Visit,
  server: TestRepo,
  scratch: Scratch,
  { features, refuses }: PeerTraits,
): Promise<void> {
  const { hear, say } = visit;
  for (;;) {
    const line = await hear();
    const [word, service, version] = line.split(' ');
    if (word === 'AUTH') say(line.endsWith(` ${TOKEN}`) ? `AUTH-SUCCESS ${PEER_UUID}` : 'AUTH-FAILURE');
    else if (word === 'VERSION') say('VERSION 4');
    else if (word === 'REMOTEDAEMON') say(features ?? 'ERROR unknown command');
    else if (word === 'NOTIFYCHANGE') waiting.add(visit);
    else if (word === 'CONNECT' && service === 'git-receive-pack' && refuses) say(`ERROR ${refuses}`);
    else if (word === 'CONNECT') {
      const env = { ...scratch.env, ...(version && { GIT_PROTOCOL: version }) };
      const name = service === 'git-upload-pack' ? 'upload-pack' : 'receive-pack';
      // Who answers that question is ours, and takes a last word for git's end.
      return relayGit(visit, [name], { ...server, env }, features ? 'is heard by git' : 'ends git');
    } else return;
  }
}

/** Those who are to be told of changes. */
const waiting = new Set<Visit>();

function tell(tip: string): void {
  for (const { say } of waiting) say(`CHANGED ${tip}`);
  waiting.clear();
}

const KINDS = lacksPeers('dialling from perl', 'perl') ? (['Node'] as const) : (['perl', 'Node'] as const);

describe.each(KINDS)('a peer without a daemon, by %s,', (kind) => {
  test('is cloned, fetched from and pushed to, as git-annex serves it', async () => {
    const { server, clone } = await makeWorld({}, kind);
    const repo = await clone();
    const tip = await server.pushCommit();
    await repo.git('fetch', '--quiet');
    expect(await repo.git('rev-parse', 'origin/main')).toBe(tip);
    const ours = await commit(repo);
    await repo.git('push', '--quiet', 'origin', 'HEAD:refs/heads/ours');
    expect(await server.git('rev-parse', 'ours')).toBe(ours);
  });

  test('is asked for protocol v2 where it knows that, and git wants it', async () => {
    const { server, clone, peer } = await makeWorld({ features: 'REMOTEDAEMON 1 git-v2' }, kind);
    const repo = await clone();
    await server.pushCommit();
    await repo.git('-c', 'protocol.version=0', 'fetch', '--quiet');
    await repo.git('push', '--quiet', 'origin', 'HEAD:refs/heads/ours');
    const asked = peer.log.seen.map(({ text }) => text).filter((line) => line.includes('CONNECT'));
    expect(asked).toEqual([
      '1: CONNECT git-upload-pack version=2',
      '2: CONNECT git-upload-pack',
      '3: CONNECT git-receive-pack',
    ]);
  });

  test('brings much, both ways, unharmed', async () => {
    const { server, clone, scratch } = await makeWorld({}, kind);
    const { writer } = server;
    writeFileSync(join(writer.directory, 'big'), randomBytes(4_000_000));
    await writer.git('add', 'big');
    const tip = await server.pushCommit();
    const repo = await clone();
    expect(await repo.git('rev-parse', 'HEAD')).toBe(tip);
    writeFileSync(join(repo.directory, 'bigger'), randomBytes(4_000_000));
    await repo.git('add', 'bigger');
    const ours = await commit(repo);
    await repo.git('push', '--quiet', 'origin', 'HEAD:refs/heads/ours');
    expect(await server.git('rev-parse', 'ours')).toBe(ours);
    for (const each of [server, repo]) await openRepo(each.directory, scratch.env).git('fsck', '--strict');
  });

  test('is left when git goes away, with all that was started for it', async () => {
    const { clone, peer, scratch, env } = await makeWorld({}, kind);
    const repo = await clone();
    const hanging = await startScriptedPeer(onTestFinished, scratch, async ({ hear }) => {
      for (;;) await hear();
    });
    expect(peer.log.seen.map(({ text }) => text)).toContain('1 is gone');
    makeNetworkProgram(scratch, hanging.socketPath);
    const git = spawn('git', ['fetch'], { cwd: repo.directory, env, stdio: 'ignore' });
    await hanging.log.next(/^1: AUTH /);
    git.kill('SIGKILL');
    await once(git, 'exit');
    await hanging.log.next('1 is gone');
  });
});

describe('a peer that is not to be had', () => {
  /** All that git and its helper say. */
  const failure = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'it worked',
      ({ stderr }: { stderr: string }) => stderr,
    );

  test('as it does not know the token is told in a line, which does not tell it', async () => {
    const { clone } = await makeWorld();
    const repo = await clone();
    const wrong = 'x'.repeat(128);
    giveToken(repo, wrong);
    expect(await failure(repo.git('fetch'))).toBe(
      'fatal: the peer does not know our token: ask for a new invitation, and take it with git remote-daemon peer accept\n',
    );
  });

  test('as there is no token for it', async () => {
    const { clone, scratch, env } = await makeWorld();
    const repo = await clone();
    renameSync(join(repo.directory, '.git/annex'), join(scratch.directory, 'annex'));
    expect(await failure(repo.git('fetch'))).toBe(
      `fatal: no token for ${URL_OF_PEER}: get an invitation, and take it with git remote-daemon peer accept\n`,
    );
    expect(await failure(openRepo(scratch.directory, env).git('ls-remote', URL_OF_PEER))).toBe(
      `fatal: there is no repository here that has a token for it: set ${VARIABLE}\n`,
    );
  });

  test('as another repository answers', async () => {
    const { clone } = await makeWorld();
    const repo = await clone();
    await repo.git('config', 'remote.origin.annex-uuid', 'another');
    expect(await failure(repo.git('fetch'))).toMatch(
      /^fatal: another repository answers: peer-uuid instead of another: .*\n$/,
    );
    await repo.git('config', 'remote.origin.annex-uuid', PEER_UUID);
    expect(await failure(repo.git('fetch'))).toBe('it worked');
  });

  test('as there is no such network, nobody is there, or the address is none', async () => {
    const { clone, peer, env } = await makeWorld();
    const repo = await clone();
    const asking = (url: string): Promise<string> =>
      failure(openRepo(repo.directory, { ...env, [VARIABLE]: TOKEN }).git('ls-remote', url));
    expect(await asking('p2p-annex::other:alice')).toMatch(
      /^fatal: there is no program git-annex-p2p-other on PATH: .*\n$/,
    );
    expect(await asking('p2p-annex::Test')).toMatch(/^fatal: what follows p2p-annex:: is no name of a network.*\n$/);
    expect(await asking('tor-annex::x:1')).toMatch(/^fatal: what follows tor-annex:: is no onion address.*\n$/);
    await peer.stop();
    expect(await asking(URL_OF_PEER)).toMatch(/^fatal: .*git-annex-p2p-test.*\n$/);
  });

  test('as it refuses a push, in its words', async () => {
    const { clone } = await makeWorld({ refuses: 'this token may only read' });
    const repo = await clone();
    expect(await failure(repo.git('push', 'origin', 'HEAD:refs/heads/ours'))).toBe(
      'fatal: the peer says: "this token may only read"\n',
    );
  });

  test('as it closes before its service has spoken', async () => {
    const { clone } = await makeWorld({ features: 'NONSENSE' });
    expect(await failure(clone())).toMatch(/^fatal: no answer to REMOTEDAEMON: the peer says: "NONSENSE"\n$/);
  });
});

test('a token that was given in the environment is seen by nobody else', async () => {
  const { programs, scratch, clone } = await makeWorld();
  const program = join(programs, 'git-annex-p2p-test');
  renameSync(program, `${program}-itself`);
  const seen = join(scratch.directory, 'seen');
  writeFileSync(
    program,
    `#!/bin/sh\n{ env; echo "$*"; tr '\\0' '\\n' </proc/$PPID/cmdline; } >${seen}\nexec ${program}-itself "$@"\n`,
  );
  chmodSync(program, 0o755);
  await clone();
  expect(readFileSync(seen, 'utf8')).toMatch(/^alice$/m);
  expect(readFileSync(seen, 'utf8')).not.toContain(TOKEN);
});

test('a peer is reached from a linked work tree, a bare repository, and outside of any', async () => {
  const { clone, scratch, server, env } = await makeWorld();
  const repo = await clone();
  const linked = join(scratch.directory, 'linked');
  await repo.git('worktree', 'add', '--quiet', linked);
  mkdirSync(join(linked, 'below'));
  for (const place of [linked, join(linked, 'below'), join(repo.directory, '.git')]) {
    const tip = await server.pushCommit();
    await openRepo(place, env).git('fetch', '--quiet', 'origin');
    expect(await repo.git('rev-parse', 'origin/main')).toBe(tip);
  }
  const outside = openRepo(scratch.directory, { ...env, [VARIABLE]: TOKEN });
  expect(await outside.git('ls-remote', URL_OF_PEER, 'refs/heads/main')).toMatch(/refs\/heads\/main$/);
});

describe('where a daemon runs', () => {
  test('its fetches, and those of a user who has no way to the peer, come over its link; when it is gone git dials', async () => {
    const { clone, scratch, server, env, peer } = await makeWorld();
    const repo = await clone();
    const daemon = startDaemon(onTestFinished, repo.directory, env);
    await daemon.line('CONNECTED origin');
    const told = await server.pushCommit();
    tell(told);
    await untilRef(repo, 'refs/remotes/origin/main', told);
    await daemon.line('DONESYNCING origin 1');
    const tip = await server.pushCommit();
    const cutOff = openRepo(repo.directory, { ...scratch.env, PATH: `${HELPERS}:${scratch.env.PATH}` });
    await cutOff.git('fetch', '--quiet', 'origin');
    expect(await repo.git('rev-parse', 'origin/main')).toBe(tip);
    const dialled = peer.log.count(/ came$/);
    await repo.git('ls-remote', 'origin');
    // One for what it took, and one that the daemon may still have been dialling for the fetch before.
    expect(peer.log.count(/ came$/)).toBeLessThanOrEqual(dialled + 2);
    const door = join(repo.directory, '.git/remote-daemon/doors/origin');
    expect(readFileSync(door, 'utf8')).not.toContain(TOKEN);
    daemon.send('PAUSE');
    await daemon.line('DISCONNECTED origin');
    await until('the door is gone', () => !existsSync(door));
    daemon.send('RESUME');
    await daemon.line('CONNECTED origin');
    await until('the door is there', () => existsSync(door));
    daemon.signal('SIGKILL');
    await daemon.exit;
    expect(existsSync(door)).toBe(true);
    await expect(cutOff.git('fetch', 'origin')).rejects.toThrow('there is no program git-annex-p2p-test on PATH');
    const last = await server.pushCommit();
    await repo.git('fetch', '--quiet', 'origin');
    expect(await repo.git('rev-parse', 'origin/main')).toBe(last);
  });
});

describe.skipIf(lacksPeers('a peer that our daemon serves', 'perl'))('a repository that our daemon serves', () => {
  test('is fetched from and pushed to by git alone, as much as its token lets it, and much at once', async () => {
    const mesh = startMesh(onTestFinished);
    const [ada, bob, eve] = [await mesh.join('ada'), await mesh.join('bob'), await mesh.join('eve')];
    await mesh.befriend(bob, ada, 'write');
    await mesh.befriend(eve, ada, 'read');
    mesh.start(ada);
    await until('ada listens', () => existsSync(ada.socket));
    writeFileSync(join(ada.repo.directory, 'big'), randomBytes(5_000_000));
    await ada.repo.git('add', 'big');
    const tip = await commit(ada.repo);
    for (const { repo } of [bob, eve]) {
      await openRepo(repo.directory, mesh.env).git('fetch', '--quiet', 'ada');
      expect(await repo.git('rev-parse', 'ada/main')).toBe(tip);
    }
    writeFileSync(join(bob.repo.directory, 'bigger'), randomBytes(5_000_000));
    await bob.repo.git('add', 'bigger');
    const pushed = await commit(bob.repo);
    await bob.repo.git('push', '--quiet', 'ada', 'HEAD:refs/heads/of-bob');
    expect(await ada.repo.git('rev-parse', 'of-bob')).toBe(pushed);
    await expect(eve.repo.git('push', 'ada', 'HEAD:refs/heads/of-eve')).rejects.toThrow(/read-only/);
    for (const { repo } of [ada, bob]) await repo.git('fsck', '--strict');
  });
});

test.skipIf(lacksPeers('a push that is cut off', 'perl'))(
  'a push whose git is killed is over, on both sides, at once',
  async () => {
    const mesh = startMesh(onTestFinished);
    const [ada, bob] = [await mesh.join('ada'), await mesh.join('bob')];
    await mesh.befriend(bob, ada, 'write');
    mesh.start(ada);
    await until('ada listens', () => existsSync(ada.socket));
    // It says that a pack comes, and then nothing.
    const packer = join(mesh.scratch.directory, 'packer');
    const began = join(packer, 'began');
    mkdirSync(packer);
    const waits = `touch ${began}; while [ -e ${began} ]; do sleep 0.1; done; exit 1`;
    const script = `case $1 in pack-objects) ${waits} ;; esac\nexec ${findProgram('git')} "$@"`;
    writeFileSync(join(packer, 'git'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const env = { ...mesh.env, GIT_EXEC_PATH: packer, PATH: `${packer}:${mesh.env.PATH}` };
    await commit(bob.repo);
    const git = spawn(findProgram('git') ?? 'git', ['push', 'ada', 'HEAD:refs/heads/cut'], {
      cwd: bob.repo.directory,
      env,
      stdio: 'ignore',
    });
    await until('the pack is on its way', () => existsSync(began));
    git.kill('SIGKILL');
    await once(git, 'exit');
    rmSync(began);
    const helpers = () => processesMarked(mesh.scratch.id).filter(({ command }) => command.includes('helpers/'));
    await until('its helper is gone', () => helpers().length === 0);
    const tip = await commit(bob.repo);
    await bob.repo.git('push', '--quiet', 'ada', 'HEAD:refs/heads/whole');
    expect(await ada.repo.git('rev-parse', 'whole')).toBe(tip);
  },
);

describe.skipIf(lacksAnnexLaboratory('git by a helper at git-annex'))('a git-annex at a hidden service', () => {
  test('is cloned, fetched from and pushed to by git-remote-tor-annex', async () => {
    const scratch = makeScratch(onTestFinished);
    const laboratory = await annexLaboratory(onTestFinished, scratch);
    const theirs = await makeAnnexRepo(scratch, 'theirs');
    const service = await laboratory.hide(theirs);
    const token = makeToken();
    admit(theirs, token);
    laboratory.startAnnex(theirs);
    await untilServed(service);
    const env = { ...scratch.env, PATH: `${HELPERS}:${scratch.env.PATH}` };
    const options = ['-c', `remotedaemon.torProxy=${laboratory.proxy}`, '--quiet'];
    // git-annex drops the end of what its upload-pack or receive-pack says now and then.
    const atLast = (work: () => Promise<unknown>): Promise<void> =>
      until('git-annex has said all of it', () =>
        work().then(
          () => true,
          () => false,
        ),
      );
    const outside = openRepo(scratch.directory, { ...env, [VARIABLE]: token });
    await atLast(() => outside.git('clone', ...options, service.url, 'ours'));
    const ours = openRepo(join(scratch.directory, 'ours'), env);
    await ours.git('config', 'remote.origin.annex-uuid', service.uuid);
    giveAnnexToken(ours, service, token);
    const tip = await commit(theirs);
    await atLast(() => ours.git('fetch', '--quiet'));
    expect(await ours.git('rev-parse', 'origin/main')).toBe(tip);
    const pushed = await commit(ours);
    await atLast(() => ours.git('push', '--quiet', 'origin', 'HEAD:refs/heads/of-ours'));
    expect(await theirs.git('rev-parse', 'of-ours')).toBe(pushed);
    giveAnnexToken(ours, service, makeToken());
    await expect(ours.git('fetch')).rejects.toThrow('fatal: the peer does not know our token');
  });
});
