// Owns: the sections of the README as roff: paragraphs, tables, lists, text to copy.
// Leaves: which of them the manual has (manual.ts), and roff's own language (roff.ts).
import { bold, bullet, definition, escaped, paragraph, subsection, verbatim } from './roff.ts';

/** What stands below a heading of the second order, up to the next. Throws where there is none. */
export function sectionOf(readme: string, title: string): string {
  const [, text] = readme.split(`\n## ${title}\n`);
  if (text === undefined) throw new Error(`the README has no section '${title}', which the manual is made of`);
  return text.split(/\n## /)[0] ?? '';
}

/** Throws at what it has no roff for. */
export function roffOf(markdown: string): string {
  return blocksOf(markdown).map(roffOfBlock).join('\n');
}

/** Parted by empty lines; code keeps its own. */
const blocksOf = (markdown: string): string[] =>
  markdown
    .split(/\n{2,}(?=\S)|\n(?=- )/)
    .map((block) => block.trimEnd().replace(/^\n+/, ''))
    .filter((block) => block !== '');

function roffOfBlock(block: string): string {
  const lines = block.split('\n');
  if (/^### /.test(block) && lines.length === 1) return subsection(inline(block.slice('### '.length)));
  if (lines.every((line) => line.startsWith('|'))) return tableOf(lines);
  if (lines.every((line) => /^(?: {4}|$)/.test(line))) return verbatim(lines.map((line) => line.slice(4)));
  if (/^- /.test(block)) return bullet(inline(joined([block.slice(2)])));
  if (/^(?:[#>|!<]|\d+\. |```)/.test(block)) throw new Error(`the manual cannot have this of the README: ${lines[0]}`);
  // A text to copy may follow at once.
  const code = lines.findIndex((line) => line.startsWith('    '));
  if (code > 0)
    return [roffOfBlock(lines.slice(0, code).join('\n')), roffOfBlock(lines.slice(code).join('\n'))].join('\n');
  return paragraph(inline(joined(lines)));
}

const joined = (lines: readonly string[]): string => lines.join(' ').replaceAll(/\s+/g, ' ');

/** A row is the first cell, and what the others say of it. */
function tableOf([, ruler = '', ...rows]: readonly string[]): string {
  if (!/^\|[-|: ]+\|$/.test(ruler)) throw new Error(`the manual has no such table: ${ruler}`);
  return rows.map((row) => definition(...rowOf(cellsOf(row)))).join('\n');
}

function rowOf([first = '', ...others]: readonly string[]): [string, string[]] {
  const [only, ...more] = others;
  const text =
    more.length === 0 ? inline(only ?? '') : `${inline(more.join(' '))}${only ? ` (default: ${inline(only)})` : ''}`;
  return [inline(first), [text]];
}

/** A `|` in code is none that parts cells, nor is one behind a backslash. */
const cellsOf = (row: string): string[] =>
  (row.match(/(?:`[^`]*`|\\\||[^|])+/g) ?? [])
    .map((cell) => cell.trim().replaceAll('\\|', '|'))
    .filter((cell, at) => at > 0 || cell !== '');

/** Code and what is strong become bold; of a link its text is left. */
function inline(text: string): string {
  const parts = text.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)]*\))/);
  return parts
    .map((part) => {
      if (part.startsWith('`')) return bold(part.slice(1, -1));
      if (part.startsWith('**')) return bold(part.slice(2, -2));
      const [, link] = /^\[([^\]]+)\]\([^)]*\)$/.exec(part) ?? [];
      return escaped(link?.replaceAll('`', '') ?? part);
    })
    .join('');
}
