// Owns: making text from a peer, a URL or a config fit for a log line, a WARNING or a terminal, also as JSON.
// Leaves: the percent-encoding of protocol words (control-protocol/control.ts), secrets in URLs (url-secrets.ts), and
// those that are known (kept-secrets.ts).
import { withoutKeptSecrets } from './kept-secrets.ts';
import { withoutUrlSecrets } from './url-secrets.ts';

/** Longest text of a peer that is shown. */
const SHOWN_CHARACTERS = 500;
/** Of what is marked as somebody's words less is shown, so that the mark is not cut off. */
const SAID_CHARACTERS = 300;
/** What is behind this is not looked at: a peer may send 32 KiB, or 96 MiB, of anything. */
const READ_CHARACTERS = 4 * 1024;

/** What moves a terminal's cursor: control characters, ends of lines, embeddings and overrides of direction. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu;
/**
 * What nobody sees: zero width and format characters, marks of direction, tags, variation selectors, soft hyphens,
 * fillers, halves of surrogate pairs, private and never assigned code points.
 */
const INVISIBLE =
  /[\p{Cf}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800\ufff9-\ufffc]+/gu;

/** Where a text is cut within a URL, what of that would be a secret may stand before the cut, and its sign behind it. */
const BEGUN_URL = /:\/\/\S*$/;
/** And of a token of a peer. */
const BEGUN_TOKEN = /[a-z0-9]{32,128}$/i;

/** One line without control or invisible characters, cut at a limit; no secret of a URL is left in it, and none that is known. */
export const printable = (text: string): string => shown(text, SHOWN_CHARACTERS);

/**
 * The same for a whole line of the log, which may tell of many things: cut only where nothing is looked at any more. What
 * a peer said in it is shorter already.
 */
export const loggable = (text: string): string => shown(text, READ_CHARACTERS);

/**
 * As JSON, which a program reads as it is. A person may see it as well, so that what a terminal would obey, or not show,
 * is spelled out: names of refs are a server's, and may hold any of it.
 */
export const plainJson = (value: unknown, indent = 0): string =>
  [CONTROLS, INVISIBLE].reduce((text, odd) => text.replace(odd, spelledOut), JSON.stringify(value, null, indent));

/** The ends of lines are those of the indentation: in a string they are spelled out already. */
const spelledOut = (odd: string): string =>
  odd.replace(/[^\n]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** What somebody who is not trusted said, fit to be shown and marked as his words: `the server says: "…"`. */
export const saidBy = (who: string, text: string): string =>
  `${printable(who)} says: "${shown(text, SAID_CHARACTERS).replaceAll('"', "'")}"`;

function shown(text: string, most: number): string {
  const read =
    text.length > READ_CHARACTERS
      ? text.slice(0, READ_CHARACTERS).replace(BEGUN_URL, '://').replace(BEGUN_TOKEN, '')
      : text;
  const oneLine = read.replace(CONTROLS, ' ').replace(INVISIBLE, '').trim();
  const clean = withoutKeptSecrets(withoutUrlSecrets(oneLine));
  // Without half a surrogate pair at the cut.
  const cut = clean.slice(0, most).replace(/[\ud800-\udbff]$/, '');
  return clean.length > most ? `${cut}…` : clean;
}
