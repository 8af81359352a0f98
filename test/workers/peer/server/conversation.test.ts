// Owns: what is done about each line of a peer, as data.
// Leaves: doing it (serving.test.ts and its neighbours).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PeerIdentity } from '../../../../src/shared/serve-messages.ts';
import { type Conversation, FIRST, hear, letIn, refused } from '../../../../src/workers/peer/server/conversation.ts';

const TOKEN = 'a1'.repeat(64);
const PEER: PeerIdentity = { tokenId: 'id', uuid: 'their-uuid', rights: 'write' };
const WRITER = letIn(FIRST, PEER);
const READER = letIn(FIRST, { ...PEER, rights: 'read' });

const effectOf = (state: Conversation, line: string) => hear(state, line).effect;
const said = (state: Conversation, line: string): string | undefined => {
  const effect = effectOf(state, line);
  return 'line' in effect ? effect.line : undefined;
};

test.each([
  ['AUTH uuid', 'ERROR unreadable AUTH'],
  ['AUTH uuid ', 'ERROR unreadable AUTH'],
  ['AUTH', 'ERROR unreadable AUTH'],
  [`AUTH uuid ${TOKEN} more`, 'ERROR unreadable AUTH'],
  [`AUTH -uuid ${TOKEN}`, 'ERROR unreadable AUTH'],
  [`AUTH ${TOKEN} ${TOKEN}`, 'ERROR unreadable AUTH'],
  [`AUTH id-${TOKEN.slice(0, 64)} ${TOKEN}`, 'ERROR unreadable AUTH'],
  ['AUTH uuid not_a_token', 'ERROR unreadable AUTH'],
  [`AUTH uuid ${'a'.repeat(2_000)}`, 'ERROR unreadable AUTH'],
  ['VERSION 1', 'ERROR unexpected command: AUTH comes first'],
  ['NOTIFYCHANGE', 'ERROR unexpected command: AUTH comes first'],
  ['CONNECT git-upload-pack', 'ERROR unexpected command: AUTH comes first'],
  ['', 'ERROR unexpected command: AUTH comes first'],
])('a stranger who says %j is told %j', (line, answer) => {
  expect(effectOf(FIRST, line)).toEqual({ kind: 'say', line: answer });
});

test('a token is judged, with its capitals folded; who is being cloned to has no uuid yet', () => {
  expect(effectOf(FIRST, `AUTH uuid ${TOKEN.toUpperCase()}`)).toEqual({ kind: 'judge', uuid: 'uuid', token: TOKEN });
  expect(effectOf(FIRST, `AUTH  ${TOKEN}\r`)).toEqual({ kind: 'judge', uuid: '', token: TOKEN });
});

test.each([
  ['VERSION 1', { kind: 'agree', version: 1 }],
  ['VERSION 99', { kind: 'agree', version: 4 }],
  ['NOTIFYCHANGE', { kind: 'tell-changes', by: 'CHANGED' }],
  ['NOTIFYMOVED', { kind: 'tell-changes', by: 'MOVED' }],
  ['REMOTEDAEMON 1', { kind: 'say', line: 'REMOTEDAEMON 1 git-v2 moved invitation' }],
  ['CONNECT git-upload-pack', { kind: 'connect', service: 'git-upload-pack', peer: PEER }],
  ['CONNECT git-receive-pack', { kind: 'connect', service: 'git-receive-pack', peer: PEER }],
  ['CHECKPRESENT KEY', { kind: 'objects', line: 'CHECKPRESENT KEY', peer: PEER }],
  ['GET 0  KEY', { kind: 'objects', line: 'GET 0  KEY', peer: PEER }],
])('a peer who says %j gets %j', (line, effect) => {
  expect(effectOf(WRITER, line)).toEqual(effect);
});

test('protocol v2 of git is for whom asks for it, and nothing else can be asked for', () => {
  expect(effectOf(READER, 'CONNECT git-upload-pack version=2')).toMatchObject({ gitProtocol: 'version=2' });
  for (const line of [
    'CONNECT git-upload-pack version=3',
    'CONNECT git-receive-pack version=2',
    'CONNECT git-upload-archive',
  ])
    expect(said(WRITER, line)).toBe('ERROR unknown command');
});

test('who may only read is told so, and let go, when he wants to push', () => {
  expect(effectOf(READER, 'CONNECT git-receive-pack')).toEqual({
    kind: 'refuse-git',
    why: 'this repository is read-only for you; write access denied',
  });
});

test('the tenth line that means nothing is the last', () => {
  let state: Conversation = WRITER;
  const kinds = Array.from({ length: 10 }, () => {
    const step = hear(state, 'NONSENSE');
    state = step.next;
    return step.effect.kind;
  });
  expect(kinds).toEqual([...Array(9).fill('say'), 'end']);
});

test('a wrong token counts as such a line', () => {
  let state: Conversation = FIRST;
  for (let time = 1; time < 10; time += 1) {
    const step = refused(state);
    expect(step.effect).toEqual({ kind: 'say', line: 'AUTH-FAILURE' });
    state = step.next;
  }
  expect(refused(state).effect).toEqual({ kind: 'end', line: 'AUTH-FAILURE' });
});

test('an ERROR is the end, without an answer', () => {
  for (const state of [FIRST, WRITER]) expect(effectOf(state, 'ERROR whatever')).toEqual({ kind: 'end' });
});

test('AUTH is said once', () => {
  expect(said(WRITER, `AUTH uuid ${TOKEN}`)).toBe('ERROR unknown command');
});

test('an invitation is passed on if it is one, and what is wrong with it is told without it', () => {
  const text = `p2p-annex::net:addr:${TOKEN}`;
  expect(effectOf(WRITER, `INVITATION ${text}`)).toEqual({ kind: 'invite', text, peer: PEER });
  expect(said(WRITER, `INVITATION p2p-annex::net:addr:x_x`)).toMatch(/^ERROR unreadable invitation: its last part/);
});

test('annexed content is for whom has a uuid, and for lines that are text', () => {
  expect(said(letIn(FIRST, { ...PEER, uuid: '' }), 'GET 0  KEY')).toMatch(/^ERROR only who has a uuid/);
  expect(said(WRITER, 'REMOVE K\uFFFD')).toMatch(/^ERROR .* not UTF-8/);
});

test('whatever is said, it is answered by one line or by an end, and by no more than a peer may ask for', () => {
  const words = fc.constantFrom('AUTH', 'VERSION', 'NOTIFYCHANGE', 'CONNECT', 'INVITATION', 'GET', 'DATA', 'ERROR', '');
  const line = fc.tuple(words, fc.string({ unit: 'binary', maxLength: 200 })).map((parts) => parts.join(' '));
  fc.assert(
    fc.property(line, fc.boolean(), (text, isReader) => {
      const [stranger, peer] = [hear(FIRST, text).effect, hear(isReader ? READER : WRITER, text).effect];
      expect(['say', 'judge', 'end']).toContain(stranger.kind);
      for (const effect of [stranger, peer])
        if ('line' in effect && effect.kind !== 'objects') expect(effect.line ?? '').not.toMatch(/[\r\n]/);
      if (peer.kind === 'connect' && isReader) expect(peer.service).toBe('git-upload-pack');
      expect(peer.kind).not.toBe('judge');
    }),
  );
});
