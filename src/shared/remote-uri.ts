// Owns: what a remote's URL means to git (git, connect.c and transport.c), and how git-annex's assistant spells it.
// Leaves: insteadOf, and which rungs a kind of URL has (main/config), quoting (workers/ssh).
import { percentEncode } from './control-protocol/control.ts';

export type RemoteLocation =
  | {
      readonly kind: 'ssh';
      readonly host: string;
      readonly user?: string;
      readonly port?: number;
      readonly path: string;
    }
  /** On this machine; relative to the directory git runs in. */
  | { readonly kind: 'local'; readonly path: string }
  /** `host` is empty where the URL names none. */
  | { readonly kind: 'other'; readonly scheme: string; readonly host: string }
  /** `helper::address` */
  | { readonly kind: 'helper'; readonly helper: string; readonly address: string }
  /** git would refuse it, or it is not safe to hand on. */
  | { readonly kind: 'bad'; readonly why: string };

const SCHEME = /^([A-Za-z0-9][A-Za-z0-9+.-]*):\/\//;
const HELPER = /^([A-Za-z0-9][A-Za-z0-9+.-]*)::(.*)$/s;
const SSH_SCHEMES: readonly string[] = ['ssh', 'git+ssh', 'ssh+git'];

/** Reads a URL, insteadOf already applied, as git does. */
export function parseRemoteUrl(url: string): RemoteLocation {
  const [, helper, address = ''] = HELPER.exec(url) ?? [];
  if (helper !== undefined) return { kind: 'helper', helper, address };
  const [prefix = '', scheme] = SCHEME.exec(url) ?? [];
  if (scheme !== undefined) return parseSchemeUrl(scheme, url.slice(prefix.length));
  if (url.includes('://')) return bad(`git takes ${JSON.stringify(url.split('://', 1)[0])} for a protocol it lacks`);
  return isScpStyle(url) ? parseSsh(url, ':') : parseLocal(url);
}

