// Owns: what a service's file is made of, and the mark in it that says so and that it is ours.
// Leaves: the file around it (systemd-unit.ts, launchd-plist.ts, desktop-entry.ts), finding these facts (facts-here.ts).

/** As they were at install. All paths are absolute. */
export interface Facts {
  readonly node: string;
  /** What node runs: our cli.js. */
  readonly program: string;
  /** PATH */
  readonly path: string;
  /** SSH_AUTH_SOCK, where the socket is there at each login. */
  readonly agent?: string;
}

export interface Mark extends Facts {
  /** Directories that were made for the file, the deepest first: they go with it where they are empty. */
  readonly made: readonly string[];
}

const SIGN = 'git-remote-daemon service ';

export const FOR_PEOPLE =
  "Written by 'git remote-daemon service install'; 'git remote-daemon service remove' removes it.";

/** One line for a comment. It holds no two dashes in a row, which would end a comment of XML. */
export function markText({ node, program, path, agent, made }: Mark): string {
  const facts = { node, program, path, ...(agent !== undefined && { agent }), made };
  return `${SIGN}${JSON.stringify(facts).replaceAll('--', '-\\u002d')}`;
}

/** What the file says of itself; undefined: it is none of ours. */
export function readMark(text: string): Mark | undefined {
  const [, json] = new RegExp(`^(?:# |<!-- )${SIGN}(\\{.*\\})(?: -->)?$`, 'm').exec(text) ?? [];
  if (json === undefined) return undefined;
  try {
    return markOf(JSON.parse(json));
  } catch {
    // Somebody wrote into it: what it was made of is not known, so it is not ours any more.
    return undefined;
  }
}

function markOf(said: Readonly<Record<string, unknown>>): Mark | undefined {
  const { node, program, path, agent, made } = said;
  if (typeof node !== 'string' || typeof program !== 'string' || typeof path !== 'string') return undefined;
  const folders = Array.isArray(made) ? made.filter((each) => typeof each === 'string') : [];
  return { node, program, path, ...(typeof agent === 'string' && { agent }), made: folders };
}
