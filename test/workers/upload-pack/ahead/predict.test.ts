// Owns: what is foreseen of git's requests, and for which of them a foreseen answer is good.
// Leaves: that real git is content with the answers (test/workers/upload-pack/ahead/ask.test.ts).
import { describe, expect, it } from 'vitest';
import type { RequestShapes, V2Request } from '../../../../src/shared/git-protocol/v2-request.ts';
import { type ObjectName, parseObjectName, parseRefName, type RefName } from '../../../../src/shared/remote.ts';
import { createForesight, type Foresight, type News } from '../../../../src/workers/upload-pack/ahead/predict.ts';

function tip(digit: string): ObjectName {
  const name = parseObjectName(digit.repeat(40));
  return name ?? expect.unreachable(`no object name: ${digit}`);
}
function ref(name: string): RefName {
  return parseRefName(`refs/${name}`) ?? expect.unreachable(`no ref name: ${name}`);
}

const [A, B, C, D] = [tip('a'), tip('b'), tip('c'), tip('d')];
const MAIN = ref('heads/main');
const OTHER = ref('heads/other');

const LISTING: V2Request = { command: 'ls-refs', capabilities: ['agent=x'], args: ['peel', 'ref-prefix refs/heads/'] };
const PLAIN = ['thin-pack', 'ofs-delta'];
const fetchOf = (...args: readonly string[]): V2Request => ({ command: 'fetch', capabilities: ['agent=x'], args });

/** After a fetch by a git that saw `main` at A and `other` at B, and a ref that it does not fetch. */
function afterAFetch(...options: readonly string[]): Foresight {
  const foresight = createForesight({ refs: { refspecs: ['+refs/heads/*:refs/remotes/origin/*'], tags: true } });
  foresight.onRequest(LISTING);
  foresight.onListing(new Map([[MAIN, A] as const, [OTHER, B] as const, [ref('pull/1/head'), C] as const]));
  foresight.onRequest(fetchOf(...(options.length > 0 ? options : PLAIN), `want ${A}`, 'done'));
  return foresight;
}

const packArguments = (foresight: Foresight, news: News): readonly string[] | undefined =>
  foresight.foresee(news)?.pack?.args;

describe('what git will ask', () => {
  it('is not known before it has asked once', () => {
    const foresight = createForesight({ refs: { refspecs: ['refs/heads/*'], tags: true } });
    expect(foresight.foresee({ tips: [D] })).toBeUndefined();
  });

  it('is the same listing, and a fetch of the new tips by one who has the old', () => {
    expect(afterAFetch().foresee({ tips: [D] })).toEqual({
      listing: LISTING,
      pack: fetchOf(...PLAIN, `want ${D}`, `have ${A}`, `have ${B}`, 'done'),
    });
  });

  it.each([
    ['the tips are known', { tips: [A] }],
    ['no tip is told', { tips: [] }],
  ])('is the listing alone when %s', (_when, news) => {
    expect(afterAFetch().foresee(news)).toEqual({ listing: LISTING });
  });

  it.each(['filter blob:none', 'deepen 1', `shallow ${A}`])(
    'is the listing alone after a fetch with `%s`',
    (option) => {
      expect(packArguments(afterAFetch(...PLAIN, option), { tips: [D] })).toBeUndefined();
    },
  );

  it('is the listing alone once the server refused such a fetch', () => {
    const foresight = afterAFetch();
    foresight.refused();
    expect(foresight.foresee({ tips: [D] })).toEqual({ listing: LISTING });
  });

  it('is the listing alone after two packs in a row for nothing, and not after one', () => {
    const foresight = afterAFetch();
    foresight.missed();
    const pack = foresight.foresee({ tips: [D] })?.pack ?? expect.unreachable('no pack was foreseen');
    expect(foresight.answers(pack, pack)).toBe('');
    foresight.missed();
    expect(foresight.foresee({ tips: [D] })).toHaveProperty('pack');
    foresight.missed();
    expect(foresight.foresee({ tips: [D] })).toEqual({ listing: LISTING });
  });

  it('claims of many tips only the old ones of the refs that moved, and nothing where one of these is new', () => {
    const foresight = afterAFetch();
    const many = Array.from({ length: 20 }, (_, at) => at.toString(16).padStart(40, '0'));
    const tips = many.flatMap((name) => parseObjectName(name) ?? []);
    foresight.onListing(new Map(tips.map((name, at) => [ref(`heads/b${at}`), name])));
    const haves = packArguments(foresight, { tips: [D], refs: [ref('heads/b3')] })?.filter((arg) => /^have/.test(arg));
    expect(haves).toEqual([`have ${tips[3]}`]);
    expect(packArguments(foresight, { tips: [D], refs: [ref('heads/b3'), ref('heads/new')] })).toBeUndefined();
    expect(packArguments(foresight, { tips: [D] })).toBeUndefined();
  });
});

