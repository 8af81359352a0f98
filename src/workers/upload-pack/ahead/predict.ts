// Owns: what git is going to ask upload-pack when refs have moved, as far as it can be told from what it asked before.
// Leaves: asking it beforehand, and handing on the answers (ask.ts).
import { pktLine } from '../../../shared/git-protocol/pkt-line.ts';
import { isSameRequest, type RequestShapes, type V2Request } from '../../../shared/git-protocol/v2-request.ts';
import { type RefAdvertisement, surelyFetched } from '../../../shared/refs/ref-advertisement.ts';
import {
  type ObjectName,
  parseObjectName,
  type RefMove,
  type RefName,
  type WantedRefs,
} from '../../../shared/remote.ts';

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
  /** git was given this listing. */
  readonly onListing: (refs: RefAdvertisement) => void;
  /** So the refs were listed, for others than git, which was found to have them all. */
  readonly sawListing: (refs: RefAdvertisement) => void;
  readonly tell: (news: News) => void;
  /**
   * Whether a listing by one that waited is such as the last one and the news lead to expect. It may have been there
   * before its repository was moved, removed, or changed its format; what is new is another matter than what is lost.
   */
  readonly explains: (listed: RefAdvertisement) => boolean;
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

/** Options of a fetch that change nothing but the form of the pack. Any other, and git is left to ask by itself. */
const PLAIN_OPTIONS: ReadonlySet<string> = new Set(['thin-pack', 'include-tag', 'ofs-delta', 'no-progress']);
/** As many as git itself names before it listens for the first time. */
const MOST_HAVES = 16;
/** Of a listing that is longer nothing is kept. */
const MOST_SEEN = 4_000;
/** After so many in a row that were for nothing no pack is asked for: something here is such that it cannot be predicted. */
const MOST_MISSED = 2;

export function createPrediction({ refs: { refspecs }, shapes: before = {}, onShapes }: PredictionOptions): Prediction {
  const isFetched = surelyFetched(refspecs);
  const fetchedOf = (refs: RefAdvertisement): RefAdvertisement => new Map([...refs].filter(([ref]) => isFetched(ref)));
  let shapes = before;
  let missed = 0;
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
  const learn = (part: 'listing' | 'fetch', request: V2Request | undefined): void => {
    const last = shapes[part];
    if (last && request ? isSameRequest(last, request) : last === request) return;
    const { [part]: _, ...others } = shapes;
    shapes = { ...others, ...(request && { [part]: request }) };
    onShapes?.(shapes);
  };
  return {
    onRequest: (request) => {
      if (request.command === 'ls-refs') learn('listing', request);
      if (request.command === 'fetch') learn('fetch', withoutTips(request));
    },
    onListing: (refs) => {
      for (const move of told) if (isShownBy(refs)(move)) told.delete(move[0]);
      seen = fetchedOf(refs);
      had = seen;
    },
    sawListing: (refs) => {
      had = refs.size <= MOST_SEEN ? fetchedOf(refs) : new Map();
    },
    tell: ({ moves = [] }) => {
      for (const { ref, tip } of moves) if (told.size < MOST_SEEN || told.has(ref)) told.set(ref, tip);
    },
    explains: (listed) => {
      if (fetchedOf(listed).size === 0) return false;
      const isLost = [...had.keys()].some((ref) => !listed.has(ref) && !(told.has(ref) && told.get(ref) === undefined));
      return !isLost && [...told].every(isShownBy(listed));
    },
    predict: (news) => {
      const { listing, fetch } = shapes;
      if (listing === undefined) return undefined;
      const pack = fetch && missed < MOST_MISSED ? fetchOf(news, fetch, had) : undefined;
      return { listing, ...(pack && { pack }) };
    },
    answers: (predicted, request) => {
      if (predicted.command !== 'fetch') return isSameRequest(predicted, request) ? '' : undefined;
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

/** What stays the same from one fetch to the next; undefined where it is of a kind that is left to git. */
function withoutTips(request: V2Request): V2Request | undefined {
  const { options } = fetchArguments(request);
  return options.every((option) => PLAIN_OPTIONS.has(option)) ? { ...request, args: options } : undefined;
}

/** A fetch of the new tips by one who has the old ones; undefined where none of them is new, or too much is unknown. */
function fetchOf({ tips, refs }: News, plain: V2Request, had: RefAdvertisement): V2Request | undefined {
  const known = new Set(had.values());
  const wants = tips.filter((tip) => !known.has(tip));
  const haves = known.size <= MOST_HAVES ? [...known] : oldTips(had, refs);
  if (wants.length === 0 || haves.length === 0) return undefined;
  const claims = [...wants.map((tip) => `want ${tip}`), ...haves.map((tip) => `have ${tip}`)];
  return { ...plain, args: [...plain.args, ...claims, 'done'] };
}

/** None at all if one of them is new: what it builds upon may be anything, and the pack then everything. */
function oldTips(had: RefAdvertisement, refs: readonly RefName[] = []): ObjectName[] {
  const tips = refs.flatMap((ref) => had.get(ref) ?? []);
  return tips.length === refs.length && tips.length <= MOST_HAVES ? [...new Set(tips)] : [];
}

/** What is said before the pack that was asked for ahead; undefined where that pack is not the one git asks for. */
function beforePack(predicted: V2Request, request: V2Request, seen: RefAdvertisement): string | undefined {
  const claimed = fetchArguments(predicted);
  const asked = fetchArguments(request);
  const isSame = hasSame(claimed.options, asked.options) && hasSame([...claimed.wants], [...asked.wants]);
  const isSafe = [...claimed.haves].every((tip) => isHeld(tip, asked, seen));
  return isSame && isSafe ? acknowledgments(claimed, asked) : undefined;
}

function isHeld(tip: ObjectName, asked: FetchArguments, seen: RefAdvertisement): boolean {
  if (asked.haves.has(tip)) return true;
  // Of the refs it was shown and fetches, git wants those that it has not got with all that they build upon.
  return !asked.wants.has(tip) && [...seen.values()].includes(tip);
}

interface FetchArguments {
  readonly wants: ReadonlySet<ObjectName>;
  readonly haves: ReadonlySet<ObjectName>;
  readonly isDone: boolean;
  /** All others. */
  readonly options: readonly string[];
}

function fetchArguments({ args }: V2Request): FetchArguments {
  const named = (word: string): ObjectName[] =>
    args.filter((arg) => arg.startsWith(word)).flatMap((arg) => parseObjectName(arg.slice(word.length)) ?? []);
  return {
    wants: new Set(named('want ')),
    haves: new Set(named('have ')),
    isDone: args.includes('done'),
    options: args.filter((arg) => !/^(?:want|have) |^done$/.test(arg)),
  };
}

/** A client that is not done is first told which of its objects are common, and that the pack follows (gitprotocol-v2(5)). */
function acknowledgments(claimed: FetchArguments, asked: FetchArguments): string {
  if (asked.isDone) return '';
  const common = [...claimed.haves].filter((tip) => asked.haves.has(tip)).map((tip) => `ACK ${tip}`);
  const lines = ['acknowledgments', ...common, 'ready'].map((text) => pktLine({ kind: 'data', text }));
  return [...lines, pktLine({ kind: 'delimiter' })].join('');
}

const hasSame = (some: readonly string[], others: readonly string[]): boolean =>
  [...some].sort().join(' ') === [...others].sort().join(' ');
