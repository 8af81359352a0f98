// Owns: the command that says by which way a remote is watched, and why by that: asking, and the words.
// Leaves: finding it out (main/supervisor/requests/explain.ts).
import { printable } from '../../shared/printable.ts';
import type { Explained, ExplainedWay } from '../../shared/requests.ts';
import { askHere } from './ask-here.ts';
import type { Handler } from './handler.ts';
import { due } from './times.ts';

export const watchCommand: Handler = async ({ words: [remote = ''], options }, { print }) => {
  await askHere(
    { ask: 'explain', remote },
    {
      onAnswer: (answer) => {
        if (answer.say !== 'explained') return;
        const { explained } = answer;
        print(options.has('--explain') ? renderExplained(explained, Date.now()) : `${inOneLine(explained)}\n`);
      },
      instead: "'git remote-daemon start'",
    },
  );
  return 0;
};

/** Which way, and that there were better ones. */
export function inOneLine({ remote, ways }: Explained): string {
  const inUse = ways.find(({ state }) => state === 'in-use');
  const failed = ways.filter(({ state }) => state === 'failed').length;
  const better = failed > 0 ? ' (a better way has failed: --explain says why)' : '';
  return `${printable(remote)}: ${printable(inUse?.what ?? 'by no way')}${better}`;
}

const STATES = {
  'in-use': 'chosen',
  failed: 'failed',
  untried: 'not tried',
  'ruled-out': 'ruled out',
} as const satisfies Record<ExplainedWay['state'], string>;
const WIDTH = Math.max(...Object.values(STATES).map((word) => word.length));
const INDENT = ' '.repeat(2 + WIDTH + 2);

/** `nowMs` since the epoch. */
export function renderExplained({ remote, url, ways, advice }: Explained, nowMs: number): string {
  const lines = [
    `${printable(remote)} (${printable(url)}) can be watched in ${ways.length === 1 ? 'one way' : `${ways.length} ways, best first`}:`,
    ...ways.flatMap(({ what, state, why, again }) => [
      `  ${STATES[state].padEnd(WIDTH)}  ${printable(what)}`,
      ...(why === undefined ? [] : [INDENT + printable(why)]),
      ...(again === undefined ? [] : [`${INDENT}tried again ${due(again, nowMs)}`]),
    ]),
    ...(advice.length > 0 ? ['What would make it better:', ...advice.map((text) => `  - ${printable(text)}`)] : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
