import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startFetch } from '../../src/main/git/fetch.ts';
import { gitQuery } from '../../src/main/git/run-git.ts';
import type { Failure } from '../../src/shared/failures.ts';
import { gitFailure, isLostRace } from '../../src/shared/git-failures.ts';
import { remoteName } from '../../src/shared/remote.ts';
import { placeOf, script } from '../main/git/git-place.ts';
import { lacksPeers } from '../support/peers.ts';
import { setUpSshClient } from '../support/ssh-client.ts';
import { makeKeyPair } from '../support/ssh-keys.ts';
import { startSshPeer } from '../support/ssh-peer.ts';
import {
  cloneRepo,
  commit,
  makeRepo,
  makeScratch,
  makeServerRepo,
  type Scratch,
  type TestRepo,
} from '../support/temp-repo.ts';

const ORIGIN = remoteName('origin');

async function failureOfFetch(scratch: Scratch, repo: TestRepo): Promise<Failure> {
  const outcome = await startFetch(placeOf(scratch, repo), { remote: ORIGIN, mode: 'fetch' }).finished;
  if (outcome.ok) throw new Error('the fetch did not fail');
  return outcome.failure;
}

/** How a fetch from a URL fails. */
async function failureOf(url: string, configure?: (repo: TestRepo) => Promise<unknown>): Promise<Failure> {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'repo');
  await repo.git('remote', 'add', 'origin', url);
  await configure?.(repo);
  return failureOfFetch(scratch, repo);
}

test.each([
  ['/nowhere/at/all', 'no-repository', "'/nowhere/at/all' does not appear to be a git repository"],
  ['http://127.0.0.1:1/x', 'unreachable', /Failed to connect to 127\.0\.0\.1/],
  ['git://127.0.0.1:1/x', 'unreachable', /^127\.0\.0\.1.*Connection refused$/],
  ['http://nowhere.invalid/x', 'unreachable', /Could not resolve/],
])('a fetch from %s fails as %s', async (url, code, detail) => {
  expect(await failureOf(url)).toEqual({ code, detail: expect.stringMatching(detail) });
});

