// Owns: what is predicted of git's requests, and for which of them a predicted answer is good.
// Leaves: that real git is content with the answers (test/workers/upload-pack/ahead/ask.test.ts).
import { describe, expect, it } from 'vitest';
import type { RequestShapes, V2Request } from '../../../../src/shared/git-protocol/v2-request.ts';
import { type ObjectName, parseObjectName, parseRefName, type RefName } from '../../../../src/shared/remote.ts';
import { createPrediction, type News, type Prediction } from '../../../../src/workers/upload-pack/ahead/predict.ts';

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
function afterAFetch(...options: readonly string[]): Prediction {
  const prediction = createPrediction({ refs: { refspecs: ['+refs/heads/*:refs/remotes/origin/*'], tags: true } });
  prediction.onRequest(LISTING);
  prediction.onListing(new Map([[MAIN, A] as const, [OTHER, B] as const, [ref('pull/1/head'), C] as const]), LISTING);
  prediction.onRequest(fetchOf(...(options.length > 0 ? options : PLAIN), `want ${A}`, 'done'));
  return prediction;
}

const packArguments = (prediction: Prediction, news: News): readonly string[] | undefined =>
  prediction.predict(news)?.pack?.args;

describe('what git will ask', () => {
  it('is not known before it has asked once', () => {
    const prediction = createPrediction({ refs: { refspecs: ['refs/heads/*'], tags: true } });
    expect(prediction.predict({ tips: [D] })).toBeUndefined();
  });

  it('is the same listing, and a fetch of the new tips by one who has the old', () => {
    expect(afterAFetch().predict({ tips: [D] })).toEqual({
      listing: LISTING,
      pack: fetchOf(...PLAIN, `want ${D}`, `have ${A}`, `have ${B}`, 'done'),
    });
  });

  it.each([
    ['the tips are known', { tips: [A] }],
    ['no tip is told', { tips: [] }],
  ])('is the listing alone when %s', (_when, news) => {
    expect(afterAFetch().predict(news)).toEqual({ listing: LISTING });
  });

  it.each(['filter blob:none', 'deepen 1', `shallow ${A}`])(
    'is the listing alone after a fetch with `%s`',
    (option) => {
      expect(packArguments(afterAFetch(...PLAIN, option), { tips: [D] })).toBeUndefined();
    },
  );

  it('is the listing alone once the server refused such a fetch', () => {
    const prediction = afterAFetch();
    prediction.refused();
    expect(prediction.predict({ tips: [D] })).toEqual({ listing: LISTING });
  });

  it('is of one who has not got what was shown beside what it asked for by its name', () => {
    const prediction = afterAFetch();
    const named: V2Request = { ...LISTING, args: ['peel', 'ref-prefix refs/heads/main'] };
    const beside = ref('heads/main-of-others');
    prediction.tell({ tips: [D], moves: [{ ref: beside, tip: D }] });
    prediction.onListing(new Map([[MAIN, C] as const, [beside, D] as const]), named);
    const haves = [`have ${B}`, `have ${C}`];
    const asked = packArguments(prediction, { tips: [D] }) ?? [];
    expect(asked.filter((arg) => arg.startsWith('have ')).sort()).toEqual(haves);
    const claimed = fetchOf(...PLAIN, `want ${A}`, `have ${D}`, 'done');
    expect(prediction.answers(claimed, fetchOf(...PLAIN, `want ${A}`, 'done'))).toBeUndefined();
  });

  it('is the listing alone after two packs in a row for nothing, and not after one', () => {
    const prediction = afterAFetch();
    prediction.missed();
    const pack = prediction.predict({ tips: [D] })?.pack ?? expect.unreachable('no pack was predicted');
    expect(prediction.answers(pack, pack)).toBe('');
    prediction.missed();
    expect(prediction.predict({ tips: [D] })).toHaveProperty('pack');
    prediction.missed();
    expect(prediction.predict({ tips: [D] })).toEqual({ listing: LISTING });
  });

  it('claims of many tips only the old ones of the refs that moved, and nothing where one of these is new', () => {
    const prediction = afterAFetch();
    const many = Array.from({ length: 20 }, (_, at) => at.toString(16).padStart(40, '0'));
    const tips = many.flatMap((name) => parseObjectName(name) ?? []);
    prediction.onListing(new Map(tips.map((name, at) => [ref(`heads/b${at}`), name])), LISTING);
    const haves = packArguments(prediction, { tips: [D], refs: [ref('heads/b3')] })?.filter((arg) => /^have/.test(arg));
    expect(haves).toEqual([`have ${tips[3]}`]);
    expect(packArguments(prediction, { tips: [D], refs: [ref('heads/b3'), ref('heads/new')] })).toBeUndefined();
    expect(packArguments(prediction, { tips: [D] })).toBeUndefined();
  });
});

