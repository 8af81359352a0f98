// Owns: that nobody who comes to a daemon that serves can keep it from its peers: crowds, guessers of tokens, noise.
// Leaves: what is told of it to the one who is wrong (test/workers/peer), and servers that are evil (hostile.test.ts).
//
// It is small beside the other tests, and as much as the issue asks for with HOSTILE_LONG=1.
import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createReleases } from '../support/at-end.ts';
import { runProgram } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import {
  commitBytes,
  commitEverywhere,
  type Mesh,
  makeFriends,
  type Running,
  startFriends,
  startMesh,
  untilEverywhere,
} from '../support/peer-mesh.ts';
import { friendAt, SOMEBODY, type Stranger, strangerAt } from '../support/peer-mesh-stranger.ts';
import { lacksPeers } from '../support/peers.ts';

const isLong = process.env.HOSTILE_LONG === '1';
const GUESSES = isLong ? 10_000 : 1_000;
const AT_ONCE = 50;
const NOISES = isLong ? 1_000 : 150;
const MOST_MEMORY_MB = 400;
const MOST_LOG_KB = 64;

interface Victims {
  readonly mesh: Mesh;
  readonly ada: Running;
  readonly all: readonly Running[];
}

async function victims(): Promise<Victims> {
  const mesh = startMesh(onTestFinished);
  const all = await startFriends(mesh, await makeFriends(mesh, ['ada', 'bob']));
  const [ada] = all;
  if (!ada) throw new Error('two were made');
  return { mesh, ada, all };
}

/** Nobody has noticed anything: the peers are connected as they were, somebody new gets in, memory and log are in bounds. */
async function expectUnharmed({ mesh, ada, all }: Victims): Promise<void> {
  for (const here of all) await commitEverywhere(here, all);
  for (const { daemon } of all) expect(daemon.lines.count(/^DISCONNECTED /)).toBe(0);
  const { atEnd, releaseAll } = createReleases();
  await friendAt(atEnd, ada.socket, mesh.admit(ada, 'read'));
  await releaseAll();
  expect(memoryMb(ada.daemon.pid)).toBeLessThan(MOST_MEMORY_MB);
  expect(ada.daemon.stderr().length / 1_024).toBeLessThan(MOST_LOG_KB);
  expect((await runProgram(ada.repo.directory, mesh.env, 'status')).status).toBe(0);
  ada.daemon.send('STOP');
  expect(await ada.daemon.gone()).toEqual({ status: 0, signal: null });
}

function memoryMb(pid: number): number {
  const [, kb = 'NaN'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb) / 1_024;
}

