// Owns: whether what is printed has colours, and which colour means what.
// Leaves: what is printed.
import { styleText } from 'node:util';

/** What a text is to whoever reads it. */
export type Tone = 'plain' | 'good' | 'busy' | 'bad' | 'quiet' | 'title';

/** Gives a text its colour. */
export type Paint = (tone: Tone, text: string) => string;

const STYLES = {
  good: 'green',
  busy: 'yellow',
  bad: 'red',
  quiet: 'dim',
  title: 'bold',
} as const satisfies Record<Exclude<Tone, 'plain'>, Parameters<typeof styleText>[0]>;

// Whether the output is a terminal is asked here, and not by newer versions of Node as well.
const OPTIONS = { validateStream: false };

export const inColour: Paint = (tone, text) =>
  tone === 'plain' || text === '' ? text : styleText(STYLES[tone], text, OPTIONS);
export const withoutColour: Paint = (_tone, text) => text;

/** `when`: as the command line has it; undefined: it does not say. What it says counts for more than the environment. */
export function paintFor(when: string | undefined, isTerminal: boolean, env: NodeJS.ProcessEnv): Paint {
  if (when === 'always') return inColour;
  if (when === 'never') return withoutColour;
  return isWanted(isTerminal, env) ? inColour : withoutColour;
}

/** As https://no-color.org and Node itself have it: NO_COLOR is any text, and FORCE_COLOR another than 0 or false. */
function isWanted(isTerminal: boolean, { NO_COLOR, FORCE_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTerminal && !NO_COLOR && TERM !== 'dumb';
}
