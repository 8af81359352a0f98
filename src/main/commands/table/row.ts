// Owns: what a command, an option and a word behind it are, as the table of commands has them.
// Leaves: the rows (table.ts and those beside it), reading a command line by them (../command-line.ts), and all that is made of them.

/** What may stand behind a command, for whoever completes it. */
export type WordKind = 'remote' | 'new-remote' | 'peer' | 'shell' | 'command' | 'directory' | 'invitation';

export interface WordRow {
  /** As the usage shows it: `REMOTE`. */
  readonly name: string;
  readonly kind: WordKind;
  /** It may be left out; only at the end. */
  readonly optional?: true;
  /** Any number of them; only at the end. */
  readonly many?: true;
  /** One of these and nothing else. */
  readonly choices?: readonly string[];
  /** Never repeated, as it may be a secret. */
  readonly secret?: true;
}

export interface ValueRow {
  /** As the usage shows it: `SECONDS`. */
  readonly name: string;
  /** Only behind `=`, and may be left out: what it is then. */
  readonly absent?: string;
  readonly choices?: readonly string[];
  /** Completes it; absent: by its choices, or not at all. */
  readonly kind?: WordKind;
  readonly number?: { readonly least: number; readonly most: number; readonly what: string };
}

export interface OptionRow {
  /** `--json`. One name means the same kind of option in every command. */
  readonly name: string;
  /** `-f` */
  readonly short?: string;
  readonly value?: ValueRow;
  /** What it does: a few words, for help, manual and completion. */
  readonly summary: string;
}

export type CommandGroup = 'start' | 'see' | 'steer' | 'home' | 'peers' | 'more';

export interface CommandRow {
  /** One word, or two: `peer invite`. */
  readonly name: string;
  /** It is not said by its name but by this option, as a parent program does. */
  readonly saidBy?: string;
  readonly group: CommandGroup;
  /** A few words, without a full stop. */
  readonly summary: string;
  /** For the manual and `help COMMAND`: sentences, a paragraph each, in plain text; or a command to copy, behind four blanks. */
  readonly description: readonly string[];
  readonly words: readonly WordRow[];
  readonly options: readonly OptionRow[];
}
