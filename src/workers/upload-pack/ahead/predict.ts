// Owns: what git is going to ask upload-pack when refs have moved, as far as it can be told from what it asked before.
// Leaves: asking it beforehand, and handing on the answers (ask.ts).
import { isSameRequest, type RequestShapes, type V2Request } from '../../../shared/git-protocol/v2-request.ts';
import { type RefAdvertisement, surelyFetched } from '../../../shared/refs/ref-advertisement.ts';
import type { ObjectName, RefMove, RefName, WantedRefs } from '../../../shared/remote.ts';
import { covers, isOfNames, listingOf, shapeOf } from './named-listing.ts';
import { beforePack, fetchOf, withoutTips } from './pack.ts';

/** What is known of refs that moved. */
export interface News {
  /** Where they point now. */
  readonly tips: readonly ObjectName[];
  /** Which refs these are, where that is told. */
  readonly refs?: readonly RefName[];
  /** What became of each, where that is told. */
  readonly moves?: readonly RefMove[];
  /** What moves next may be told only after it was fetched by hand: whoever tells of it looks now and then. */
  readonly isLate?: true;
}

/** Requests that may be sent at once, one behind the other. */
export interface Predicted {
  readonly listing: V2Request;
  /** A fetch of the new tips by one who has the old ones. Its answer is good for git's own request if `answers` says so. */
  readonly pack?: V2Request;
}

export interface PredictionOptions {
  readonly refs: WantedRefs;
  /** As heard on an earlier link to the same remote. */
  readonly shapes?: RequestShapes;
  /** git asks in another way than before. */
  readonly onShapes?: (shapes: RequestShapes) => void;
}

export interface Prediction {
  /** git asked this. */
  readonly onRequest: (request: V2Request) => void;
  /** git was given this listing; `long`: of more than is kept. */
  readonly onListing: (refs: RefAdvertisement | 'long', request: V2Request) => void;
  /** So the refs were listed, for others than git, which was found to have them all. */
  readonly sawListing: (refs: RefAdvertisement) => void;
  readonly tell: (news: News) => void;
  /**
   * Whether a listing by one that waited is such as the last one and the news lead to expect. It may have been there
   * before its repository was moved, removed, or changed its format; what is new is another matter than what is lost.
   */
  readonly explains: (listed: RefAdvertisement, request: V2Request) => boolean;
  /** undefined: git has not asked anything yet. */
  readonly predict: (news: News) => Predicted | undefined;
  /**
   * Whether the answer to a request that was predicted answers what git asks now: undefined if not, else what has to be
   * said before it. git has to have the objects that the predicted one claimed, as the pack may build upon them.
   */
  readonly answers: (predicted: V2Request, asked: V2Request) => string | undefined;
  /** git asked something else than was predicted, and the pack was for nothing. */
  readonly missed: () => void;
  /** The server did not like a fetch that git did not ask for: there will be no other. */
  readonly refused: () => void;
}

/** Of a listing that is longer nothing is kept. */
const MOST_SEEN = 4_000;
/** After so many in a row that were for nothing no pack is asked for: something here is such that it cannot be predicted. */
const MOST_MISSED = 2;
/** As many as are fetched by their names. */
const MOST_NAMED = 100;

