// Owns: what the system refuses, or has run out of, and the daemon does without meanwhile: told once, until it is found again.
// Leaves: what is done instead (whoever lacks it), and showing it (commands/status/view.ts).

export interface DoneWithout {
  /** `what` is a word of the program's own, `text` one line for a person: what is refused, and what is done instead. */
  readonly lacks: (what: string, text: string) => void;
  readonly found: (what: string) => void;
  /** A line for each. */
  readonly now: () => readonly string[];
  /** Calls the listener whenever `now` is another. */
  readonly onChange: (listener: () => void) => void;
}

/** `log` hears of each once, and of its end. */
export function createDoneWithout(log: (text: string, level: 'warn' | 'info') => void): DoneWithout {
  let changed = (): void => undefined;
  const lacking = new Map<string, string>();
  return {
    lacks: (what, text) => {
      if (lacking.get(what) === text) return;
      lacking.set(what, text);
      log(text, 'warn');
      changed();
    },
    found: (what) => {
      const text = lacking.get(what);
      if (text === undefined) return;
      lacking.delete(what);
      log(`no longer so: ${text}`, 'info');
      changed();
    },
    now: () => [...lacking.values()],
    onChange: (listener) => {
      changed = listener;
    },
  };
}
