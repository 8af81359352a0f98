// Owns: telling complaints about locks from others, in what git or a daemon wrote on stderr.
// Leaves: who complained, and counting (beside.ts).

/** `race`: the ref was another's in the end; `lock`: the lock itself was not to be had. */
export type Complaint = 'race' | 'lock' | 'other';

const RACE = /is at [0-9a-f]+ but expected|incorrect old value|reference already exists|unable to resolve reference/;
const LOCK = /\.lock\b|cannot lock ref|could not lock|[Uu]nable to lock|Another git process seems to be running/;

/** First match wins: a lost race for a ref is told as `cannot lock ref`, too. */
export function complaintOf(text: string): Complaint {
  if (RACE.test(text)) return 'race';
  return LOCK.test(text) ? 'lock' : 'other';
}

/** Whether a person who reads this is told of locks, or of a race for one. */
export const speaksOfLocks = (line: string): boolean => complaintOf(line) !== 'other';

/** Each kind of line once, with how many there were: names, numbers and object names make no difference. */
export function alike(lines: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const kind = line.replace(/'[^']*'/g, "'…'").replace(/[0-9a-f]{40,}|\d+/g, '…');
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${count} x ${kind}`);
}
