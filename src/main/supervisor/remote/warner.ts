// Owns: that a person is told something once, and not again while nothing changes.
// Leaves: what is worth telling (link-step.ts), and how it is said (control).

/** Whoever says something else each time is told of often enough; of more texts the oldest is forgotten. */
const MOST_TEXTS = 100;

export interface Warner {
  /** Passes the text on, unless it was said already. */
  readonly warn: (text: string) => void;
  /** It was said elsewhere. */
  readonly known: (text: string) => void;
  /** Things have changed for the better: what comes next is news. */
  readonly forget: () => void;
}

export function createWarner(say: (text: string) => void): Warner {
  const said = new Set<string>();
  /** Whether it is news. */
  const note = (text: string): boolean => {
    // What differs only in a number (after 3 ms, after 4 ms) is none.
    const sense = text.replace(/\d+/g, '');
    if (said.has(sense)) return false;
    said.add(sense);
    const [oldest] = said;
    if (said.size > MOST_TEXTS && oldest !== undefined) said.delete(oldest);
    return true;
  };
  return {
    warn: (text) => {
      if (note(text)) say(text);
    },
    known: note,
    forget: () => said.clear(),
  };
}
