// Owns: making text from a peer, a URL or a config fit for a log line, a WARNING or a terminal.
// Leaves: the percent-encoding of protocol words (protocol/control.ts).

/** Longest text of a peer that is shown. */
const SHOWN_CHARACTERS = 500;

/** One line without control or bidirectional-override characters, cut at a limit; no secret of a URL is left in it. */
export function printable(text: string): string {
  const oneLine = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
  const shown = withoutUrlSecrets(oneLine);
  return shown.length > SHOWN_CHARACTERS ? `${shown.slice(0, SHOWN_CHARACTERS)}…` : shown;
}

/** `https://user:secret@host/` → `https://user:***@host/`; `https://token@host/` → `https://***@host/`; ssh users stay. */
export function withoutUrlSecrets(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*):\/\/([^\s/@]*)@/gi, (_all, scheme: string, user: string) => {
    const [name, secret] = user.split(/:(.*)/s);
    if (secret !== undefined) return `${scheme}://${name}:***@`;
    return /^http/i.test(scheme) ? `${scheme}://***@` : `${scheme}://${name}@`;
  });
}
