// Owns: a link to a peer, from being let in to its end: what is told of it, fetching over it, and what it fails by.
// Leaves: the lines themselves (session.test.ts, service.test.ts), and real peers (test/end-to-end).
import { expect, onTestFinished, test } from 'vitest';
import { makeScratch, makeServerRepo } from '../../../support/temp-repo.ts';
import {
  createChanges,
  greet,
  letIn,
  PEER_UUID,
  type PeerOfGit,
  servePeer,
  startScriptedPeer,
  type Visit,
} from '../scripted-peer.ts';
import { CONNECTED, FRIEND, makeHere } from './link.ts';

const OURS = 'REMOTEDAEMON 1 git-v2 moved invitation';

/** A repository with a remote that is a peer, and what serves it there. */
async function makeWorld(script: (visit: Visit, peer: PeerOfGit) => Promise<void>, features?: string) {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeServerRepo(scratch);
  const here = await makeHere(scratch, repo.directory);
  const changes = createChanges();
  const place = { directory: repo.directory, env: scratch.env };
  const served: PeerOfGit = { repo: place, changes, ...(features !== undefined && { features }) };
  const peer = await startScriptedPeer(onTestFinished, scratch, (visit) => script(visit, served), FRIEND);
  return { ...here, repo, changes, peer };
}

test('a peer of git-annex is heard, and fetched from over a stream that was ready', async () => {
  const { open, peer, repo, changes, fetch, tip } = await makeWorld(servePeer);
  const loop = open({ uuid: PEER_UUID });
  await loop.reports.next('peer-known');
  await loop.reports.next(CONNECTED);
  await peer.log.next('1: NOTIFYCHANGE');
  await peer.log.next(/^2: AUTH/);
  const pushed = await repo.pushCommit();
  changes.tell(`CHANGED ${pushed}`);
  await loop.reports.next('moved');
  await peer.log.next('1: NOTIFYCHANGE');
  await fetch();
  expect(await tip()).toBe(pushed);
  await peer.log.next('2: CONNECT git-upload-pack');
  // The next one is ready, and is asked nothing but to be let in.
  await peer.log.next(/^3: AUTH/);
  expect(peer.log.seen.filter(({ text }) => /^3: /.test(text))).toHaveLength(1);
  expect(loop.reports.count(/^log/)).toBe(0);
});

test('a peer of ours is asked by name and in protocol v2, and fetched from before git has asked', async () => {
  const { open, peer, repo, changes, fetch, tip } = await makeWorld(servePeer, OURS);
  const loop = open();
  await loop.reports.next(CONNECTED);
  await peer.log.next('1: NOTIFYMOVED');
  for (let turn = 0; turn < 3; turn += 1) {
    const pushed = await repo.pushCommit();
    peer.log.forget();
    changes.tell(`MOVED refs/heads/main ${pushed} refs/heads/old -`);
    await loop.reports.next(`moved refs/heads/main to ${pushed}, refs/heads/old is gone`);
    // How git asks is known once it has asked.
    if (turn > 0) await peer.log.next(/: CONNECT git-upload-pack version=2$/);
    await fetch();
    expect(await tip()).toBe(pushed);
  }
  changes.tell('MOVED');
  await loop.reports.next('moved');
});

test('a stream that was ready and has ended meanwhile, or says nothing any more, fails no fetch', async () => {
  const deaf: Visit[] = [];
  const { open, peer, fetch, tip, repo } = await makeWorld(async (visit, served) => {
    if (visit.number !== 2) return servePeer(visit, served);
    await letIn(visit);
    deaf.push(visit);
  });
  const loop = open();
  await loop.reports.next(CONNECTED);
  await peer.log.next(/^2: AUTH/);
  // It is taken for the one that is ready, and never answers.
  await peer.log.next('1: NOTIFYCHANGE');
  const pushed = await repo.pushCommit();
  await fetch();
  expect(await tip()).toBe(pushed);
  expect(deaf).toHaveLength(1);
});

test('a ready stream that ends is replaced by itself', async () => {
  const { open, peer } = await makeWorld(async (visit, served) => {
    if (visit.number !== 2) return servePeer(visit, served);
    await letIn(visit);
    visit.socket.end();
  });
  await open().reports.next(CONNECTED);
  await peer.log.next(/^3: AUTH/);
});

