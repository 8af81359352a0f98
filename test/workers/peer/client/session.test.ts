// Owns: being let in at a peer, and learning what it knows: what is said, and what each answer comes to.
// Leaves: what is said then (service.test.ts, peer-link.test.ts), and the stream (../p2p-stream.test.ts).
import { expect, onTestFinished, test } from 'vitest';
import { parseToken, type Token } from '../../../../src/shared/p2p/token.ts';
import { openSession, type SessionOptions } from '../../../../src/workers/peer/client/session.ts';
import { openP2pStream } from '../../../../src/workers/peer/p2p-stream.ts';
import { makeScratch } from '../../../support/temp-repo.ts';
import { letIn, OWN_UUID, PEER_UUID, startScriptedPeer, TOKEN, type Visit } from '../scripted-peer.ts';

const token = (text: string): Token => {
  const parsed = parseToken(text);
  if (parsed === undefined) throw new Error(`no token: ${text}`);
  return parsed;
};

async function visit(script: (visit: Visit) => Promise<void>) {
  const peer = await startScriptedPeer(onTestFinished, makeScratch(onTestFinished), script);
  const open = async (more: Partial<SessionOptions> = {}) => {
    const stream = openP2pStream(await peer.dial());
    const signal = new AbortController().signal;
    return openSession(stream, { ownUuid: OWN_UUID, token: token(TOKEN), signal, ...more });
  };
  return { peer, open };
}

const answering = (...lines: readonly string[]) =>
  visit(async ({ hear, say }) => {
    for (const line of lines) {
      await hear();
      say(line);
    }
    await hear();
  });

test('a peer of git-annex is asked nothing that it would not take, and one of ours says what it knows', async () => {
  const annex = await answering('AUTH-SUCCESS peer-uuid', 'ERROR unknown command');
  const { uuid, features } = await annex.open();
  expect({ uuid, features: [...features] }).toEqual({ uuid: PEER_UUID, features: [] });
  await annex.peer.log.next('1: REMOTEDAEMON 1');
  const ours = await answering('AUTH-SUCCESS peer-uuid', 'REMOTEDAEMON 1 git-v2 to-come moved');
  const session = await ours.open({ expectedUuid: PEER_UUID });
  expect([...session.features]).toEqual(['git-v2', 'moved']);
});

test('what an earlier session has found is not asked again', async () => {
  const { peer, open } = await visit(async (guest) => {
    await letIn(guest);
    await guest.hear();
  });
  const knownFeatures = new Set(['git-v2'] as const);
  const session = await open({ knownFeatures });
  expect(session.features).toEqual(knownFeatures);
  await session.stream.writeLine('CONNECT git-upload-pack');
  await peer.log.next('1: CONNECT git-upload-pack');
});

test('a wrong token is refused for good, and so is a peer that is another one; neither names a token', async () => {
  const { peer, open } = await visit(async (guest) => {
    await letIn(guest);
    // What it is asked in one breath with that, and the end.
    await guest.hear();
    await guest.hear();
  });
  const wrong = token('f'.repeat(128));
  const refused = await open({ token: wrong }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'auth-refused', detail: expect.stringMatching(/peer accept/) });
  expect(String(refused)).not.toContain(wrong);
  await expect(open({ expectedUuid: 'another' })).rejects.toMatchObject({
    code: 'wrong-peer',
    detail: expect.stringMatching(/peer-uuid instead of another/),
  });
  // Both streams are dropped.
  await peer.log.next('1: (end)');
  await peer.log.next('2: (end)');
});

test('whatever a peer says, it does not get our token into what is shown', async () => {
  const secret = 'q7w2e9r4t1y6u3i8o5p0a1s4d7f2g9h6'.repeat(4);
  const spaced = secret.split('').join(' ');
  const answers = [
    `AUTH ${OWN_UUID} ${secret}`,
    `ERROR unexpected: AUTH ${OWN_UUID} ${secret.toUpperCase()}x`,
    `AUTH-SUCCESS ${secret}`,
    `AUTH-SUCCESS id-${secret.slice(40, 80)}`,
    `x${secret}x y${secret.slice(0, 60)} ${secret.slice(60)}`,
    spaced,
  ];
  for (const answer of answers) {
    const odd = await answering(answer);
    const failure = await odd.open({ token: token(secret) }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'remote-error', detail: expect.stringMatching(/\*\*\*/) });
    const said = String(failure)
      .replace(/[^a-z0-9]/gi, '')
      .toLowerCase();
    for (let at = 0; at + 12 <= secret.length; at += 1) expect(said).not.toContain(secret.slice(at, at + 12));
  }
});

test('silence, an end, garbage, and lines that are too long each end as a failure of their own', async () => {
  const silent = await visit(async ({ hear }) => {
    for (;;) await hear();
  });
  await expect(silent.open({ answerMs: 50 })).rejects.toMatchObject({
    code: 'timed-out',
    detail: expect.stringMatching(/AUTH/),
  });
  const gone = await visit(async ({ hear, socket }) => {
    await hear();
    socket.end();
  });
  await expect(gone.open()).rejects.toMatchObject({ code: 'dropped' });
  const odd = await answering('220 mail.example.invalid ESMTP\u001b[2J');
  const failure = await odd.open().catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'remote-error', detail: expect.stringMatching(/the peer says: "220 mail/) });
  expect(String(failure)).not.toContain('\u001b');
  const long = await visit(async ({ hear, send }) => {
    await hear();
    send('x'.repeat(33 * 1024));
    await hear();
  });
  await expect(long.open()).rejects.toMatchObject({
    code: 'remote-error',
    detail: expect.stringMatching(/longer than/),
  });
  for (const bad of ['AUTH-SUCCESS', 'AUTH-SUCCESS ', 'AUTH-SUCCESS a b', 'AUTH-SUCCESS \u001b]0;x'])
    await expect((await answering(bad)).open()).rejects.toMatchObject({ code: 'remote-error' });
});

test('one that answers the first question and then nothing is not waited for any longer', async () => {
  const { open } = await visit(async (guest) => {
    await letIn(guest);
    for (;;) await guest.hear();
  });
  await expect(open({ answerMs: 50 })).rejects.toMatchObject({
    code: 'timed-out',
    detail: expect.stringMatching(/REMOTEDAEMON/),
  });
});

test('who is told to stop stops, whatever the peer does, and drops the stream', async () => {
  const { peer, open } = await visit(async ({ hear }) => {
    for (;;) await hear();
  });
  const control = new AbortController();
  const why = new Error('told to close');
  const opening = open({ signal: control.signal });
  await peer.log.next(/^1: AUTH/);
  control.abort(why);
  await expect(opening).rejects.toBe(why);
  await peer.log.next('1: (end)');
});
