// Owns: fetches that are answered from what was asked when the news came: real git at both ends, by the embedded server.
// Leaves: which questions are predicted (predict.test.ts), fetches that no news brought about (relay.test.ts).
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { relayEnvironment } from '../../../../src/main/relay/git-over-relay.ts';
import { findRelayClient } from '../../../../src/main/relay/relay-client.ts';
import { doorAfterNews } from '../../../../src/shared/git-protocol/relay-doors.ts';
import { until } from '../../../support/next-line.ts';
import type { Exec } from '../../../support/ssh-peer.ts';
import { cloneRepo, commit, openRepo, type TestRepo } from '../../../support/temp-repo.ts';
import { makeWorld, NOWHERE, NOWHERE_URL, openLink, type TestLink, type World } from '../../ssh/link.ts';

const client = await findRelayClient(process.env);

interface Stage extends World {
  readonly link: TestLink;
  /** A clone that reaches the server through the link only. */
  readonly clone: TestRepo;
  /** One that fetches by the path, as plain git does. */
  readonly plain: TestRepo;
  /** Fetches because of news. */
  readonly fetch: () => Promise<string>;
  /** Fetches for another reason. */
  readonly fetchUntold: () => Promise<string>;
  /** How many packs the server has made. */
  readonly packs: () => number;
}

/** A link by the watcher on the server, and a clone that has fetched over it once, so that it is known what git asks. */
async function setStage({
  config = [] as readonly string[],
  refspecs = ['+refs/heads/*:refs/remotes/origin/*'],
  hash = 'sha1' as 'sha1' | 'sha256',
} = {}) {
  const world = await makeWorld(onTestFinished, { hash });
  const { scratch, repo, target } = world;
  const packs = countPacks(world);
  const clones = await Promise.all([
    cloneRepo(scratch, repo.directory, 'clone', NOWHERE_URL),
    cloneRepo(scratch, repo.directory, 'plain'),
  ]);
  for (const repository of clones) {
    await repository.git('config', '--unset-all', 'remote.origin.fetch');
    for (const refspec of refspecs) await repository.git('config', '--add', 'remote.origin.fetch', refspec);
    for (const setting of config) await repository.git('config', ...setting.split('='));
  }
  const [{ directory }, plain] = clones;
  const relaySocket = join(scratch.directory, 'relay');
  const objectsDirectory = join(directory, '.git', 'objects');
  const refs = { refspecs, tags: true };
  const link = openLink(onTestFinished, scratch, target, {
    rung: { kind: 'server-watch', target },
    refs,
    relaySocket,
    objectsDirectory,
  });
  await link.reports.next(/^connected .*, relay$/);
  const through = (path: string): TestRepo =>
    openRepo(directory, { ...scratch.env, ...relayEnvironment(client, path, NOWHERE) });
  // Something to fetch: a git that is up to date asks for no pack.
  const tip = await repo.pushCommit();
  await link.reports.next(`moved refs/heads/main to ${tip}`);
  await through(relaySocket).git('fetch', '--quiet', 'origin');
  await plain.git('fetch', '--quiet', 'origin');
  await until('an upload-pack waits', () => world.peer.execs().length === 3);
  const clone = through(doorAfterNews(relaySocket));
  const fetchBy = (repository: TestRepo) => () => repository.git('fetch', '--quiet', 'origin');
  return { ...world, link, clone, plain, packs, fetch: fetchBy(clone), fetchUntold: fetchBy(through(relaySocket)) };
}

/** The server's git runs what this names instead of pack-objects (git-config(1)). */
function countPacks({ scratch }: World): () => number {
  const log = join(scratch.directory, 'packs');
  const hook = join(scratch.directory, 'hook');
  writeFileSync(hook, `#!/bin/sh\necho >>'${log}'\nexec "$@"\n`);
  chmodSync(hook, 0o700);
  writeFileSync(join(scratch.home, '.gitconfig'), `[uploadpack]\n\tpackObjectsHook = ${hook}\n`, { flag: 'a' });
  return () => (existsSync(log) ? readFileSync(log, 'utf8').length : 0);
}

const refsOf = (repo: TestRepo): Promise<string> => repo.git('for-each-ref', 'refs/remotes', 'refs/tags');

/** It has all that plain git has, and is whole. */
async function expectSame({ clone, plain }: Stage): Promise<void> {
  await plain.git('fetch', '--quiet', 'origin');
  expect(await refsOf(clone)).toBe(await refsOf(plain));
  await clone.git('fsck', '--connectivity-only', '--no-dangling');
}

