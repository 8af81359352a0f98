// Owns: what a command about peers said, in tests.
// Leaves: the commands.
import type { Output } from '../../../src/main/commands/this-repository.ts';

export interface Said extends Output {
  readonly out: () => string;
  readonly err: () => string;
}

export function listen(): Said {
  const [out, err]: [string[], string[]] = [[], []];
  return {
    print: (text) => void out.push(String(text)),
    note: (text) => void err.push(`${text}\n`),
    out: () => out.join(''),
    err: () => err.join(''),
  };
}
