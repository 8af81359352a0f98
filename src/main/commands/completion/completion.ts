// Owns: `completion`: what a shell reads to complete the commands of the table.
// Leaves: each shell's own language (bash.ts, zsh.ts, fish.ts), and the table (../table/).
import type { Handler } from '../handler.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { zshCompletion } from './zsh.ts';

const SCRIPTS: Readonly<Record<string, () => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

export const completionCommand: Handler = async ({ words: [shell = ''] }, { print }) => {
  print(SCRIPTS[shell]?.() ?? '');
  return 0;
};
