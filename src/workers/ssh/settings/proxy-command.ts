// Owns: which ssh program a ProxyCommand would start, and for whom. Pure.
// Leaves: running the command (connection/byte-stream.ts), and where that leads (stages.ts).
import { posix } from 'node:path';
import type { Destination, ReadSettings } from './read-settings.ts';
import { tokensOf } from './settings.ts';
import { expandCommand } from './tokens.ts';

export interface SshCall {
  readonly program: string;
  readonly options: readonly string[];
  readonly to: Destination;
}

/** Options of ssh that take a value (ssh(1)). */
const WITH_VALUE = 'BbcDEeFIiJLlmOopPQRSWw';
/** What changes nothing about whom ssh reaches, and would keep `ssh -G` from answering. */
const NOT_ASKED_FOR = 'WNnTtqvfE';

/** Undefined for a command that starts no ssh, or starts it so that it cannot be told for whom. */
export function sshCallIn(command: string, { raw, context }: ReadSettings): SshCall | undefined {
  const called = raw.get('host')?.[0];
  const tokens = called === undefined ? {} : { n: called };
  return callWithin(expandCommand(command, tokensOf(raw, context), tokens) ?? command);
}

/** Whatever stands before it: `exec`, `A=1`, `timeout 9`, `sh -c '…'`. */
function callWithin(command: string): SshCall | undefined {
  const words = wordsOf(command);
  const at = words.findIndex((word) => posix.basename(word) === 'ssh');
  const [program, ...rest] = at === -1 ? [] : words.slice(at);
  if (program !== undefined) return callOf(program, rest);
  const script = words.find((word) => /\bssh\s/.test(word));
  return script === undefined || script === command ? undefined : callWithin(script);
}

function callOf(program: string, words: string[]): SshCall | undefined {
  const options: string[] = [];
  let [host, user, port]: (string | undefined)[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (!word.startsWith('-') || word === '-') {
      // What stands after the destination is a command, or more options, which ssh reads as well.
      if (host !== undefined) break;
      host = word;
      continue;
    }
    const [letter = '', value] = optionOf(word, words);
    if (letter === 'p') port = value;
    else if (letter === 'l') user = value;
    else if (!NOT_ASKED_FOR.includes(letter)) options.push(...(value === undefined ? [word] : [`-${letter}`, value]));
  }
  if (host === undefined || host.includes('%')) return undefined;
  const [, itsUser, name = host] = /^(.+)@(.+)$/.exec(host) ?? [];
  const to = { host: name, user: itsUser ?? user, ...(port !== undefined && { port: Number(port) }) };
  return { program, options, to };
}

/** `-W x`, `-Wx`, or letters without a value, of which the last may have one: `-Tp22`. */
function optionOf(word: string, rest: string[]): readonly [string, string | undefined] {
  const at = [...word.slice(1)].findIndex((letter) => WITH_VALUE.includes(letter));
  if (at === -1) return [word.slice(1, 2), undefined];
  return [word.slice(at + 1, at + 2), word.slice(at + 2) || rest.shift()];
}

/** Between white space; quotes are taken off. Nothing else of a shell is understood. */
const wordsOf = (command: string): string[] =>
  [...command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replace(/["']/g, ''));