export function createPrediction({ refs: { refspecs }, shapes: before = {}, onShapes }: PredictionOptions): Prediction {
  const isFetched = surelyFetched(refspecs);
  const fetchedOf = (refs: RefAdvertisement): RefAdvertisement => new Map([...refs].filter(([ref]) => isFetched(ref)));
  let shapes = before;
  let missed = 0;
  /** How often in a row git listed all where refs were named. */
  let unnamed = 0;
  /** What git last saw of the refs that it fetches. */
  let seen: RefAdvertisement = new Map();
  /** What it has of them, most likely. */
  let had: RefAdvertisement = seen;
  /** What news told of that no listing has shown. */
  const told = new Map<RefName, RefMove['tip']>();
  /** Whether what was told of a ref is to be seen: what it moved on to since is no lie. */
  const isShownBy =
    (listed: RefAdvertisement) =>
    ([ref, tip]: readonly [RefName, RefMove['tip']]): boolean => {
      const now = listed.get(ref);
      return tip === undefined || now === undefined ? tip === now : now === tip || now !== had.get(ref);
    };
  /** Of refs that are there, as far as is known; undefined: git is to list all. */
  const namesOf = ({ refs = [...told.keys()] }: News): readonly RefName[] | undefined => {
    const areThere = refs.every((ref) => ![undefined, 'unknown'].includes(told.get(ref)));
    const names = refs.filter(isFetched);
    return areThere && names.length > 0 && names.length <= MOST_NAMED ? names : undefined;
  };
  const learnListing = (request: V2Request): void => {
    const isNamed = isOfNames(request, refspecs);
    if (isNamed) unnamed = 0;
    const shape = isNamed ? shapeOf(request) : request;
    if (shape) learn(isNamed ? 'named' : 'listing', shape);
  };
  const learn = (part: keyof RequestShapes, request: V2Request | undefined): void => {
    const last = shapes[part];
    if (last && request ? isSameRequest(last, request) : last === request) return;
    const { [part]: _, ...others } = shapes;
    shapes = { ...others, ...(request && { [part]: request }) };
    onShapes?.(shapes);
  };
  return {
    onRequest: (request) => {
      if (request.command === 'ls-refs') learnListing(request);
      if (request.command === 'fetch') learn('fetch', withoutTips(request));
    },
    onListing: (listed, request) => {
      const [refs, isCovered] = [listed === 'long' ? new Map() : listed, covers(request, refspecs)];
      for (const move of told) {
        if (isCovered(move[0]) && (listed === 'long' || isShownBy(refs)(move))) told.delete(move[0]);
      }
      seen = new Map([...fetchedOf(refs)].filter(([ref]) => isCovered(ref)));
      // Where nothing is known of the others, a few are no help.
      const others = [...had].filter(([ref]) => !isCovered(ref));
      had = others.length > 0 || !isOfNames(request, refspecs) ? new Map([...others, ...seen]) : had;
    },
    sawListing: (refs) => {
      had = refs.size <= MOST_SEEN ? fetchedOf(refs) : new Map();
    },
    tell: ({ moves = [] }) => {
      for (const { ref, tip } of moves) if (told.size < MOST_SEEN || told.has(ref)) told.set(ref, tip);
    },
    explains: (listed, request) => {
      if (fetchedOf(listed).size === 0) return false;
      const isCovered = covers(request, refspecs);
      const isGone = (ref: RefName): boolean => told.has(ref) && told.get(ref) === undefined;
      const isLost = [...had.keys()].some((ref) => isCovered(ref) && !listed.has(ref) && !isGone(ref));
      return !isLost && [...told].filter(([ref]) => isCovered(ref)).every(isShownBy(listed));
    },
    predict: (news) => {
      const { listing, named, fetch } = shapes;
      const names = named && unnamed < MOST_MISSED ? namesOf(news) : undefined;
      // What git has it tells by itself: of so many refs it is not known.
      if (named && names) return { listing: listingOf(named, names) };
      if (listing === undefined) return undefined;
      const pack = fetch && missed < MOST_MISSED ? fetchOf(news, fetch, had) : undefined;
      return { listing, ...(pack && { pack }) };
    },
    answers: (predicted, request) => {
      if (predicted.command !== 'fetch') {
        const isWhole = request.command === 'ls-refs' && !isOfNames(request, refspecs);
        if (isWhole && isOfNames(predicted, refspecs)) unnamed += 1;
        return isSameRequest(predicted, request) ? '' : undefined;
      }
      const before = request.command === 'fetch' ? beforePack(predicted, request, seen) : undefined;
      if (before !== undefined) missed = 0;
      return before;
    },
    missed: () => {
      missed += 1;
    },
    refused: () => {
      missed = Number.POSITIVE_INFINITY;
    },
  };
}
