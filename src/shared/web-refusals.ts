// Owns: what git says where a web server has refused it, or wants to be left alone for a while: rules in order.
// Leaves: all else that git complains of (git-failures.ts), and what is done about it (failures.ts).
import type { FailureCode } from './failures.ts';

/** What one line of git's stderr, under LC_ALL=C, tells of a web server. */
export interface WebRefusal {
  readonly code: FailureCode;
  /** It wants to be left alone for so long. */
  readonly againInMs?: number;
  /** The same in words for a person, where git's own say less. */
  readonly means?: string;
}

interface Rule {
  readonly sign: RegExp;
  readonly of: 'git' | 'server';
  readonly code: FailureCode;
  /** `url`: as git names it, or `the server`. */
  readonly means?: (url: string) => string;
}

/**
 * First match wins, over all lines: the more particular sign stands higher. `of`: by whom such a line is; git marks what
 * the server has said. In words of its own a server may ask for patience, but never for a lock to be taken for open.
 */
const RULES: readonly Rule[] = [
  // git 2.54 and later, remote-curl.c: it has read Retry-After.
  { sign: /rate limited by '.*', please try again in (?<seconds>\d+) second/, of: 'git', code: 'remote-error' },
  {
    sign: /Authentication failed for '(?<url>[^']*)'|Authentication failed for/,
    of: 'git',
    code: 'auth-refused',
    means: (url) => `${url} does not take the login that git has`,
  },
  // The second: git 2.46 and later, where credential.interactive says no.
  {
    sign: /could not read (?:Username|Password) for '(?<url>[^']*)'|could not read (?:Username|Password)|unable to get password from user|returned error: 401/,
    of: 'git',
    code: 'auth-refused',
    means: (url) => `${url} asks for a login, and no credential helper knows one`,
  },
  { sign: /Permission to \S+ denied|Write access to repository not granted/, of: 'server', code: 'not-permitted' },
  {
    sign: /(?:retry|try again)(?:[ -]after|[ -]in)?:? (?<seconds>\d+) ?s(?:ec(?:ond)?s?)?\b/i,
    of: 'server',
    code: 'remote-error',
  },
  { sign: /rate[ -]?limit|retry later|too many requests|abuse detection/i, of: 'server', code: 'remote-error' },
  { sign: /rate limited by '/, of: 'git', code: 'remote-error' },
  // Also what a forge, a proxy or a firewall says for a while: no proof that the login was refused.
  { sign: /returned error: (?:403|429|503)\b/, of: 'git', code: 'remote-error' },
];

const OF_SERVER = /^remote: /;
/** A day: past that it is no wait any more. */
const LONGEST_MS = 24 * 3_600_000;

/** The refusal that these lines tell of, and the line that tells it; undefined: none. */
export function webRefusal(lines: readonly string[]): (WebRefusal & { readonly line: string }) | undefined {
  if (!lines.some((line) => !OF_SERVER.test(line) && OF_THE_WEB.test(line))) return undefined;
  for (const { sign, of, code, means } of RULES) {
    for (const line of lines) {
      const found = OF_SERVER.test(line) === (of === 'server') ? sign.exec(line) : null;
      if (found === null) continue;
      const againInMs = waitOf(found.groups?.seconds);
      const words = means?.(found.groups?.url ?? 'the server');
      return {
        code,
        line,
        ...(againInMs !== undefined && { againInMs }),
        ...(words !== undefined && { means: words }),
      };
    }
  }
  return undefined;
}

/** One of git's own lines that it says of a web server alone: without it, `remote:` is what any server says. */
const OF_THE_WEB =
  /^fatal: (?:unable to access '|Authentication failed for|could not read (?:Username|Password)|unable to get password|rate limited by ')|returned error: \d/;

function waitOf(seconds: string | undefined): number | undefined {
  const ms = Number(seconds) * 1_000;
  return ms > 0 ? Math.min(ms, LONGEST_MS) : undefined;
}
