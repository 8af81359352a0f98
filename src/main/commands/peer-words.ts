// Owns: the words behind `peer` → which of its commands is wanted.
// Leaves: all other words (command-line.ts), and doing it (peer.ts).
import type { Rights } from '../../shared/p2p/credentials.ts';

export type PeerCommand =
  | { readonly kind: 'invite'; readonly network?: string; readonly rights: Rights; readonly name?: string }
  /** `invitation` undefined: it is read from stdin. */
  | {
      readonly kind: 'accept';
      readonly name: string;
      readonly invitation: string | undefined;
      readonly rights: Rights;
      readonly oneWay: boolean;
    }
  | { readonly kind: 'list'; readonly json: boolean }
  | { readonly kind: 'remove'; readonly name: string };

export type PeerWord = PeerCommand['kind'];

interface Shape {
  /** What stands behind the command, in order; the last may be missing where that is said. */
  readonly words: readonly string[];
  readonly lastMayMiss?: true;
  readonly options: readonly string[];
  /** Options with a value: behind `=`, or as the next word. */
  readonly values: Readonly<Record<string, string>>;
}

const SHAPES: Readonly<Record<PeerWord, Shape>> = {
  invite: {
    words: [],
    options: ['--write'],
    values: { '--network': '--network=tor, or the name of another network', '--name': '--name=NAME' },
  },
  accept: { words: ['NAME', 'INVITATION'], lastMayMiss: true, options: ['--one-way', '--write'], values: {} },
  list: { words: [], options: ['--json'], values: {} },
  remove: { words: ['NAME'], options: [], values: {} },
};

export const isPeerWord = (text: string | undefined): text is PeerWord =>
  text !== undefined && Object.hasOwn(SHAPES, text);

interface Wrong {
  readonly kind: 'wrong';
  readonly why: string;
}

/** Reads what stands behind `peer`. Never throws, and repeats nothing that may be an invitation. */
export function parsePeerWords(args: readonly string[]): PeerCommand | Wrong {
  const at = args.findIndex((arg) => !arg.startsWith('-'));
  const [word, rest] = [args[at], args.toSpliced(at, 1)];
  if (word === undefined) return wrong(`'peer' needs one of ${Object.keys(SHAPES).join(', ')}`);
  if (!isPeerWord(word)) return wrong("'peer' has no such command: it has invite, accept, list and remove");
  const shape = SHAPES[word];
  const sorted = sortWords(word, shape, rest);
  if ('why' in sorted) return sorted;
  const { words, options, values } = sorted;
  if (words.length > shape.words.length) return wrong(`there is a word too many behind 'peer ${word}'`);
  const missing = shape.words[words.length];
  if (missing !== undefined && !(shape.lastMayMiss && words.length === shape.words.length - 1)) {
    return wrong(`'peer ${word}' needs ${missing}`);
  }
  return commandOf(word, words, options, values);
}

const wrong = (why: string): Wrong => ({ kind: 'wrong', why });

interface Sorted {
  readonly words: readonly string[];
  readonly options: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
}

function sortWords(word: PeerWord, shape: Shape, args: readonly string[]): Sorted | Wrong {
  const words: string[] = [];
  const options = new Set<string>();
  const values = new Map<string, string>();
  const left = [...args];
  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    const [, name = arg, given] = /^(--[^=]+)=(.*)$/s.exec(arg) ?? [];
    const what = Object.hasOwn(shape.values, name) ? shape.values[name] : undefined;
    if (what !== undefined) {
      const value = given ?? left.shift() ?? '';
      if (value === '' || value.startsWith('-')) return wrong(`${name} needs a value: ${what}`);
      values.set(name, value);
    } else if (shape.options.includes(arg)) options.add(arg);
    // A single dash stands for stdin, as for other programs.
    else if (arg === '-' || !arg.startsWith('-')) words.push(arg);
    else return wrong(`'peer ${word}' has no option '${name}'`);
  }
  return { words, options, values };
}

function commandOf(
  word: PeerWord,
  [name = '', invitation]: readonly string[],
  options: ReadonlySet<string>,
  values: ReadonlyMap<string, string>,
): PeerCommand {
  const rights: Rights = options.has('--write') ? 'write' : 'read';
  const network = values.get('--network');
  const wanted = values.get('--name');
  switch (word) {
    case 'invite':
      return { kind: word, rights, ...(network && { network }), ...(wanted && { name: wanted }) };
    case 'accept':
      return {
        kind: word,
        name,
        invitation: invitation === '-' ? undefined : invitation,
        rights,
        oneWay: options.has('--one-way'),
      };
    case 'list':
      return { kind: word, json: options.has('--json') };
    case 'remove':
      return { kind: word, name };
    default:
      return word satisfies never;
  }
}