describe('what is known of git', () => {
  const refs = { refspecs: ['+refs/heads/*:refs/remotes/origin/*'], tags: true };

  it('is told once when it is new, and holds for the next link once the refs were listed there', () => {
    const told: RequestShapes[] = [];
    const first = createForesight({ refs, onShapes: (shapes) => told.push(shapes) });
    for (const turn of [A, B]) {
      first.onRequest(LISTING);
      first.onRequest(fetchOf(...PLAIN, `want ${turn}`, 'done'));
    }
    const shapes = { listing: LISTING, fetch: fetchOf(...PLAIN) };
    expect(told).toEqual([{ listing: LISTING }, shapes]);
    const next = createForesight({ refs, shapes });
    expect(next.foresee({ tips: [D] })).toEqual({ listing: LISTING });
    next.sawListing(new Map([[MAIN, A] as const]));
    expect(packArguments(next, { tips: [D] })).toEqual([...PLAIN, `want ${D}`, `have ${A}`, 'done']);
  });

  it('is not that it has this or that, where so much was listed that it is not kept', () => {
    const next = createForesight({ refs, shapes: { listing: LISTING, fetch: fetchOf(...PLAIN) } });
    next.sawListing(new Map(Array.from({ length: 5_000 }, (_, at) => [ref(`heads/b${at}`), A] as const)));
    expect(next.foresee({ tips: [D] })).toEqual({ listing: LISTING });
  });

  it('is forgotten of a fetch when git asks in a way that is left to it', () => {
    const told: RequestShapes[] = [];
    const foresight = createForesight({ refs, onShapes: (shapes) => told.push(shapes) });
    foresight.onRequest(fetchOf(...PLAIN, `want ${A}`, 'done'));
    foresight.onRequest(fetchOf(...PLAIN, 'deepen 1', `want ${B}`, 'done'));
    expect(told.at(-1)).toEqual({});
  });

  it('does not make a listing that git was not given a proof of what git has', () => {
    const foresight = afterAFetch();
    foresight.sawListing(new Map([[MAIN, A] as const, [OTHER, C] as const]));
    const pack = foresight.foresee({ tips: [D] })?.pack ?? expect.unreachable('no pack was foreseen');
    expect(pack.args).toContain(`have ${C}`);
    foresight.onListing(new Map([[MAIN, D] as const, [OTHER, B] as const]));
    foresight.sawListing(new Map([[MAIN, D] as const, [OTHER, C] as const]));
    expect(foresight.answers(pack, fetchOf(...PLAIN, `want ${D}`, `have ${A}`, 'done'))).toBeUndefined();
  });
});

describe('the answer that was foreseen', () => {
  const foresight = afterAFetch();
  const pack = foresight.foresee({ tips: [D] })?.pack ?? expect.unreachable('no pack was foreseen');
  /** As git goes on: it has seen the new listing, and asks. */
  const answersAfterListing = (asked: V2Request): string | undefined => {
    foresight.onListing(new Map([[MAIN, D] as const, [OTHER, B] as const]));
    return foresight.answers(pack, asked);
  };

  it('is good for the same listing, and for no other', () => {
    expect(foresight.answers(LISTING, LISTING)).toBe('');
    expect(foresight.answers(LISTING, { ...LISTING, args: ['peel'] })).toBeUndefined();
    expect(foresight.answers(LISTING, pack)).toBeUndefined();
    expect(foresight.answers(pack, LISTING)).toBeUndefined();
  });

  it('is good as it is for a git that is done with telling what it has', () => {
    expect(answersAfterListing(fetchOf(...PLAIN, `want ${D}`, `have ${A}`, 'done'))).toBe('');
  });

  it('is told to a git that is not done with what they have in common', () => {
    const said = answersAfterListing(fetchOf(...PLAIN, `want ${D}`, `have ${A}`, `have ${C}`));
    expect(said).toBe(`0014acknowledgments\n0031ACK ${A}\n000aready\n0001`);
  });

  it.each([
    ['wants something else', [`want ${C}`, `have ${A}`]],
    ['wants more', [`want ${D}`, `want ${C}`, `have ${A}`]],
    ['does not say that it has what the pack builds upon', [`want ${D}`, `have ${C}`]],
    ['says so of a tip that it wants', [`want ${D}`, `want ${B}`, `have ${A}`]],
    ['wants less than all objects', ['filter blob:none', `want ${D}`, `have ${A}`]],
  ])('is not good for a git that %s', (_how, claims) => {
    expect(answersAfterListing(fetchOf(...PLAIN, ...claims))).toBeUndefined();
  });
});