describe('a fetch after news', () => {
  test.each([
    ['sha1', 40],
    ['sha256', 64],
  ] as const)('gets the pack that was made when the news came, time and again, by %s', async (hash, digits) => {
    const stage = await setStage({ hash });
    expect(await stage.clone.git('rev-parse', 'HEAD')).toHaveLength(digits);
    for (let turn = 0; turn < 3; turn += 1) {
      const before = stage.packs();
      const tip = await stage.repo.pushCommit();
      await stage.link.reports.next(`moved refs/heads/main to ${tip}`);
      await until('a pack was made', () => stage.packs() > before);
      await stage.fetch();
      expect([await stage.clone.git('rev-parse', 'origin/main'), stage.packs() - before]).toEqual([tip, 1]);
      // The next one is to be there when it moves again.
      await until('an upload-pack waits', () => stage.peer.execs().length === 4 + turn);
    }
    await expectSame(stage);
  });

  test('of just what moved is known by its form, and gets what is there, whichever refs these are', async () => {
    const stage = await setStage();
    const { repo, link, clone } = stage;
    for (const others of [[], ['side'], ['side', 'more'], []]) {
      const tip = await repo.pushCommit();
      for (const branch of others) await repo.git('update-ref', `refs/heads/${branch}`, tip);
      const branches = ['main', ...others];
      await link.reports.next((line) => line.includes(`refs/heads/${branches.at(-1)} to ${tip}`));
      const refspecs = branches.map((branch) => `+refs/heads/${branch}:refs/remotes/origin/${branch}`);
      await clone.git('fetch', '--quiet', '--refmap=', 'origin', ...refspecs);
      await expectSame(stage);
      expect(link.asked()?.named?.args).toContain('ref-prefix *');
    }
  });

  test('gets such a pack as the first over a new link, too, which knows how git asked over the one before', async () => {
    const stage = await setStage();
    const { scratch, target } = stage;
    const asked = stage.link.asked();
    expect(asked).toMatchObject({ listing: { command: 'ls-refs' }, fetch: { command: 'fetch' } });
    await stage.link.close('kindly');
    const relaySocket = join(scratch.directory, 'next');
    const more = {
      rung: { kind: 'server-watch', target },
      relaySocket,
      ...(asked && { requestShapes: asked }),
    } as const;
    const next = openLink(onTestFinished, scratch, target, more);
    await next.reports.next(/^connected .*, relay$/);
    await next.compare();
    const before = stage.packs();
    const tip = await stage.repo.pushCommit();
    await next.reports.next(`moved refs/heads/main to ${tip}`);
    await until('a pack was made', () => stage.packs() > before);
    const env = { ...scratch.env, ...relayEnvironment(client, doorAfterNews(relaySocket), NOWHERE) };
    const clone = openRepo(stage.clone.directory, env);
    await clone.git('fetch', '--quiet', 'origin');
    expect([await clone.git('rev-parse', 'origin/main'), stage.packs() - before]).toEqual([tip, 1]);
    await expectSame(stage);
  });

  test('gets what moved last when there were more news before it came', async () => {
    const stage = await setStage();
    for (let turn = 0; turn < 4; turn += 1) {
      const tip = await stage.repo.pushCommit();
      await stage.link.reports.next(`moved refs/heads/main to ${tip}`);
    }
    await stage.fetch();
    await expectSame(stage);
  });

  test('gets a pack that is longer than what is kept of it', async () => {
    const stage = await setStage();
    const before = stage.packs();
    writeFileSync(join(stage.repo.writer.directory, 'big'), randomBytes(5_000_000));
    await stage.repo.writer.git('add', 'big');
    const tip = await stage.repo.pushCommit();
    await stage.link.reports.next(`moved refs/heads/main to ${tip}`);
    await until('a pack was made', () => stage.packs() > before);
    await stage.fetch();
    // One more where the machine is slow, and the listing before the pack too old by then.
    expect([1, 2]).toContain(stage.packs() - before);
    await expectSame(stage);
  });

  test('asks by itself where the user has so much besides that git does not tell what the pack builds upon', async () => {
    const stage = await setStage();
    // Commits of the user's own, newer than all else: of what it has, git names the newest first, and no more than some.
    const later = openRepo(stage.plain.directory, { ...stage.scratch.env, GIT_COMMITTER_DATE: '2037-01-01T00:00:00Z' });
    for (let turn = 0; turn < 40; turn += 1) await commit(later);
    await stage.clone.git('fetch', '--quiet', stage.plain.directory, 'HEAD:refs/heads/own');
    const before = stage.packs();
    const tip = await stage.repo.pushCommit();
    await stage.link.reports.next(`moved refs/heads/main to ${tip}`);
    await until('a pack was made', () => stage.packs() > before);
    await stage.fetch();
    expect(stage.packs() - before).toBe(2);
    await expectSame(stage);
  });

  test('costs the server no pack when what moved was pushed from here', async () => {
    const stage = await setStage();
    const before = stage.packs();
    const tip = await commit(stage.clone);
    await stage.clone.git('push', '--quiet', stage.repo.directory, 'HEAD:refs/heads/pushed');
    await stage.link.reports.next(`moved refs/heads/pushed to ${tip}`);
    await stage.fetch();
    expect(stage.packs() - before).toBe(0);
    await expectSame(stage);
  });

  test('by the door of the others gets nothing that was asked ahead', async () => {
    const stage = await setStage();
    const before = stage.packs();
    const tip = await stage.repo.pushCommit();
    await stage.link.reports.next(`moved refs/heads/main to ${tip}`);
    await until('a pack was made', () => stage.packs() > before);
    await stage.fetchUntold();
    expect(stage.packs() - before).toBe(2);
    await expectSame(stage);
  });
});

