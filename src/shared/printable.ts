// Owns: making text from a peer, a URL or a config fit for a log line, a WARNING or a terminal.
// Leaves: the percent-encoding of protocol words (control-protocol/control.ts), secrets in URLs (url-secrets.ts).
import { withoutUrlSecrets } from './url-secrets.ts';

/** Longest text of a peer that is shown. */
const SHOWN_CHARACTERS = 500;

/** One line without control or bidirectional-override characters, cut at a limit; no secret of a URL is left in it. */
export function printable(text: string): string {
  const oneLine = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
  const shown = withoutUrlSecrets(oneLine);
  // Without half a surrogate pair at the cut.
  const cut = shown.slice(0, SHOWN_CHARACTERS).replace(/[\ud800-\udbff]$/, '');
  return shown.length > SHOWN_CHARACTERS ? `${cut}…` : shown;
}
