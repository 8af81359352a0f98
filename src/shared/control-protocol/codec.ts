// Owns: how a one-line message is spelled: from one table come its type, its parser and its formatter.
// Leaves: which messages there are (control.ts, watch-protocol/notification.ts), and cutting text into lines (line-splitter.ts).

/** One field of a message: how its text is read (undefined: this is no such field) and written. */
export interface Field<T> {
  /** `word` takes one white-space free word; `rest` and `words` take all that is left, so they only ever come last. */
  readonly takes: 'word' | 'rest' | 'words';
  // Methods, not properties: only so may fields of different types stand in one table.
  read(text: string): T | undefined;
  write(value: T): string;
}

const asIs = { read: (text: string): string => text, write: (value: string): string => value };

/** One word: no white space, never empty. */
export const word: Field<string> = { takes: 'word', ...asIs };

/** `1` or `0`. */
export const flag: Field<boolean> = {
  takes: 'word',
  read: (text) => (text === '1' ? true : text === '0' ? false : undefined),
  write: (value) => (value ? '1' : '0'),
};

/** All that is left of the line, its spaces kept. */
export const rest: Field<string> = { takes: 'rest', ...asIs };

/** One or more words, separated by white space. */
export const words: Field<readonly string[]> = {
  takes: 'words',
  read: (text) => (text === '' ? undefined : text.split(/[ \t]+/)),
  write: (value) => value.join(' '),
};

type Fields = Readonly<Record<string, Field<unknown>>>;
type ValueOf<F> = F extends Field<infer T> ? T : never;

/** The union of all messages of a table: `{ kind, ...fields }`. */
export type MessageOf<Table extends Readonly<Record<string, object>>> = {
  [Kind in keyof Table & string]: { readonly kind: Kind } & {
    readonly [Name in keyof Table[Kind]]: ValueOf<Table[Kind][Name]>;
  };
}[keyof Table & string];

export interface Messages<Message extends { readonly kind: string }> {
  /** The message a line spells (without its line end), or undefined if it is none: unknown word, or wrong fields. */
  readonly parse: (line: string) => Message | undefined;
  /** The line of a message, without its line end. */
  readonly format: (message: Message) => string;
}

/**
 * Declares the messages of one direction. Parsing asks for an exact field count, as git-annex's SimpleProtocol does,
 * so that only a last `rest` or `words` field may hold spaces.
 */
export function declareMessages<const Table extends Readonly<Record<string, Fields>>>(
  table: Table,
): Messages<MessageOf<Table>> {
  return {
    parse: (line) => {
      const [kind = '', after] = cutWord(withoutEndBlanks(line));
      const fields = Object.hasOwn(table, kind) ? table[kind] : undefined;
      const values = fields && readFields(fields, after);
      // The table is what MessageOf is made from, so these values are the fields of that message.
      return values && ({ kind, ...values } as MessageOf<Table>);
    },
    format: (message) => {
      const values: Readonly<Record<string, unknown>> = message;
      const fields: Fields = table[message.kind] ?? {};
      return [message.kind, ...Object.entries(fields).map(([name, field]) => field.write(values[name]))].join(' ');
    },
  };
}

function readFields(fields: Fields, text: string): Record<string, unknown> | undefined {
  const values: Record<string, unknown> = {};
  let left = text;
  for (const [name, field] of Object.entries(fields)) {
    const [own, after] = field.takes === 'word' ? cutWord(left) : [left, ''];
    const value = own === '' ? undefined : field.read(own);
    if (value === undefined) return undefined;
    values[name] = value;
    left = after;
  }
  return left === '' ? values : undefined;
}

/** By hand: `/[ \t\r]+$/` takes most of a second for a peer's 32 KiB of blanks that are not at the end. */
function withoutEndBlanks(line: string): string {
  let end = line.length;
  while (end > 0 && ' \t\r'.includes(line.charAt(end - 1))) end--;
  return line.slice(0, end);
}

/** The first word of a text and what follows the white space after it. */
function cutWord(text: string): [string, string] {
  const found = /^([^ \t]*)[ \t]*([\s\S]*)$/.exec(text);
  return [found?.[1] ?? '', found?.[2] ?? ''];
}
