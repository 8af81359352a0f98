// Owns: a picture (SVG) of what a terminal shows: the text with its colours in, the same picture for the same text.
// Leaves: what is shown (pictures.ts).

/** Sizes in pixels. */
const FONT_PX = 14;
const LINE_PX = 20;
/** Of a fixed pitch, whichever font a reader's machine has. */
const CHARACTER_PX = 8.43;
const MARGIN_PX = 18;
/** What is longer goes on in the next row, as in a terminal. */
export const MOST_COLUMNS = 86;

const BACKGROUND = '#161b22';
const FOREGROUND = '#d1d7e0';
/** By the numbers of SGR (ECMA-48, 8.3.117): 30 to 37, and 90 to 97. */
const COLOURS: Readonly<Record<number, string>> = {
  30: '#656c76',
  31: '#f47067',
  32: '#57ab5a',
  33: '#c69026',
  34: '#539bf5',
  35: '#b083f0',
  36: '#39c5cf',
  37: '#d1d7e0',
  90: '#7d8590',
  91: '#ff938a',
  92: '#6bc46d',
  93: '#daaa3f',
  94: '#6cb6ff',
  95: '#dcbdfb',
  96: '#56d4dd',
  97: '#f0f6fc',
};

interface Style {
  readonly colour: string;
  readonly bold: boolean;
  readonly dim: boolean;
}

const PLAIN: Style = { colour: FOREGROUND, bold: false, dim: false };

/** `text`: lines with SGR sequences, and no other. `title`: what somebody is told who cannot see it. */
export function terminalPicture(text: string, title: string): string {
  const rows = text.trimEnd().split('\n').map(stretchesOf).flatMap(folded);
  const columns = Math.max(...rows.map(({ line }) => columnsOf(line)));
  const width = Math.ceil(columns * CHARACTER_PX + 2 * MARGIN_PX);
  const height = rows.length * LINE_PX + 2 * MARGIN_PX - (LINE_PX - FONT_PX);
  const drawn = rows.map(({ line, goesOn }, index) => {
    const y = MARGIN_PX + FONT_PX - 2 + index * LINE_PX;
    return `<text x="${MARGIN_PX}" y="${y}"${goesOn ? GOES_ON : ''}>${line.map(spanOf).join('')}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_PX}" fill="${FOREGROUND}" xml:space="preserve">`,
    ...drawn,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Of a row that is part of the line above it. */
const GOES_ON = ' class="goes-on"';

/** What a picture shows, line by line, without colours. */
export const wordsIn = (picture: string): string =>
  [...picture.matchAll(/<text [^>]*?(class="goes-on")?>(.*)<\/text>/g)]
    .map(([, goesOn, row = '']) => (goesOn ? '' : '\n') + unescaped(row.replace(/<[^>]*>/g, '')))
    .join('')
    .slice(1)
    .replace(/ +$/gm, '');

interface Stretch {
  readonly words: string;
  readonly style: Style;
}

interface Row {
  readonly line: readonly Stretch[];
  readonly goesOn: boolean;
}

const columnsOf = (line: readonly Stretch[]): number => line.reduce((sum, { words }) => sum + [...words].length, 0);

function folded(line: readonly Stretch[]): Row[] {
  const characters = line.flatMap(({ words, style }) => [...words].map((words) => ({ words, style })));
  const rows = Math.max(1, Math.ceil(characters.length / MOST_COLUMNS));
  return Array.from({ length: rows }, (_none, row) => ({
    line: joined(characters.slice(row * MOST_COLUMNS, (row + 1) * MOST_COLUMNS)),
    goesOn: row > 0,
  }));
}

function joined(characters: readonly Stretch[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const next of characters) {
    const last = stretches.at(-1);
    if (last?.style === next.style) stretches[stretches.length - 1] = { ...last, words: last.words + next.words };
    else stretches.push(next);
  }
  return stretches;
}

function stretchesOf(line: string): Stretch[] {
  let style = PLAIN;
  return line.split(/(\u001b\[[\d;]*m)/).flatMap((part) => {
    const codes = /^\u001b\[([\d;]*)m$/.exec(part)?.[1];
    if (codes === undefined) return part === '' ? [] : [{ words: part, style }];
    style = codes.split(';').map(Number).reduce(styled, style);
    return [];
  });
}

function styled(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  return { ...style, colour: COLOURS[code] ?? FOREGROUND };
}

/** Each stretch is told how long it is, so that columns stand below one another in any font. */
function spanOf({ words, style }: Stretch): string {
  const weight = style.bold ? ' font-weight="bold"' : '';
  const opacity = style.dim ? ' fill-opacity="0.65"' : '';
  const length = `textLength="${([...words].length * CHARACTER_PX).toFixed(1)}"`;
  return `<tspan ${length} fill="${style.colour}"${weight}${opacity}>${escaped(words)}</tspan>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
const unescaped = (text: string): string =>
  Object.entries(ENTITIES).reduceRight((result, [character, entity]) => result.replaceAll(entity, character), text);