describe('what is known of git', () => {
  const refs = { refspecs: ['+refs/heads/*:refs/remotes/origin/*'], tags: true };

  it('is told once when it is new, and holds for the next link once the refs were listed there', () => {
    const told: RequestShapes[] = [];
    const first = createPrediction({ refs, onShapes: (shapes) => told.push(shapes) });
    for (const turn of [A, B]) {
      first.onRequest(LISTING);
      first.onRequest(fetchOf(...PLAIN, `want ${turn}`, 'done'));
    }
    const shapes = { listing: LISTING, fetch: fetchOf(...PLAIN) };
    expect(told).toEqual([{ listing: LISTING }, shapes]);
    const next = createPrediction({ refs, shapes });
    expect(next.predict({ tips: [D] })).toEqual({ listing: LISTING });
    next.sawListing(new Map([[MAIN, A] as const]));
    expect(packArguments(next, { tips: [D] })).toEqual([...PLAIN, `want ${D}`, `have ${A}`, 'done']);
  });

  it('is not that it has this or that, where so much was listed that it is not kept', () => {
    const next = createPrediction({ refs, shapes: { listing: LISTING, fetch: fetchOf(...PLAIN) } });
    next.sawListing(new Map(Array.from({ length: 5_000 }, (_, at) => [ref(`heads/b${at}`), A] as const)));
    expect(next.predict({ tips: [D] })).toEqual({ listing: LISTING });
  });

  it('is forgotten of a fetch when git asks in a way that is left to it', () => {
    const told: RequestShapes[] = [];
    const prediction = createPrediction({ refs, onShapes: (shapes) => told.push(shapes) });
    prediction.onRequest(fetchOf(...PLAIN, `want ${A}`, 'done'));
    prediction.onRequest(fetchOf(...PLAIN, 'deepen 1', `want ${B}`, 'done'));
    expect(told.at(-1)).toEqual({});
  });

  it('does not make a listing that git was not given a proof of what git has', () => {
    const prediction = afterAFetch();
    prediction.sawListing(new Map([[MAIN, A] as const, [OTHER, C] as const]));
    const pack = prediction.predict({ tips: [D] })?.pack ?? expect.unreachable('no pack was predicted');
    expect(pack.args).toContain(`have ${C}`);
    prediction.onListing(new Map([[MAIN, D] as const, [OTHER, B] as const]), LISTING);
    prediction.sawListing(new Map([[MAIN, D] as const, [OTHER, C] as const]));
    expect(prediction.answers(pack, fetchOf(...PLAIN, `want ${D}`, `have ${A}`, 'done'))).toBeUndefined();
  });
});