/** So many tasks, `AT_ONCE` of them at a time. */
async function inCrowds(count: number, task: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await task(next);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

/** Comes, does something, and is gone again; that it is cut off or not taken at all is what it deserves. */
async function visit(path: string, doing: (stranger: Stranger) => Promise<unknown>): Promise<void> {
  const { atEnd, releaseAll } = createReleases();
  try {
    await doing(await strangerAt(atEnd, path));
  } catch {
    // Its own matter: what counts is how the others fare.
  } finally {
    await releaseAll();
  }
}

const guess = (): string => randomBytes(64).toString('hex');

describe.skipIf(lacksPeers('those who come to a daemon to do harm', 'perl'))('a daemon that serves', () => {
  test('is kept from nothing by two hundred who come and say nothing', async () => {
    const scene = await victims();
    const silent = await Promise.all(Array.from({ length: 200 }, () => strangerAt(onTestFinished, scene.ada.socket)));
    // Places for those who are not let in yet are a hundred; the oldest make room.
    await Promise.all(silent.slice(0, 100).map(({ closed }) => closed));
    await expectUnharmed(scene);
  });

  test('is kept from nothing by two hundred who have the same token', async () => {
    const scene = await victims();
    const token = scene.mesh.admit(scene.ada, 'read');
    await inCrowds(200, async () => {
      const friend = await strangerAt(onTestFinished, scene.ada.socket);
      friend.say(`AUTH ${SOMEBODY} ${token}`, 'NOTIFYCHANGE');
      await Promise.race([friend.line(/^AUTH-SUCCESS /).catch(() => undefined), friend.closed]);
    });
    await expectUnharmed(scene);
  });

  test(`is kept from nothing by ${GUESSES} wrong tokens, and lets none of them in`, async () => {
    const scene = await victims();
    let letIn = 0;
    const guessing = inCrowds(GUESSES, (index) =>
      visit(scene.ada.socket, async ({ say, closed, line, lines }) => {
        say(`AUTH ${SOMEBODY} ${index % 10 === 0 ? '' : guess()}`);
        await Promise.race([closed, line(/./)]);
        letIn += lines.count(/^AUTH-SUCCESS/);
      }),
    );
    let over = false;
    const done = guessing.then(() => {
      over = true;
    });
    // They are served meanwhile.
    do for (const here of scene.all) await commitEverywhere(here, scene.all);
    while (!over);
    await done;
    expect(letIn).toBe(0);
    await expectUnharmed(scene);
  });

  test('is kept from nothing by noise, before and after a token', async () => {
    const scene = await victims();
    const token = scene.mesh.admit(scene.ada, 'read');
    await inCrowds(NOISES, (index) =>
      visit(scene.ada.socket, async ({ say, write, closed }) => {
        if (index % 2 === 0) say(`AUTH ${SOMEBODY} ${token}`);
        if (index % 3 === 0) say('CONNECT git-upload-pack');
        write(noise());
        await Promise.race([closed, new Promise((resolve) => setImmediate(resolve))]);
      }),
    );
    await expectUnharmed(scene);
  });

  test('ends who sends a line without end, one who says nothing but nonsense, and neither of the others', async () => {
    const scene = await victims();
    const token = scene.mesh.admit(scene.ada, 'read');
    const endless = await friendAt(onTestFinished, scene.ada.socket, token);
    endless.write(Buffer.alloc(1024 * 1024, 'x'));
    const silly = await friendAt(onTestFinished, scene.ada.socket, token);
    silly.say(...Array.from({ length: 30 }, (_none, index) => `NONSENSE ${index}`));
    await Promise.all([endless.closed, silly.closed]);
    expect(silly.lines.count(/^ERROR /)).toBeLessThanOrEqual(10);
    expect(silly.lines.count(/^ERROR /)).toBeGreaterThan(0);
    await expectUnharmed(scene);
  });

  test('is kept from nothing by those who ask for packs and read none', async () => {
    const scene = await victims();
    const token = scene.mesh.admit(scene.ada, 'read');
    const big = await commitBytes(scene.ada.repo, 8 * 1024 * 1024);
    await untilEverywhere(scene.ada, scene.all, big);
    const wants = `0032want ${big}\n00000009done\n`;
    for (let asked = 0; asked < 30; asked += 1) {
      const greedy = connect(scene.ada.socket);
      greedy.on('error', () => greedy.destroy());
      onTestFinished(() => void greedy.destroy());
      greedy.write(`AUTH ${SOMEBODY} ${token}\nCONNECT git-upload-pack\nDATA ${wants.length}\n${wants}`);
    }
    const packing = (): number =>
      scene.ada.daemon.processes().filter(({ command }) => /upload-pack/.test(command)).length;
    await until('some of them are served', () => packing() > 0);
    await expectUnharmed(scene);
  });
});

/** Sometimes lines, sometimes words that are known with what does not belong there, sometimes anything. */
function noise(): Buffer {
  const words = [
    'DATA 99999999999999999999',
    'DATA -1',
    'DATA 65537',
    'CONNECTDONE x',
    'VERSION',
    'VERSION -5',
    'GET 0',
  ];
  const kinds = [
    () => randomBytes(randomInt(1, 100_000)),
    () => Buffer.from(`${words[randomInt(words.length)]}\n`.repeat(randomInt(1, 50))),
    () => Buffer.from('\n'.repeat(randomInt(1, 5_000))),
    () => Buffer.from(`AUTH ${randomBytes(randomInt(1, 20_000)).toString('latin1')}\n`),
    () => Buffer.concat([Buffer.from(`DATA ${randomInt(70_000)}\n`), randomBytes(randomInt(70_000))]),
  ];
  return kinds[randomInt(kinds.length)]?.() ?? Buffer.alloc(0);
}
