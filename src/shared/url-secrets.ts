// Owns: finding in a text what in a URL may be a secret, and hiding it: who logs in, what is asked, a peer's token.
// Leaves: all else that makes a text fit to be shown (printable.ts).

const SSH = /^(?:ssh|git\+ssh|ssh\+git|sftp)$/i;
/** What a URL's scheme may be made of, as far as it is looked at. */
const SCHEME_BEFORE = /[a-z][a-z0-9+.-]{0,30}$/i;
/** How far behind white space the rest of a password is looked for: git takes one with spaces. */
const MOST_SPACED = 200;

/**
 * `https://user:secret@host/x?token=secret` → `https://***@host/x?***`. Of ssh the user is shown, who is no secret, but
 * no password. What is behind a `#` is hidden as well. Rather too much than too little, and in steps that grow with the
 * length of the text only.
 */
export const withoutUrlSecrets = (text: string): string => withoutTokens(withoutLogins(text));

/**
 * Of an invitation to a peer, which somebody may have taken for its URL: the token, also where a part of it is lost. What
 * is as long as a token is hidden wherever it stands: nothing else tells one from a name of that length.
 */
const withoutTokens = (text: string): string =>
  text
    .replace(BEHIND_PORT, '$1:***')
    .replace(LONG_PART, (part, at: number, all: string) => (isBehindAddress(all, at) ? ':***' : part))
    .replace(ANY_TOKEN, '***');

/** What stands behind the name of a network is the address itself, which is no secret, however long. */
const isBehindAddress = (text: string, at: number): boolean =>
  /p2p-annex::[^\s:]{1,64}:\S+$/i.test(text.slice(Math.max(0, at - 1_200), at));

const BEHIND_PORT = /(tor-annex::[^\s:]{1,100}:\d{1,5}):[a-z0-9]+/gi;
const LONG_PART = /:[a-z0-9]{100,}/gi;
/** With a few letters before or behind it, too, but for an address. */
const ANY_TOKEN = /(?<![a-z0-9])(?:[a-z0-9]{128}|(?<!p2p-annex::[^\s:]{1,64}:)[a-z0-9]{129,160})(?![a-z0-9])/gi;

function withoutLogins(text: string): string {
  let shown = '';
  let at = 0;
  for (let sign = text.indexOf('://'); sign !== -1; sign = text.indexOf('://', at)) {
    const [scheme] = SCHEME_BEFORE.exec(text.slice(Math.max(at, sign - 31), sign)) ?? [];
    const begin = sign + '://'.length;
    shown += text.slice(at, begin);
    at = begin;
    if (scheme === undefined) continue;
    const end = endOfUrl(text, begin);
    shown += hidden(text.slice(begin, end), SSH.test(scheme));
    at = end;
  }
  return shown + text.slice(at);
}

/** Up to white space; or behind it, where a password is begun that ends there. */
function endOfUrl(text: string, begin: number): number {
  const end = wordEnd(text, begin);
  const word = text.slice(begin, end);
  if (!isPasswordBegun(word)) return end;
  const rest = text.slice(end, end + MOST_SPACED);
  const at = rest.indexOf('@');
  return at === -1 || rest.slice(0, at).includes('://') ? end : wordEnd(text, end + at);
}

function wordEnd(text: string, from: number): number {
  SPACE.lastIndex = from;
  return SPACE.exec(text)?.index ?? text.length;
}

const SPACE = /\s/g;

/** `user:pass`, without what would end it. */
function isPasswordBegun(word: string): boolean {
  const plain = word.slice(0, beforeClosing(word));
  return !plain.includes('@') && /^[^/?#:[]*:(?!\d*(?:[/?#]|$))/.test(plain);
}

/** `rest` is what follows `scheme://`. */
function hidden(rest: string, isSsh: boolean): string {
  const at = endOfUser(rest);
  const user = at === -1 ? '' : `${isSsh ? shownUser(rest.slice(0, at)) : '***'}@`;
  const place = rest.slice(at + 1);
  const asked = isSsh ? -1 : place.search(/[?#]/);
  if (asked === -1) return user + place;
  const closing = place.slice(Math.max(asked + 1, beforeClosing(place)));
  return `${user}${place.slice(0, asked + 1)}***${closing}`;
}

/** Where the signs begin that a sentence sets behind a URL. */
function beforeClosing(word: string): number {
  let end = word.length;
  while (end > 0 && CLOSING.includes(word.charAt(end - 1))) end -= 1;
  return end;
}

const CLOSING = '\'"`:;,.)]';

/** Where the `@` is behind whoever logs in; -1: there is none. */
function endOfUser(rest: string): number {
  const authority = rest.split(/[/?#]/, 1)[0] ?? '';
  const inside = authority.lastIndexOf('@');
  if (inside !== -1) return inside;
  // A password may hold what ends an authority; a port and a path may look like that, too, but for `/@`.
  if (!/^[^[]*:/.test(authority)) return -1;
  const last = rest.lastIndexOf('@');
  return rest[last - 1] === '/' ? -1 : last;
}

function shownUser(user: string): string {
  const colon = user.indexOf(':');
  return colon === -1 ? user : `${user.slice(0, colon)}:***`;
}