describe('the answer that was predicted', () => {
  const prediction = afterAFetch();
  const pack = prediction.predict({ tips: [D] })?.pack ?? expect.unreachable('no pack was predicted');
  /** As git goes on: it has seen the new listing, and asks. */
  const answersAfterListing = (asked: V2Request): string | undefined => {
    prediction.onListing(new Map([[MAIN, D] as const, [OTHER, B] as const]), LISTING);
    return prediction.answers(pack, asked);
  };

  it('is good for the same listing, and for no other', () => {
    expect(prediction.answers(LISTING, LISTING)).toBe('');
    expect(prediction.answers(LISTING, { ...LISTING, args: ['peel'] })).toBeUndefined();
    expect(prediction.answers(LISTING, pack)).toBeUndefined();
    expect(prediction.answers(pack, LISTING)).toBeUndefined();
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

describe('what one that waited lists', () => {
  const gone: News = { tips: [], refs: [OTHER], moves: [{ ref: OTHER, tip: undefined }] };
  const moved: News = { tips: [D], refs: [MAIN], moves: [{ ref: MAIN, tip: D }] };
  const made: News = { tips: [D], refs: [ref('heads/new')], moves: [{ ref: ref('heads/new'), tip: D }] };

  it.each<[string, boolean, readonly (readonly [RefName, ObjectName])[], News?]>([
    [
      'what was there before',
      true,
      [
        [MAIN, A],
        [OTHER, B],
      ],
    ],
    [
      'a tip that nobody told of',
      true,
      [
        [MAIN, C],
        [OTHER, B],
      ],
    ],
    [
      'one more',
      true,
      [
        [MAIN, A],
        [OTHER, B],
        [ref('heads/new'), C],
      ],
    ],
    ['nothing', false, []],
    ['nothing that is fetched', false, [[ref('pull/1/head'), C]]],
    ['one less', false, [[MAIN, A]]],
    ['one less, as it was told', true, [[MAIN, A]], gone],
    ['nothing, whatever was told', false, [], gone],
    [
      'one that was told to be gone',
      false,
      [
        [MAIN, A],
        [OTHER, B],
      ],
      gone,
    ],
    [
      'the tip that was told',
      true,
      [
        [MAIN, D],
        [OTHER, B],
      ],
      moved,
    ],
    [
      'the tip after that',
      true,
      [
        [MAIN, C],
        [OTHER, B],
      ],
      moved,
    ],
    [
      'the tip before that',
      false,
      [
        [MAIN, A],
        [OTHER, B],
      ],
      moved,
    ],
    [
      'nothing of a ref that is new',
      false,
      [
        [MAIN, A],
        [OTHER, B],
      ],
      made,
    ],
  ])('is %s: to be expected is %s', (_what, expected, listed, news) => {
    const prediction = afterAFetch();
    if (news) prediction.tell(news);
    expect(prediction.explains(new Map(listed), LISTING)).toBe(expected);
  });

  it('is held against the last that was seen: what was told and seen since is old', () => {
    const prediction = afterAFetch();
    prediction.tell(gone);
    prediction.onListing(new Map([[MAIN, A]]), LISTING);
    expect(prediction.explains(new Map([[MAIN, A]]), LISTING)).toBe(true);
    prediction.onListing(new Map([[MAIN, A] as const, [OTHER, B] as const]), LISTING);
    expect(prediction.explains(new Map([[MAIN, A]]), LISTING)).toBe(false);
  });
});

describe('after a git that asked for one ref by its name', () => {
  const asksFor = (...names: readonly RefName[]): V2Request => {
    const prefixes = names.flatMap((name) => [`ref-prefix ${name}`, `ref-prefix refs/tags/${name}`]);
    return { ...LISTING, args: ['peel', ...prefixes, 'ref-prefix refs/tags/'] };
  };
  const newsOf = (...names: readonly RefName[]): News => ({
    ...{ tips: [D], refs: names, moves: names.map((name) => ({ ref: name, tip: D })) },
  });
  const afterOne = (): Prediction => {
    const prediction = afterAFetch();
    prediction.onRequest(asksFor(OTHER));
    prediction.onListing(new Map([[OTHER, C]]), asksFor(OTHER));
    return prediction;
  };
  const predicted = (prediction: Prediction, news: News) => {
    prediction.tell(news);
    return prediction.predict(news);
  };

  it('those that moved are asked for by their names, in their order, and no pack', () => {
    expect(predicted(afterOne(), newsOf(MAIN))).toEqual({ listing: asksFor(MAIN) });
    expect(predicted(afterOne(), newsOf(MAIN, OTHER))).toEqual({ listing: asksFor(MAIN, OTHER) });
  });

  it.each<[string, News]>([
    ['one is gone', { ...newsOf(MAIN), moves: [{ ref: MAIN, tip: undefined }] }],
    ['none is named', { tips: [D] }],
    ['none of them is kept by its name', newsOf(ref('tags/v1'))],
    ['more are named than a fetch names', newsOf(...Array.from({ length: 101 }, (_, at) => ref(`heads/b${at}`)))],
  ])('all are listed where %s', (_where, news) => {
    expect(predicted(afterOne(), news)?.listing).toEqual(LISTING);
  });

  it('one that was not asked is asked for what was told and not shown yet', () => {
    const prediction = afterOne();
    prediction.tell(newsOf(MAIN));
    expect(prediction.predict({ tips: [] })).toEqual({ listing: asksFor(MAIN) });
    prediction.onListing(new Map([[MAIN, D]]), asksFor(MAIN));
    expect(prediction.predict({ tips: [] })).toEqual({ listing: LISTING });
  });

  it('all are listed again once git has twice listed all instead', () => {
    const prediction = afterOne();
    for (const _ of [1, 2]) expect(prediction.answers(asksFor(MAIN), LISTING)).toBeUndefined();
    expect(predicted(prediction, newsOf(MAIN))?.listing).toEqual(LISTING);
  });

  it('a listing of some names says nothing of the others', () => {
    const prediction = afterOne();
    expect(prediction.explains(new Map([[OTHER, C]]), asksFor(OTHER))).toBe(true);
    expect(prediction.explains(new Map([[OTHER, C]]), LISTING)).toBe(false);
    expect(prediction.explains(new Map(), asksFor(OTHER))).toBe(false);
    prediction.tell(newsOf(MAIN));
    expect(prediction.explains(new Map([[MAIN, A]]), asksFor(MAIN))).toBe(false);
    expect(prediction.explains(new Map([[MAIN, D]]), asksFor(MAIN))).toBe(true);
  });
});
