// Owns: what is made of presences: whose count, what is answered, and what git-annex's tag says.
// Leaves: a real server (xmpp.test.ts).
import { describe, expect, test } from 'vitest';
import { parseJid } from '../../../../../src/shared/p2p/jid.ts';
import { type Element, xml } from '../../../../../src/workers/peer/network/xmpp/library.ts';
import { createPresence } from '../../../../../src/workers/peer/network/xmpp/presence.ts';
import { presenceWith, tagIn } from '../../../../../src/workers/peer/network/xmpp/tags.ts';

const OWN = parseJid('me@host/git-annex-1') ?? expect.fail();
const TAG = { xmlns: 'git-annex' };

function makeStage(known = ['ann@host']) {
  const clock = { nowMs: 0 };
  const [sent, told, came]: string[][] = [[], [], []];
  const presence = createPresence({
    own: () => OWN,
    isKnown: (bare) => known.includes(bare),
    known: () => known,
    send: (stanza) => void sent?.push(`${stanza.attrs.to ?? 'all'} ${JSON.stringify(tagIn(stanza))}`),
    onTold: (uuids, { bare }) => void told?.push(`${bare} ${uuids.join(' ')}`),
    onCame: ({ bare, resource }) => void came?.push(`${bare}/${resource}`),
    onLeft: () => undefined,
    nowMs: () => clock.nowMs,
  });
  const from = (jid: string, attrs: Readonly<Record<string, string>> = {}, ...content: Element[]): void =>
    presence.hear(xml('presence', { from: jid, ...attrs }, ...content));
  return { presence, from, sent, told, came, clock };
}

const here = (presence: ReturnType<typeof makeStage>['presence'], bare: string) =>
  presence.of(bare).map(({ resource }) => resource);

describe('the tag', () => {
  test('is what git-annex has: away, and never the first for messages, with one attribute at most', () => {
    expect(`${presenceWith({ kind: 'push', uuids: ['u-1', 'u-2'] }, 'ann@host')}`).toBe(
      '<presence to="ann@host"><show>xa</show><priority>-1</priority><git-annex xmlns="git-annex" push="u-1,u-2"/></presence>',
    );
    expect(`${presenceWith({ kind: 'query' })}`).toContain('<git-annex xmlns="git-annex" query=""/>');
    expect(`${presenceWith({ kind: 'here' })}`).toContain('<git-annex xmlns="git-annex"/>');
  });

  test.each<[string, Element, unknown]>([
    ['without an attribute', xml('git-annex', TAG), { kind: 'here' }],
    ['with a question', xml('git-annex', { ...TAG, query: '' }), { kind: 'query' }],
    [
      'with uuids, each once, and nothing that is none',
      xml('git-annex', { ...TAG, push: 'a,b,,a,c d,\u0007' }),
      { kind: 'push', uuids: ['a', 'b'] },
    ],
    ['with more than one attribute', xml('git-annex', { ...TAG, query: '', push: 'a' }), undefined],
    ['with another', xml('git-annex', { ...TAG, pair: 'x' }), undefined],
    ['of another namespace', xml('git-annex', { xmlns: 'other', push: 'a' }), undefined],
  ])('%s is read', (_, tag, read) => {
    expect(tagIn(xml('presence', {}, xml('show', {}, 'xa'), tag))).toEqual(read);
  });
});

describe('presences', () => {
  test('of those who are known, and of other programs of the account, are heard; no others, and not our own', () => {
    const { presence, from, told, came } = makeStage();
    const push = xml('git-annex', { ...TAG, push: 'u' });
    for (const jid of ['ann@host/x', 'me@host/other', 'eve@host/x', 'me@host/git-annex-1', 'ann@host', 'nonsense'])
      from(jid, {}, push);
    from('ann@host/y', { type: 'subscribe' }, push);
    from('ann@host/z', { type: 'error' }, push);
    expect(told).toEqual(['ann@host u', 'me@host u']);
    expect(came).toEqual(['ann@host/x', 'me@host/other']);
    expect(here(presence, 'eve@host')).toEqual([]);
  });

  test('say who is there until they are not; a program without the tag is none of us', () => {
    const { presence, from, came } = makeStage();
    from('ann@host/phone');
    from('ann@host/a', {}, xml('git-annex', TAG));
    from('ann@host/b', {}, xml('git-annex', TAG));
    from('ann@host/a', {}, xml('git-annex', TAG));
    expect(here(presence, 'ann@host')).toEqual(['a', 'b']);
    expect(came).toEqual(['ann@host/a', 'ann@host/b']);
    from('ann@host/a', { type: 'unavailable' });
    expect(here(presence, 'ann@host')).toEqual(['b']);
    for (let program = 0; program < 100; program += 1) from(`ann@host/${program}`, {}, xml('git-annex', TAG));
    expect(here(presence, 'ann@host')).toHaveLength(32);
  });

  test('that ask are answered, and who asks again and again is not answered each time', () => {
    const { from, sent, clock } = makeStage();
    const query = xml('git-annex', { ...TAG, query: '' });
    for (let times = 0; times < 5; times += 1) from('ann@host/a', {}, query);
    from('eve@host/a', {}, query);
    expect(sent).toEqual(['ann@host/a {"kind":"here"}']);
    clock.nowMs = 2_000;
    from('ann@host/a', {}, query);
    expect(sent).toHaveLength(2);
  });

  test('go to all who are known, and to the account itself', () => {
    const { presence, sent } = makeStage(['ann@host', 'me@host', 'ann@host']);
    presence.greet();
    presence.tell(Array.from({ length: 60 }, (_, number) => `u${number}`));
    expect(sent?.slice(0, 3)).toEqual(['all {"kind":"here"}', 'me@host {"kind":"query"}', 'ann@host {"kind":"query"}']);
    expect(sent?.slice(3).map((line) => line.split(' ')[0])).toEqual(['me@host', 'ann@host', 'me@host', 'ann@host']);
  });
});
