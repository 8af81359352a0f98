import { describe, expect, test } from 'vitest';
import { helpOf, shortUsage } from '../../../src/main/commands/help.ts';
import { COMMANDS, FAMILIES, OWN_OPTIONS } from '../../../src/main/commands/table/table.ts';

const lines = (text: string): string[] => text.split('\n');
/** A command to copy is not broken. */
const tooLong = (text: string, columns: number): string[] =>
  lines(text).filter((line) => line.length > columns && / \S+ /.test(line) && !/^ {4}(?:git|source) /.test(line));

describe('the help', () => {
  const first = helpOf([], 80);

  test('begins with the usage and one paragraph that says what the program is', () => {
    const [usage, what] = first.split('\n\n');
    expect(usage).toMatch(/^usage: git remote-daemon \[COMMAND\] .*\n {3}or: git remote-daemon help COMMAND$/);
    expect(what).toMatch(/^Keeps a live link to each remote /);
  });

  test('names each command in a line, and how a remote is left alone', () => {
    for (const { name, saidBy, summary } of COMMANDS) {
      expect(lines(first)).toContain(`    ${(saidBy ?? name).padEnd(17)}${summary}`);
    }
    expect(first).toContain('    git config remote.NAME.remotedaemon false\n');
    expect(first).not.toContain('GIT_DIR');
  });

  test('lets a program see what it can tell of itself, where it starts one that can', () => {
    expect(first).toMatch(/^ +--foreground .*--parent-pid=PID/m);
  });

  test.each([40, 80])('fits %i columns, on each page', (columns) => {
    const pages = [helpOf([], columns), ...COMMANDS.map((row) => helpOf([row], columns))];
    expect(pages.flatMap((page) => tooLong(page, columns))).toEqual([]);
    expect(pages.flatMap(lines).filter((line) => /\s$/.test(line))).toEqual([]);
  });

  test.each(COMMANDS.map((row) => [row.name, row] as const))('tells of %s all that the table has', (_name, row) => {
    const page = helpOf([row], 80);
    expect(page).toMatch(/^usage: git remote-daemon /);
    for (const { name, short } of row.options) {
      expect(page).toContain(`[${name}`);
      expect(page).toMatch(new RegExp(`^ {4}${short === undefined ? '' : `${short}, `}${name}\\b`, 'm'));
    }
    const squeezed = page.replaceAll(/\s+/g, ' ');
    for (const text of row.description) expect(squeezed).toContain(text.trim());
    expect(row.description).not.toEqual([]);
  });

  test.each([...FAMILIES])('about the family %s names its commands', (family) => {
    const rows = COMMANDS.filter(({ name }) => name.startsWith(`${family} `));
    const page = helpOf(rows, 80);
    for (const { name, summary } of rows) expect(page).toMatch(new RegExp(`^ {4}${name} +${summary}$`, 'm'));
  });

  test('of a wrong call is short: what was meant, or where the commands are named', () => {
    expect(shortUsage([], 80)).toBe(
      "usage: git remote-daemon [COMMAND]\n'git remote-daemon help' names the commands.\n",
    );
    const stop = COMMANDS.filter(({ name }) => name === 'stop');
    expect(shortUsage(stop, 80)).toBe('usage: git remote-daemon stop [--all]\n');
  });
});

describe('the table', () => {
  test('says what each command and option is in a few words, without a full stop', () => {
    const rows = [...COMMANDS, ...OWN_OPTIONS, ...COMMANDS.flatMap(({ options }) => options)];
    expect(rows.map(({ summary }) => summary).filter((summary) => !/^\S[^\n]{5,110}[^.\s]$/.test(summary))).toEqual([]);
  });

  test('tells of each command in whole sentences', () => {
    const told = COMMANDS.flatMap(({ description }) => description);
    expect(told.filter((text) => !/^\S.*[.:]$|^ {4}\S.*[^.]$/.test(text))).toEqual([]);
  });
});
