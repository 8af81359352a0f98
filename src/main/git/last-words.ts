// Owns: the last of what git prints for a person, progress left out, in steps that grow with what is printed only.
// Leaves: reading it (run-git.ts), and what it means (shared/git-failures.ts).

export interface LastWords {
  /** Text as it comes, cut anywhere. */
  readonly push: (text: string) => void;
  readonly text: () => string;
}

/**
 * Progress overwrites its own line with CR; left in, it would push out what matters. A server writes here whatever it
 * likes (gitprotocol-pack(5), side-band), so no character is looked at again for those that follow.
 */
export function createLastWords(mostCharacters: number): LastWords {
  /** Lines with their ends. */
  let lines = '';
  /** The line that has not ended, from its last CR on; one that stands at its end may yet be half of a CR-LF. */
  let line = '';
  // Cut only now and then: each cut copies what is kept.
  const cut = (text: string): string => (text.length > 2 * mostCharacters ? text.slice(-mostCharacters) : text);
  const append = (piece: string): void => {
    const overwritten = piece.lastIndexOf('\r', piece.length - 2);
    if (piece.length >= 2 && overwritten !== -1) line = piece.slice(overwritten + 1);
    else line = piece !== '' && line.endsWith('\r') ? piece : cut(line + piece);
  };
  return {
    push: (text) => {
      const [first = '', ...others] = text.split('\n');
      append(first);
      for (const piece of others) {
        lines = cut(`${lines}${line}\n`);
        line = '';
        append(piece);
      }
    },
    text: () => (lines + line).slice(-mostCharacters),
  };
}