/** A web server that answers everything with this, and the `http` URL of a repository there. */
async function startAnswering(status: number, text = ''): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'WWW-Authenticate': 'Basic realm="x"', 'Content-Type': 'text/plain' }).end(text);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : undefined}/x`;
}

test.each([
  [401, 'auth-refused', /^http:\/\/127\.0\.0\.1:\d+ asks for a login, and no credential helper knows one$/],
  [403, 'remote-error', /returned error: 403/],
  [404, 'no-repository', /repository '.*' not found/],
  [429, 'remote-error', /returned error: 429/],
  [503, 'remote-error', /returned error: 503/],
])('a web server that answers %i is %s, and nobody is asked', async (status, code, detail) => {
  const url = await startAnswering(status);
  // core.askPass would be asked if GIT_ASKPASS were not set.
  const failure = await failureOf(url, (repo) => repo.git('config', 'core.askPass', 'cat'));
  expect(failure).toEqual({ code, detail: expect.stringMatching(detail) });
});

test('a web server that answers 403 and speaks of a rate limit may be asked again later', async () => {
  const url = await startAnswering(403, 'Sorry.\nYou have exceeded a secondary rate limit.\n');
  expect(await failureOf(url)).toEqual({
    code: 'remote-error',
    detail: 'the remote says: "You have exceeded a secondary rate limit."',
  });
});

const FORBIDDEN = "fatal: unable to access 'https://h/x/': The requested URL returned error: 403";

test.each([
  ['remote: API rate limit exceeded for user ID 1.', 'remote-error'],
  ['remote: {"message":"You have exceeded a secondary rate limit"}', 'remote-error'],
  ['remote: Rate-limited: slow down', 'remote-error'],
  ['remote: You have triggered an abuse detection mechanism.', 'remote-error'],
  ['remote: Retry later', 'remote-error'],
  ['remote: 403 Too Many Requests', 'remote-error'],
  ['remote: Permission to o/x.git denied to me.', 'not-permitted'],
  ['remote: Write access to repository not granted.', 'not-permitted'],
  ['remote: <html><body>Access temporarily restricted', 'remote-error'],
  ["remote: Too many requests\nfatal: Authentication failed for 'https://h/x/'", 'auth-refused'],
  ["remote: Retry later\nfatal: could not read Username for 'https://h'", 'auth-refused'],
])('a 403 behind %j is %s', (said, code) => {
  expect(gitFailure(`${said}\n${FORBIDDEN}\n`).code).toBe(code);
});

test.each([
  // What was said in clear, by whomever, may look like anything.
  ['Received disconnect from 1.2.3.4 port 22:2: Too many authentication failures\nfatal: x', 'unknown'],
  [
    'Received disconnect from 1.2.3.4 port 22:2: x\nh: Permission denied (publickey).\nHost key verification failed.\nfatal: Could not read from remote repository.',
    'dropped',
  ],
])('words in clear, as %j, are %s', (said, code) => {
  expect(gitFailure(`${said}\n`).code).toBe(code);
});

describe.skipIf(lacksPeers('what git says when ssh fails', 'ssh'))('over ssh', () => {
  async function setUp() {
    const scratch = makeScratch(onTestFinished);
    const server = await makeServerRepo(scratch);
    const client = setUpSshClient(scratch.home);
    const peer = await startSshPeer(onTestFinished, { env: scratch.env, authorizedKeys: [client.key.publicKey] });
    const repo = await cloneRepo(scratch, server.directory, 'repo', peer.url(server.directory));
    await repo.git('config', 'core.sshCommand', `${client.sshCommand} -oBatchMode=yes`);
    return { scratch, client, peer, repo, failure: () => failureOfFetch(scratch, repo) };
  }

  test('an unknown host key is told from one that changed', async () => {
    const { client, peer, failure } = await setUp();
    expect((await failure()).code).toBe('host-key-unknown');
    client.trust(peer.knownHosts.replace(/ \S+\n/g, ` ${makeKeyPair().publicKey.split(' ')[1]}\n`));
    expect((await failure()).code).toBe('host-key-changed');
  });

  test('a refused login, a missing repository and a cut connection are told apart', async () => {
    const { client, peer, repo, failure } = await setUp();
    client.trust(peer.knownHosts);
    peer.script(({ drop }) => drop());
    expect((await failure()).code).toBe('dropped');
    peer.script(undefined);
    const url = await repo.git('remote', 'get-url', 'origin');
    await repo.git('remote', 'set-url', 'origin', peer.url('/nowhere'));
    expect((await failure()).code).toBe('no-repository');
    await repo.git('remote', 'set-url', 'origin', url);
    writeFileSync(client.keyFile, makeKeyPair().privateKey, { mode: 0o600 });
    expect(await failure()).toEqual({ code: 'auth-refused', detail: expect.stringMatching(/Permission denied \(/) });
    await peer.stop();
    expect((await failure()).code).toBe('unreachable');
  });
});

test('a lock of another git is told by its file, and is no race that was lost', async () => {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'repo');
  await commit(repo);
  const ref = 'refs/heads/locked';
  writeFileSync(join(repo.directory, '.git', `${ref}.lock`), '');
  const locked = await gitQuery(['update-ref', ref, 'HEAD'], { cwd: repo.directory, env: scratch.env });
  expect(gitFailure(locked.stderr)).toEqual({ code: 'locked', detail: expect.stringContaining(`${ref}.lock`) });
  expect(isLostRace(locked.stderr)).toBe(false);
});

test('a ref that another git has deleted meanwhile is a race that was lost, but one that is broken is none', () => {
  expect(isLostRace('error: fetching ref refs/remotes/o/x failed: reference does not exist\n')).toBe(true);
  expect(isLostRace("error: cannot lock ref 'r': unable to resolve reference 'r': reference broken\n")).toBe(false);
});

test('that a ref of the server is broken says nothing of those here', () => {
  expect(gitFailure("remote: fatal: 'refs/heads/x': reference broken\nfatal: early EOF\n").code).toBe('dropped');
});

test.each([
  ['2.31 and 2.39', 'fatal: ref updates aborted by hook'],
  ['of update-ref', 'fatal: prepare: ref updates aborted by hook'],
  ['2.55', "fatal: in 'prepared' phase, update aborted by the reference-transaction hook"],
])('a hook here that refuses is told by its own words, whoever complains behind it: %s', (_version, line) => {
  const stderr = `remote: Total 1 (delta 0)\nFrom h:r\npolicy: no updates today\n${line}\nfatal: the remote end hung up unexpectedly\n`;
  expect(gitFailure(stderr)).toEqual({
    code: 'refused-here',
    detail: 'a hook of this repository, reference-transaction, lets no ref be moved: policy: no updates today',
  });
});

test.each([
  [
    '2.31 and 2.39',
    "git: 'remote-htps' is not a git command. See 'git --help'.\n\nThe most similar command is\n\tremote-https\n",
  ],
  ['2.55', "git: 'remote-htps' is not a git command. See 'git --help'.\nfatal: remote helper 'htps' aborted session\n"],
  ['without an exec path', "fatal: Unable to find remote helper for 'htps'\n"],
])('a URL that no helper is for is told as such: %s', (_version, stderr) => {
  expect(gitFailure(stderr).detail).toBe(
    'git cannot reach "htps" URLs: the URL is misspelled, or git-remote-htps is not installed',
  );
});

test('of what is not known all lines are there to be logged, and the first complaint is told', () => {
  expect(gitFailure('warning: x\nerror: this\nfatal: that\n')).toEqual({
    code: 'unknown',
    detail: 'this',
    said: ['warning: x', 'error: this', 'fatal: that'],
  });
});

test('git has no patience with shallow.lock, and that counts as a lost race', async () => {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const repo = await cloneRepo(scratch, server.directory, 'repo', `file://${server.directory}`);
  await server.pushCommit();
  writeFileSync(join(repo.directory, '.git', 'shallow.lock'), '');
  const { stderr } = await gitQuery(['fetch', '--depth=1'], { cwd: repo.directory, env: scratch.env });
  expect(gitFailure(stderr).code).toBe('locked');
  expect(isLostRace(stderr)).toBe(true);
});

