// Owns: what of the user's own branches each server must be given, and what it may be: rules for CHANGED, said once more.
// Leaves: which remotes want pushes (model.ts), and reading what a server has and was sent (pushes-kept.ts).

/** Tips by full name, oldest first: each is a child of the one before. */
export type Branches = ReadonlyMap<string, readonly string[]>;

/** What was said of branches since it was last quiet, as far as it concerns one server. Numbers count tips. */
export interface Offers {
  /** Named when the remote surely wanted pushes. */
  readonly named: Map<string, number>;
  /** Given by its object: means nothing any more once the branch moves on. */
  readonly byObject: Map<string, number>;
  /** May be sent: was offered when the remote may have wanted pushes, and is not surely done with. */
  readonly open: Set<string>;
}

/** What a push asked of a server: the hook `update` is told so, for each ref (githooks(5)). */
export interface Received {
  readonly ref: string;
  readonly old: string;
  readonly tip: string;
}

export type Wish = 'surely' | 'maybe' | 'no';

const NOTHING = /^0+$/;

export const noOffers = (): Offers => ({ named: new Map(), byObject: new Map(), open: new Set() });

/** Takes the words of a CHANGED. What is no branch yet may be one when it is pushed. */
export function offer(offers: Offers, branches: Branches, words: readonly string[], wish: Wish): void {
  if (wish === 'no') return;
  for (const word of words) if (word.startsWith('refs/')) offers.open.add(word);
  for (const [ref, tips] of branches) {
    const isNamed = words.includes(ref);
    const isGiven = words.includes(tips.at(-1) ?? '');
    if (!isNamed && !isGiven) continue;
    offers.open.add(ref);
    if (wish === 'surely') (isNamed ? offers.named : offers.byObject).set(ref, tips.length - 1);
  }
}

/** Nothing has to come any more of what was offered, and all of it may. */
export function release({ named, byObject }: Offers): void {
  named.clear();
  byObject.clear();
}

/** What had to be there is there. `mayRepeat`: it may be sent once more, as by a push that was not told that it worked. */
export function settle(offers: Offers, mayRepeat: boolean): void {
  for (const ref of mayRepeat ? [] : [...offers.named.keys(), ...offers.byObject.keys()]) offers.open.delete(ref);
  release(offers);
}

/** What is not there yet, or at an older tip. */
export function missingOffers(offers: Offers, branches: Branches, there: ReadonlyMap<string, string>): string[] {
  return [...offers.named, ...offers.byObject].flatMap(([ref, least]) => {
    const has = (branches.get(ref) ?? []).indexOf(there.get(ref) ?? '');
    return has >= least ? [] : [`${ref} was offered at its tip ${least} and is ${has < 0 ? 'missing' : `at ${has}`}`];
  });
}

/** What was sent and should not have been. */
export function wrongPushes(offers: Offers, branches: Branches, received: readonly Received[]): string[] {
  return received.flatMap(({ ref, old, tip }) => {
    const tips = branches.get(ref) ?? [];
    const says = (why: string): string[] => [`${ref} was pushed ${why}`];
    if (!tips.includes(tip)) return says('to what it never was here');
    const isForward = NOTHING.test(old) || (tips.includes(old) && tips.indexOf(old) < tips.indexOf(tip));
    if (!isForward) return says('by force');
    return offers.open.has(ref) ? [] : says('and nobody asked for that');
  });
}
