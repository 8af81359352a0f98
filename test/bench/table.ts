// Owns: the results as a table for people.
// Leaves: what is in it (report.ts).
import { isMet, medianOf, type Row, ratioOf, type Unit, type Value } from './report.ts';

const HEAD = ['', 'this daemon', 'git-annex', 'git', 'base', 'ratio', 'target', ''];
const NAMES = { annex: 'git-annex', git: 'git', base: 'base' } as const;

/** One line per row, below a line for each section; then why what is missing is missing. */
export function formatTable(rows: readonly Row[]): string {
  const cells = rows.map(cellsOf);
  const widths = HEAD.map((title, column) => Math.max(title.length, ...cells.map((line) => line[column]?.length ?? 0)));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  const body = rows.flatMap((row, index) => {
    const isNew = row.section !== rows[index - 1]?.section;
    return [...(isNew ? ['', row.section] : []), line(cells[index] ?? [])];
  });
  return [line(HEAD), ...body, ...missingOf(rows)].join('\n');
}

function cellsOf(row: Row): string[] {
  const { values, unit } = row;
  const met = isMet(row);
  return [
    `  ${row.what}`,
    cell(values.ours, unit),
    cell(values.annex, unit),
    cell(values.git, unit),
    cell(values.base, unit),
    ratioOf(row)?.toFixed(2) ?? '',
    targetOf(row),
    met === undefined ? '' : met ? 'met' : 'missed',
  ];
}

function cell(value: Value | undefined, unit: Unit): string {
  if (value === undefined) return '';
  const middle = medianOf(value);
  return middle === undefined ? 'missing' : withUnit(middle, unit);
}

function withUnit(amount: number, unit: Unit): string {
  const digits = amount < 10 && unit !== 'bytes' && !Number.isInteger(amount) ? 1 : 0;
  return `${amount.toFixed(digits)}${unit === 'count' ? '' : ` ${unit}`}`;
}

function targetOf({ target, against, unit }: Row): string {
  if (!target) return '';
  if ('most' in target) return `<= ${withUnit(target.most, unit)}`;
  return `<= ${target.times} x ${NAMES[against]}`;
}

function missingOf(rows: readonly Row[]): string[] {
  const reasons = rows.flatMap(({ section, what, values }) =>
    Object.entries(values).flatMap(([name, value]) =>
      'missing' in value ? [`${section}, ${what}, ${name}: ${value.missing}`] : [],
    ),
  );
  return reasons.length === 0 ? [] : ['', 'Missing:', ...reasons.map((reason) => `  ${reason}`)];
}
