// Owns: the manual page as it is built: that it says all that the table does, and that readers of it show it.
// Leaves: that it is installed with the program (end-to-end/tarball.test.ts).
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { COMMANDS, OWN_OPTIONS } from '../src/main/commands/table/table.ts';
import { roffOf } from './support/manual/markdown.ts';
import { lacksPeers } from './support/peers.ts';

const run = promisify(execFile);
const PAGE = fileURLToPath(new URL('../dist/man/git-remote-daemon.1', import.meta.url));
const README = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8');

/** As it is shown in so many columns; what is wrong with it comes on stderr. */
const shown = (columns: number): Promise<{ stdout: string; stderr: string }> =>
  run('man', ['--warnings', '-E', 'UTF-8', '-l', PAGE], {
    env: { PATH: process.env.PATH, MANWIDTH: `${columns}`, MANPAGER: 'cat', LC_ALL: 'C.UTF-8' },
  });

describe.skipIf(lacksPeers('the manual page, as man shows it', 'man'))('the manual page, as man shows it', () => {
  test.each([40, 80])('has nothing to complain of in %i columns', async (columns) => {
    const { stdout, stderr } = await shown(columns);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^NAME\n +git-remote-daemon - /m);
  });

  test('names each command, and each option with what it is', async () => {
    const { stdout } = await shown(200);
    for (const { name, saidBy, options } of COMMANDS) {
      const of = stdout
        .split(`\n       git remote-daemon ${saidBy ?? name}`)[1]
        ?.split('\n       git remote-daemon ')[0];
      for (const option of options) {
        expect(of).toContain(`[${option.name}`);
        expect(of?.replaceAll(/\s+/g, ' ')).toContain(option.summary);
      }
    }
    for (const { name, summary } of OWN_OPTIONS) {
      expect(stdout).toMatch(new RegExp(`${name}\\s+${summary.replaceAll('.', '\\.')}`));
    }
  });

  test('has each key of the configuration that the README has', async () => {
    const { stdout } = await shown(200);
    const keys = [...README.matchAll(/^\| `((?:remotedaemon|remote\.<name>)\.\w+)` \|/gm)].map(([, key]) => key);
    expect(keys.length).toBeGreaterThan(15);
    for (const key of keys) expect(stdout).toMatch(new RegExp(`^ {7}${key?.replaceAll('.', '\\.')}\\b`, 'm'));
  });
});

test.skipIf(lacksPeers('the manual page, as mandoc reads it', 'mandoc'))(
  'the manual page is none that mandoc warns of',
  async () => {
    await expect(run('mandoc', ['-T', 'lint', '-W', 'warning', PAGE])).resolves.toEqual({ stdout: '', stderr: '' });
  },
);

describe('what the README says, in roff', () => {
  test.each([
    ['a `-b` and **c**', '.PP\na \\fB\\-b\\fR and \\fBc\\fR'],
    ['see [there](#where), `x`', '.PP\nsee there, \\fBx\\fR'],
    ['.dot', '.PP\n\\&.dot'],
    ["it's a \\ … ~", '.PP\nit\\(aqs a \\e \\[u2026] \\(ti'],
    ['- one\n  two\n- three', '.IP \\(bu 2\none two\n.IP \\(bu 2\nthree'],
    ['### Part', '.SS Part'],
    ['    a\n\n    .b', '.PP\n.in +4\n.nf\na\n\\&\n\\&.b\n.fi\n.in'],
    ['| k | m |\n|---|---|\n| `a|b` | c \\| d |', '.TP\n\\fBa|b\\fR\nc | d'],
    [
      '| k | default | m |\n|---|---|---|\n| `a` | `1` | c |\n| `b` | | d |',
      '.TP\n\\fBa\\fR\nc (default: \\fB1\\fR)\n.TP\n\\fBb\\fR\nd',
    ],
  ])('%j', (markdown, roff) => {
    expect(roffOf(markdown)).toBe(roff);
  });

  test.each(['> quoted', '![picture](x.svg)', '<b>x</b>', '1. first'])(
    '%j has none, and the build says so',
    (markdown) => {
      expect(() => roffOf(markdown)).toThrow('the manual cannot have this of the README');
    },
  );
});
