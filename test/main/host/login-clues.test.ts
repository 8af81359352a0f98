// Owns: that what logins rest on is seen to change, with real files and a real agent, and nothing else is.
// Leaves: what is done then (test/end-to-end/trouble.test.ts).
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { lookAt, watchClues } from '../../../src/main/host/login-clues.ts';
import { createLineLog } from '../../support/next-line.ts';
import { lacksPeers } from '../../support/peers.ts';
import { startAgent } from '../../support/ssh-agent.ts';
import { makeKeyPair } from '../../support/ssh-keys.ts';
import { makeScratch } from '../../support/temp-repo.ts';

function makeHome() {
  const scratch = makeScratch(onTestFinished);
  const ssh = join(scratch.home, '.ssh');
  mkdirSync(join(ssh, 'config.d'), { recursive: true });
  return { scratch, home: scratch.home, ssh };
}

/** What is different after `act`. */
async function changedBy(home: string, files: readonly string[], act: () => unknown): Promise<string[]> {
  const before = await lookAt([{ files }], home);
  await act();
  const after = await lookAt([{ files }], home);
  return [...after].filter(([what, sight]) => before.has(what) && before.get(what) !== sight).map(([what]) => what);
}

describe('what a login rests on', () => {
  test.each([
    ['a key that comes', (ssh: string) => writeFileSync(join(ssh, 'id_x'), ''), '.ssh'],
    ['a config that is included', (ssh: string) => writeFileSync(join(ssh, 'config.d/work'), ''), '.ssh'],
    ['a file that was named elsewhere', (ssh: string) => writeFileSync(join(ssh, '../key'), ''), 'key'],
    ['credentials of git', (ssh: string) => writeFileSync(join(ssh, '../.git-credentials'), ''), '.git-credentials'],
  ])('%s', async (_what, act, expected) => {
    const { home, ssh } = makeHome();
    expect(await changedBy(home, [join(home, 'key')], () => act(ssh))).toEqual([join(home, expected)]);
  });

  test('a socket, as of a standing connection, is none of it', async () => {
    const { home, ssh } = makeHome();
    const server = createServer();
    onTestFinished(() => void server.close());
    const listen = () => new Promise<void>((resolve) => server.listen(join(ssh, 'cm-x'), resolve));
    expect(await changedBy(home, [], listen)).toEqual([]);
  });
});

test('what changes just before another login begins is told to those who were refused before', async () => {
  const { home, ssh } = makeHome();
  const told = createLineLog('what has changed');
  const watch = watchClues({ clues: () => [], home, changed: told.push, everyMs: 3_600_000 });
  onTestFinished(watch.close);
  await watch.begin({ files: [] });
  writeFileSync(join(ssh, 'id_x'), '');
  await watch.begin({ files: [join(home, 'another')] });
  await told.next(ssh);
});

describe.skipIf(lacksPeers('an agent whose keys come and go', 'ssh', 'ssh-agent'))('an agent', () => {
  test('that gets a key, and one that is there at last, are told of; while nobody is refused nobody is asked', async () => {
    const { scratch, home } = makeHome();
    const agent = await startAgent(onTestFinished, scratch);
    const told = createLineLog('what has changed');
    const refused = { is: true };
    const of = { files: [], agent: agent.socket };
    const clues = () => (refused.is ? [of] : undefined);
    const watch = watchClues({ clues, home, changed: told.push, everyMs: 50 });
    onTestFinished(watch.close);
    // A login begins, and what lets it in comes before it has been refused.
    await watch.begin(of);
    agent.add(makeKeyPair().privateKey);
    watch.look();
    await told.next(`the agent at ${agent.socket}`);
    rmSync(agent.socket);
    await told.next(`the agent at ${agent.socket}`);
    refused.is = false;
    watch.look();
  });
});
