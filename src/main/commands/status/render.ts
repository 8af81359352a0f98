// Owns: laying out what a person is shown of a status, for a terminal of any width or for a file.
// Leaves: what is shown (view.ts), and what colours mean (../terminal/colour.ts).
import { wrapToWidth } from '../terminal/text-width.ts';
import type { Block, Page, StatusView } from './shown.ts';
import { tableLines } from './table-lines.ts';

/** Lines without their ends. None is longer than the page is wide. */
export function statusLines({ summary, notes, rows, blocks }: StatusView, page: Page): string[] {
  return [
    ...wrapped(summary.text, '', page).map((line) => page.paint(summary.tone, line)),
    ...notes.flatMap((note) => wrapped(note, '', page)),
    ...(rows.length > 0 ? ['', ...tableLines(rows, page)] : []),
    ...blocks.flatMap((block) => ['', ...blockLines(block, page)]),
  ];
}

export const asText = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

function blockLines({ title, lines, hint }: Block, page: Page): string[] {
  return [
    ...wrapped(title.text, '', page).map((line) => page.paint(title.tone, line)),
    ...lines.flatMap((line) => wrapped(line, '  ', page)),
    ...(hint === undefined ? [] : wrapped(hint, '  ', page).map((line) => page.paint('quiet', line))),
  ];
}

/** What does not fit goes on in further lines, set in deeper. */
const wrapped = (text: string, setIn: string, { width }: Page): string[] =>
  width === undefined ? [setIn + text] : wrapToWidth(setIn + text, width, `${setIn}    `);
