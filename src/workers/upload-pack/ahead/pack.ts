// Owns: a fetch of new tips that git has not asked for yet, and whether its answer is good for what git then asks. Pure.
// Leaves: when it is asked (predict.ts), and handing its answer on (answers.ts).
import { pktLine } from '../../../shared/git-protocol/pkt-line.ts';
import type { V2Request } from '../../../shared/git-protocol/v2-request.ts';
import type { RefAdvertisement } from '../../../shared/refs/ref-advertisement.ts';
import { type ObjectName, parseObjectName, type RefName } from '../../../shared/remote.ts';

/** Options of a fetch that change nothing but the form of the pack. Any other, and git is left to ask by itself. */
const PLAIN_OPTIONS: ReadonlySet<string> = new Set(['thin-pack', 'include-tag', 'ofs-delta', 'no-progress']);
/** As many as git itself names before it listens for the first time. */
const MOST_HAVES = 16;
/** What stays the same from one fetch to the next; undefined where it is of a kind that is left to git. */
export function withoutTips(request: V2Request): V2Request | undefined {
  const { options } = fetchArguments(request);
  return options.every((option) => PLAIN_OPTIONS.has(option)) ? { ...request, args: options } : undefined;
}

/** Where refs that moved point now, and which these are, where that is told. */
interface NewTips {
  readonly tips: readonly ObjectName[];
  readonly refs?: readonly RefName[];
}

/** A fetch of the new tips by one who has the old ones; undefined where none of them is new, or too much is unknown. */
export function fetchOf({ tips, refs }: NewTips, plain: V2Request, had: RefAdvertisement): V2Request | undefined {
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
export function beforePack(predicted: V2Request, request: V2Request, seen: RefAdvertisement): string | undefined {
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
