// Owns: the language of manual pages (man(7)), as far as ours need it: text in, lines of roff out.
// Leaves: what the page says (manual.ts), and reading Markdown (markdown.ts).

/** What roff would take for something else, or print as another character. */
const CHARACTERS: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '"': '\\(dq',
};

/** Text as it is. A line that begins with a dot is none of roff's requests, and what is not ASCII is named. */
export function escaped(text: string): string {
  const characters = [...text].map((character) => {
    const code = character.codePointAt(0) ?? 0;
    return (
      CHARACTERS[character] ?? (code > 126 ? `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]` : character)
    );
  });
  return characters
    .join('')
    .replace(/^(?=\.)/, '\\&')
    .replaceAll(LONG, (word) => word.replaceAll(/[=|/.,:]\b|\|/g, '$&\\:'));
}

/** What no narrow page has room for in one line; it may be broken behind a sign of punctuation. */
const LONG = /\S{18,}/g;

export const bold = (text: string): string => `\\fB${escaped(text)}\\fR`;
export const italic = (text: string): string => `\\fI${escaped(text)}\\fR`;

/** The texts of the following are roff already. */
export const section = (title: string): string => `.SH ${title.toUpperCase()}`;
export const subsection = (title: string): string => `.SS ${title}`;
export const paragraph = (text: string): string => `.PP\n${text}`;
/** A term, and what it is, in a paragraph each; the first is beside the term where there is room. */
export const definition = (term: string, [first = '', ...more]: readonly string[]): string =>
  [`.TP\n${term}\n${first}`, ...more.map((text) => `.IP\n${text}`)].join('\n');
export const bullet = (text: string): string => `.IP \\(bu 2\n${text}`;
/** Lines that are not filled. */
export const verbatim = (lines: readonly string[]): string =>
  `.PP\n.in +4\n.nf\n${lines.map((line) => escaped(line) || '\\&').join('\n')}\n.fi\n.in`;
