// Owns: making text from a peer, a URL or a config fit for a log line, a WARNING or a terminal.
// Leaves: the percent-encoding of protocol words (control-protocol/control.ts).

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

/** `https://user:secret@host/` → `https://user:***@host/`; `https://token@host/` → `https://***@host/`; ssh users stay. */
export function withoutUrlSecrets(text: string): string {
  return text.replace(USER_OF_URL, (_all, scheme: string, user: string) => {
    const [name, secret] = user.split(/:(.*)/s);
    if (secret !== undefined) return `${scheme}://${name}:***@`;
    return /^http/i.test(scheme) ? `${scheme}://***@` : `${scheme}://${name}@`;
  });
}

/**
 * Up to the last `@` before a slash; or of all, where what follows the first colon is no port but a bare password.
 * Bounded, since a peer may send 32 KiB of anything.
 */
const USER_OF_URL = /([a-z][a-z0-9+.-]{0,30}):\/\/([^\s/]*|[^\s/:@[]*:(?!\d*(?:[/\s]|$))\S{0,1000})@/gi;