/** A URL as the git-annex assistant looks for it (git-annex, Git/Remote.hs and Git/Construct.hs), as one word. */
export function remoteUri(url: string): string {
  const location = parseRemoteUrl(url);
  // No URI to git-annex, so nobody looks for it: only what would break the line is changed.
  if (location.kind === 'local' && !SCHEME.test(url)) return url.replace(/[\s\p{Cc}]/gu, percentEncode);
  const absolute = location.kind === 'ssh' && !SCHEME.test(url) ? scpAsUrl(url) : url;
  // A `%` is kept only where the whole is a URI already (seen with git-annex 10.20230126: `a b%20c` → `a%20b%2520c`).
  return URI.test(absolute) ? absolute : absolute.replace(/[^A-Za-z0-9._~!$&'()*+,;=:/?#[\]@-]/gu, percentEncode);
}

/** Whether a host name can only mean this machine. */
export const isLoopbackHost = (host: string): boolean => /^(?:localhost\.?|127(?:\.\d+){3}|\[?::1\]?)$/i.test(host);

/** Whether it is on the same cable, where every machine has an address without a network (RFC 4291, 2.5.6). */
export const isLinkLocalHost = (host: string): boolean => /^\[?fe[89ab][\da-f]:/i.test(host);

/** Bytes that are no text cannot be carried here; git itself can still ask such a remote. */
const notText = (scheme: string): RemoteLocation => ({ kind: 'other', scheme, host: '' });
const bad = (why: string): RemoteLocation => ({ kind: 'bad', why });

function parseSchemeUrl(scheme: string, rest: string): RemoteLocation {
  if (SSH_SCHEMES.includes(scheme)) {
    const decoded = percentDecode(rest);
    return decoded === undefined ? notText(scheme) : parseSsh(decoded, '/');
  }
  if (scheme === 'file') {
    const decoded = percentDecode(rest);
    const slash = decoded?.indexOf('/') ?? -1;
    if (decoded === undefined || slash === -1) return bad('no path in the URL');
    return parseLocal(decoded.slice(slash));
  }
  const [authority = ''] = rest.split(/[/?#]/, 1);
  const [, host = ''] = /^(?:.*@)?(\[[^\]]*\]|[^:]*)/s.exec(authority) ?? [];
  return { kind: 'other', scheme, host };
}

/** A colon makes it `host:path`, unless a slash comes before it (git-fetch(1), "GIT URLS"). */
function isScpStyle(url: string): boolean {
  const colon = url.indexOf(':');
  const slash = url.indexOf('/');
  return colon !== -1 && (slash === -1 || colon < slash);
}

function parseLocal(path: string): RemoteLocation {
  if (path === '') return bad('the URL is empty');
  return path.startsWith('-') ? bad('the path begins with "-", which git refuses') : { kind: 'local', path };
}

/** `text` is what follows the scheme, or all of an scp-like URL; `separator` stands between host and path. */
function parseSsh(text: string, separator: '/' | ':'): RemoteLocation {
  if (text.includes('\uFFFD')) return notText('ssh');
  const bracket = bracketed(text);
  const separatorAt = text.indexOf(separator, bracket ? bracket.end : 0);
  if (separatorAt === -1) return bad('no path in the URL');
  const rawPath = text.slice(separator === ':' ? separatorAt + 1 : separatorAt);
  // git drops the first character of `/~user` and, since it does not look at it, of `x~user` as well.
  const path = rawPath[1] === '~' ? rawPath.slice(1) : rawPath;
  if (path.startsWith('-')) return bad('the path begins with "-", which git refuses');
  const { login, port } = cutPort(text.slice(0, separatorAt));
  // The last @, as ssh itself cuts it (OpenSSH, ssh.c).
  const at = login.lastIndexOf('@');
  const host = login.slice(at + 1);
  const user = at === -1 ? undefined : login.slice(0, at);
  const why = whyBadLogin(host, user, port);
  if (why !== undefined) return bad(why);
  return { kind: 'ssh', host, ...(user !== undefined && { user }), ...(port !== undefined && { port }), path };
}

/** Where `[…]` stands at the start or after an `@`: the indexes of its brackets. */
function bracketed(text: string): { readonly start: number; readonly end: number } | undefined {
  const start = text.indexOf('@[') + 1;
  const end = text[start] === '[' ? text.indexOf(']', start) : -1;
  return end === -1 ? undefined : { start, end };
}

function cutPort(text: string): { readonly login: string; readonly port?: number } {
  const bracket = bracketed(text);
  const inside = bracket ? text.slice(0, bracket.start) + text.slice(bracket.start + 1, bracket.end) : text;
  // Behind the brackets, else at the first colon: git takes `[host:22]:path` too.
  const behind = bracket && /^[^:]*:(.*)$/s.exec(text.slice(bracket.end + 1))?.[1];
  if (behind !== undefined && isPort(behind)) return { login: inside, port: Number(behind) };
  const [, login = '', port = ''] = /^([^:]*):(.*)$/s.exec(inside) ?? [];
  if (isPort(port)) return { login, port: Number(port) };
  return { login: !bracket && /^[^:]*:$/s.test(inside) ? inside.slice(0, -1) : inside };
}

/** What strtol(3) reads to its end. */
const isPort = (text: string): boolean => /^\s*[+-]?\d+$/.test(text) && Number(text) >= 0 && Number(text) < 65_536;

function whyBadLogin(host: string, user: string | undefined, port: number | undefined): string | undefined {
  if (host === '') return 'no host in the URL';
  if (user === '') return 'no user before the "@" of the URL';
  if (host.startsWith('-')) return 'the host begins with "-", which ssh would take for an option';
  if (user?.startsWith('-')) return 'the user begins with "-", which ssh would take for an option';
  if (/[\s\p{Cc}]/u.test(host + (user ?? ''))) return 'there is white space or a control character in the host or user';
  if (port === 0 || /^[^:]+:[^:]*$/.test(host)) return 'the port in the URL is not a port';
  return undefined;
}

/** Every `%XX` decoded but `%00`, as git's url.c does it; undefined if the outcome is not UTF-8. */
function percentDecode(text: string): string | undefined {
  try {
    return text.replace(/(?:%(?!00)[0-9a-f]{2})+/gi, (encoded) => decodeURIComponent(encoded));
  } catch {
    return undefined;
  }
}

/** `host:/d` → `ssh://host/d`, `host:d` → `ssh://host/~/d`, `host:~u/d` → `ssh://host/~u/d`. */
function scpAsUrl(url: string): string {
  const colon = url.indexOf(':', bracketed(url)?.end ?? 0);
  const path = url.slice(colon + 1);
  const absolute = path.startsWith('/') ? path : path.startsWith('~') ? `/${path}` : `/~/${path}`;
  return `ssh://${url.slice(0, colon)}${absolute}`;
}

/** RFC 3986, as far as URLs of remotes go. No two parts of it can take the same character: it is read once. */
const URI = ((): RegExp => {
  const char = "[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}";
  const authority = `(?:${char})*(?:(?<=[/@])\\[[0-9A-Fa-f:.]+\\](?::\\d*)?)?`;
  return new RegExp(
    `^[A-Za-z][A-Za-z0-9+.-]*:(?://(?:${authority})(?:/(?:${char}|/)*)?|(?!//)(?:${char}|/)*)` +
      `(?:\\?(?:${char}|[/?])*)?(?:#(?:${char}|[/?])*)?$`,
  );
})();