test('a refusal of the server is a remote error, and a server that ends midway is a lost link', async () => {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const repo = await cloneRepo(scratch, server.directory, 'repo');
  await repo.git('config', 'remote.origin.fetch', '+refs/heads/none:refs/remotes/origin/none');
  expect((await failureOfFetch(scratch, repo)).code).toBe('remote-error');
  await repo.git('config', 'remote.origin.uploadpack', script(scratch, 'dies', 'exit 1'));
  expect((await failureOfFetch(scratch, repo)).code).toBe('dropped');
});

test('what the server complained of before it ended is told, and not that it could not be read from', async () => {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const repo = await cloneRepo(scratch, server.directory, 'repo');
  const complaint = 'fatal: unable to read the disk of the server';
  await repo.git('config', 'remote.origin.uploadpack', script(scratch, 'dies', `echo "${complaint}" >&2; exit 128`));
  expect(await failureOfFetch(scratch, repo)).toEqual({
    code: 'dropped',
    detail: 'unable to read the disk of the server',
  });
  const closing =
    '\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\n';
  expect(gitFailure(`sh: git-upload-pack: not found${closing}`).detail).toBe('sh: git-upload-pack: not found');
  expect(gitFailure(closing).detail).toBe('Could not read from remote repository.');
});

test.each([
  ['git@host: Permission denied (publickey).\r\nfatal: Could not read from remote repository.', 'auth-refused'],
  ['ssh: connect to host h port 22: Connection timed out\nfatal: Could not read from remote repository.', 'timed-out'],
  ['kex_exchange_identification: Connection closed by remote host', 'dropped'],
  ['ERROR: Repository not found.\nfatal: Could not read from remote repository.', 'no-repository'],
  ['client_loop: send disconnect: Broken pipe\nfatal: early EOF', 'dropped'],
  ['fatal: the remote end hung up unexpectedly', 'dropped'],
  ['fatal: remote error: upload-pack: not our ref 1234', 'remote-error'],
  ['error: fetching ref refs/remotes/o/main failed: incorrect old value provided', 'locked'],
  ['fatal: write error: No space left on device', 'unknown'],
  ['', 'unknown'],
])('%j is %s', (stderr, code) => {
  expect(gitFailure(stderr).code).toBe(code);
});

const NOT_ALLOWED = 'insufficient permission for adding an object to repository database .git/objects';

test.each([
  [`error: ${NOT_ALLOWED}\nfatal: failed to write object\nfatal: unpack-objects failed\n`, NOT_ALLOWED],
  [`error: ${NOT_ALLOWED}\nfatal: unpack-objects failed\n`, NOT_ALLOWED],
  ['fatal: write error: No space left on device\nfatal: index-pack failed\n', /No space left on device$/],
  ['fatal: cannot store pack file\nfatal: fetch-pack: invalid index-pack output\n', 'cannot store pack file'],
  ['error: cannot fork()\nfatal: error in sideband demultiplexer\n', 'cannot fork()'],
  ["error: bad pack\nerror: failed to push some refs to '/srv/x'\n", 'bad pack'],
  ['error: bad pack\nhint: look\nerror: could not fetch origin\n', 'bad pack'],
  ['warning: x\nfatal: unpack-objects failed\n', 'unpack-objects failed'],
  ['error: the reason itself\nfatal: it ends\n', 'the reason itself'],
  ["no push today\nerror: failed to push some refs to '/srv/x'\n", 'no push today'],
  [
    "error: some local refs could not be updated; try running\n 'git remote prune o' to remove old ones\nFrom /x\n",
    "some local refs could not be updated; try running 'git remote prune o' to remove old ones",
  ],
  ['error: this row is none of it\n   1234..5678 main -> o/main\n', 'this row is none of it'],
])('of %j the line with the reason is told', (stderr, detail) => {
  expect(gitFailure(stderr)).toMatchObject({ code: 'unknown', detail: expect.stringMatching(detail) });
});

test('what a person is told is the line that tells it, without control characters and secrets', () => {
  const stderr =
    "warning: x\nfatal: unable to access 'https://me:secret@h/': Could not resolve host: h\x1b[31m\nmore\n";
  expect(gitFailure(stderr).detail).toBe("unable to access 'https://***@h/': Could not resolve host: h [31m");
  expect(gitFailure('error: this\nhint: that\n').detail).toBe('this');
  expect(gitFailure('\n').detail).toBe('git failed and gave no reason');
});