const server = ({ repo }: Stage, ...args: readonly string[]): Promise<string> => repo.git(...args);

const MOVES: readonly (readonly [string, RegExp, (stage: Stage) => Promise<unknown>])[] = [
  ['a rewind', /main to/, (stage) => server(stage, 'update-ref', 'refs/heads/main', 'main^')],
  ['a new branch at a known commit', /new to/, (stage) => server(stage, 'branch', 'new', 'main^')],
  ['a new branch with a commit of its own', /new to/, (stage) => stage.repo.pushCommit('new')],
  ['a deletion', /old is gone/, (stage) => server(stage, 'branch', '-D', 'old')],
  ['a tag on an old commit', /tags\/light to/, (stage) => server(stage, 'tag', 'light', 'main^')],
  ['an annotated tag', /tags\/v1 to/, (stage) => server(stage, 'tag', '-a', '-m', 'A tag', 'v1', 'main')],
  [
    'several branches and a tag at once',
    /tags\/v2 to/,
    async (stage) => {
      for (const branch of ['main', 'other', 'new']) await stage.repo.pushCommit(branch);
      await server(stage, 'tag', '-a', '-m', 'A tag', 'v2', 'main');
    },
  ],
  ['a history that has nothing in common', /main to/, (stage) => pushOrphan(stage)],
  [
    'refs that are all packed',
    /main to/,
    (stage) => stage.repo.pushCommit().then(() => server(stage, 'gc', '--quiet')),
  ],
];

async function pushOrphan({ repo }: Stage): Promise<void> {
  await repo.writer.git('checkout', '--quiet', '--orphan', 'apart');
  await repo.pushCommit();
}

describe.each([
  ['wildcards', {}],
  ['wildcards and prune', { config: ['fetch.prune=true'] }],
  ['no tags', { config: ['remote.origin.tagOpt=--no-tags'] }],
  ['all tags', { config: ['remote.origin.tagOpt=--tags'] }],
  ['a refspec that leaves out a branch', { refspecs: ['+refs/heads/*:refs/remotes/origin/*', '^refs/heads/new'] }],
  ['one branch', { refspecs: ['+refs/heads/main:refs/remotes/origin/main'] }],
])('by a config with %s', (_name, options) => {
  test('brings each kind of change as plain git does', async () => {
    const stage = await setStage(options);
    for (const branch of ['main', 'main', 'old', 'other']) await stage.repo.pushCommit(branch);
    await stage.link.reports.next(/other to/);
    await stage.fetch();
    for (const [what, told, move] of MOVES) {
      stage.link.reports.forget();
      await move(stage);
      await stage.link.reports.next(told);
      await stage.fetch();
      await expectSame(stage).catch((cause: unknown) => {
        throw new Error(`after ${what}`, { cause });
      });
    }
  });
});

test('news of an object that the server does not have end in a fetch that works', async () => {
  const world = await makeWorld(onTestFinished);
  const { scratch, repo, peer, target } = world;
  let say = (_line: string): void => undefined;
  let ended = 0;
  peer.script((exec: Exec) => {
    if (exec.command.includes('notifychanges')) {
      exec.channel.resume();
      say = (line) => void exec.channel.write(`${line}\n`);
      say('READY');
      return;
    }
    exec.channel.once('finish', () => {
      ended += 1;
    });
    exec.run();
  });
  const relaySocket = join(scratch.directory, 'relay');
  const link = openLink(onTestFinished, scratch, target, { relaySocket });
  await link.reports.next(/^connected .*, relay$/);
  const { directory } = await cloneRepo(scratch, repo.directory, 'clone', NOWHERE_URL);
  const clone = openRepo(directory, {
    ...scratch.env,
    ...relayEnvironment(client, doorAfterNews(relaySocket), NOWHERE),
  });
  for (const turn of ['of what is there', 'of what is not', 'of what is not, again']) {
    const tip = await repo.pushCommit();
    const before = ended;
    say(`CHANGED ${turn === 'of what is there' ? tip : 'f'.repeat(40)}`);
    await link.reports.next('moved');
    // From then on none is asked for more than its refs.
    if (turn === 'of what is not') await until('upload-pack gave up', () => ended > before);
    await clone.git('fetch', '--quiet', 'origin');
    expect(await clone.git('rev-parse', 'origin/main')).toBe(tip);
    await until('an upload-pack waits', () => peer.execs().length > ended + 1);
  }
});