test('who is invited in return is told so once, if he knows how', async () => {
  const invitation = `p2p-annex::sock:me:${'b'.repeat(128)}`;
  const ours = await makeWorld(servePeer, OURS);
  const loop = ours.open({ peer: { invitation } });
  await loop.reports.next('invitation-given');
  await loop.reports.next(CONNECTED);
  expect(ours.peer.log.count(`1: INVITATION ${invitation}`)).toBe(1);
  await ours.peer.log.next(/^2: AUTH/);
  expect(ours.peer.log.count(/INVITATION/)).toBe(1);
  const annex = await makeWorld(servePeer);
  const other = annex.open({ peer: { invitation } });
  await other.reports.next(CONNECTED);
  expect(annex.peer.log.count(/INVITATION/)).toBe(0);
  expect(other.reports.count(/invitation-given/)).toBe(1);
});

test('a wrong token, none, another peer, and nobody each end the link with what to do, and without the token', async () => {
  const { open, peer } = await makeWorld(servePeer);
  const wrong = open({ token: 'f'.repeat(128) });
  await wrong.reports.next(/^ended auth-refused: the peer does not know our token.*peer accept/);
  const none = open({ token: '' });
  await none.reports.next(/^ended auth-refused: .*holds no token/);
  const another = open({ uuid: 'another' });
  await another.reports.next(/^ended wrong-peer: .*peer-uuid instead of another/);
  await peer.stop();
  const nobody = open();
  await nobody.reports.next(/^ended unreachable: .*nobody listens/);
  for (const { reports } of [wrong, none, another, nobody])
    expect(reports.count((line) => /f{9}|abcdefgh/.test(line))).toBe(0);
});

test('a peer that goes, refuses to tell, or tells nonsense ends the link, each as it is', async () => {
  const endingBy = async (how: (visit: Visit) => void, failure: RegExp) => {
    const { open } = await makeWorld(async (visit) => {
      if ((await greet(visit)) === 'NOTIFYCHANGE') how(visit);
      await visit.hear();
    });
    const { reports } = open();
    await reports.next(CONNECTED);
    await reports.next(failure);
  };
  await endingBy(({ socket }) => void socket.destroy(), /^ended dropped: /);
  await endingBy(({ say }) => say('ERROR no'), /^ended remote-error: the peer says: "no"/);
  await endingBy(({ send }) => send('x'.repeat(40_000)), /^ended remote-error: .*longer than/);
  await endingBy(({ say }) => say(...Array(200).fill('220 mail')), /^ended too-much-noise: /);
});

test('what is no notification is shown, and taken for a sign that something moved', async () => {
  const { open, changes } = await makeWorld(servePeer);
  const { reports } = open();
  await reports.next(CONNECTED);
  changes.tell(`NEWS\u001b[2J`);
  await reports.next('log not a notification: the peer says: "NEWS [2J"');
  await reports.next('moved');
});

test('a link that may be dead listens on another stream, and is looked at anew; one that is dead ends', async () => {
  const { open, peer, changes } = await makeWorld(servePeer);
  const loop = open();
  await loop.reports.next(CONNECTED);
  await peer.log.next(/^2: AUTH/);
  loop.prove(1_000);
  await loop.reports.next('unsure');
  await peer.log.next(/^3: NOTIFYCHANGE/);
  await peer.log.next(/^[45]: AUTH/);
  changes.tell('CHANGED nothing');
  changes.tell(`CHANGED ${'a'.repeat(40)}`);
  await loop.reports.next('moved');
  await peer.stop();
  await loop.reports.next(/^ended (?:dropped|unreachable)/);
});

test('told to close, a link ends at once and leaves nothing, whatever it is busy with', async () => {
  const silent = await makeWorld(async ({ hear }) => {
    for (;;) await hear();
  });
  const opening = silent.open();
  await silent.peer.log.next(/^1: AUTH/);
  opening.order('kindly');
  await opening.reports.next('ended closed');
  expect(opening.children.size).toBe(0);
  const { open, peer } = await makeWorld(servePeer);
  const loop = open();
  await loop.reports.next(CONNECTED);
  await peer.log.next(/^2: AUTH/);
  loop.order('kindly');
  await loop.reports.next('ended closed');
  expect(loop.children.size).toBe(0);
  await peer.log.next(/^2(?: is gone|: \(end\))$/);
});

test('a token that is taken away while the link is up ends it when the next stream is refused', async () => {
  const { open } = await makeWorld(async (visit, served) => {
    if (visit.number === 1) return servePeer(visit, served);
    await visit.hear();
    visit.say('AUTH-FAILURE');
    await visit.hear();
  });
  const loop = open();
  await loop.reports.next(/^ended auth-refused/);
});
