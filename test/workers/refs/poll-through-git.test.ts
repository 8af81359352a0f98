// Owns: watching a remote by listing its refs with real git: what is told, and how failures and orders end it.
// Leaves: what each complaint of git means (test/shared/git-failures.test.ts), and the loop (connection-loop.test.ts).
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../support/next-line.ts';
import { isAlive, processesMarked } from '../../support/processes.ts';
import { cloneRepo, makeScratch, makeServerRepo, type Scratch, type TestRepo } from '../../support/temp-repo.ts';
import { startLoop, type TestLoop, taskIn } from '../loop.ts';

async function makePlace() {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  return { scratch, server, clone: await cloneRepo(scratch, server.directory, 'clone') };
}

const poll = (scratch: Scratch, clone: TestRepo): TestLoop =>
  startLoop(onTestFinished, taskIn(scratch, clone, { kind: 'poll', why: 'a test', everyMs: 100 }));

/** Makes a script stand in for git-upload-pack, told how often it ran by the file that is returned. */
async function uploadThrough(scratch: Scratch, clone: TestRepo, text: string): Promise<string> {
  const [file, runs] = [join(scratch.directory, 'upload'), join(scratch.directory, 'runs')];
  writeFileSync(runs, '');
  writeFileSync(file, `#!/bin/sh\necho >> ${runs}\n${text}\n`);
  chmodSync(file, 0o755);
  await clone.git('config', 'remote.origin.uploadpack', file);
  return runs;
}

test('whatever its refs do is told: a push, a new branch at a known commit, a rewind, a deletion, a tag', async () => {
  const { scratch, server, clone } = await makePlace();
  const older = await server.git('rev-parse', 'main');
  const loop = poll(scratch, clone);
  await loop.reports.next('connected git ls-remote every 0 s');
  const newer = await server.pushCommit();
  await loop.reports.next(`moved refs/heads/main to ${newer}`);
  for (const [what, told] of [
    [`${older}:refs/heads/old`, `refs/heads/old to ${older}`],
    [`+${older}:refs/heads/main`, `refs/heads/main to ${older}`],
    [':refs/heads/old', 'refs/heads/old is gone'],
    [`${older}:refs/tags/old`, `refs/tags/old to ${older}`],
  ] as const) {
    await server.writer.git('push', '--quiet', 'origin', what);
    await loop.reports.next(`moved ${told}`);
  }
  loop.order('kindly');
  await loop.reports.next('ended closed');
});

test('a remote whose refs stay as they are is asked again and again, and nothing is told but that it answered', async () => {
  const { scratch, clone } = await makePlace();
  const runs = await uploadThrough(scratch, clone, 'exec git upload-pack "$@"');
  const loop = poll(scratch, clone);
  await until('it has been asked four times', () => readFileSync(runs, 'utf8').length >= 4);
  expect([...new Set(loop.reports.seen.map(({ text }) => text))]).toEqual([
    'started',
    'phase',
    'connected git ls-remote every 0 s',
    'polled',
  ]);
});

test('a remote that stops answering has failed, with its own words', async () => {
  const { scratch, clone } = await makePlace();
  const loop = poll(scratch, clone);
  await loop.reports.next(/^connected/);
  await uploadThrough(scratch, clone, 'echo "fatal: the disk is on fire" >&2; exit 128');
  await loop.reports.next('ended dropped: the disk is on fire');
});

test('where git dies of the end of whoever it spoke to, what that said is told', async () => {
  const { scratch, clone } = await makePlace();
  const parent = 'p=$(ps -o ppid= -p $p | tr -d " ")';
  const toGit = `p=$$; until tr '\\0' ' ' </proc/$p/cmdline | grep -q '^git ls-remote'; do ${parent}; done`;
  await uploadThrough(scratch, clone, `echo 'fatal: the disk is on fire' >&2; ${toGit}; kill -PIPE $p`);
  await poll(scratch, clone).reports.next('ended unknown: the disk is on fire');
});

test('a web server that wants a password has refused us, and nobody is asked for one', async () => {
  const { scratch, clone } = await makePlace();
  const server = createServer((_request, response) => {
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  await clone.git('remote', 'set-url', 'origin', `http://me:secret@127.0.0.1:${port}/x`);
  const loop = poll(scratch, clone);
  const { text } = await loop.reports.next(/^ended auth-refused: /);
  expect(text).not.toContain('secret');
});

test.each(['kindly', 'now'] as const)(
  'told to close %s while the remote is silent, it ends, and so does git',
  async (how) => {
    const { scratch, clone } = await makePlace();
    const runs = await uploadThrough(scratch, clone, 'exec tail -f /dev/null');
    const loop = poll(scratch, clone);
    await until('the remote was asked', () => readFileSync(runs, 'utf8') !== '');
    await until('git is reported to run', () => loop.children.size > 0);
    expect([...loop.children].map(isAlive)).toEqual([true]);
    loop.order(how);
    await loop.reports.next('ended closed');
    expect([...loop.children]).toEqual([]);
    await loop.over;
    await until('nothing is left running', () => processesMarked(scratch.id).length === 0);
  },
);
