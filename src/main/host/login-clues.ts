// Owns: noticing that something is different that logins from here rest on: key files, ssh's config, an agent's keys.
// Leaves: which these are for an account (shared/account.ts, workers), and what is done then (main/supervisor).
import { readdir, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import type { Clues } from '../../shared/account.ts';

export interface ClueWatch {
  /** A login begins that rests on these as they are now; resolves when they have been looked at. */
  readonly begin: (clues: Clues) => Promise<void>;
  /** Somebody was refused: from now on a change is of interest, until nobody is any more. */
  readonly look: () => void;
  readonly close: () => void;
}

export interface ClueWatchOptions {
  /** Of all who are refused; undefined: nobody is. */
  readonly clues: () => readonly Clues[] | undefined;
  readonly home: string;
  readonly changed: (what: string) => void;
  /** Instead of the usual pace. */
  readonly everyMs?: number;
}

/** What each of the things looks like; of one that is not there, too. */
type Sight = ReadonlyMap<string, string>;

/** Who was refused just now may be mending it; later, looks are for as long as it takes. */
const LOOK_SOON_MS = 1_000;
const SOON_MS = 300_000;
const LOOK_EVERY_MS = 5_000;
/** An agent on this machine that lists no keys in so long asks its owner. */
const AGENT_MS = 2_000;
const SILENT = 'silent';
/** Below ~/.ssh, and as deep as configs are included from there. */
const MOST_FILES = 500;
const DEEPEST = 2;

/** Looks for as long as somebody is refused, at no more than what is near at hand: an agent is asked what it has, never to sign. */
export function watchClues({ clues, home, changed, everyMs }: ClueWatchOptions): ClueWatch {
  let seen: Sight = new Map();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let soonUntilMs = 0;
  const paceMs = (): number => everyMs ?? (performance.now() < soonUntilMs ? LOOK_SOON_MS : LOOK_EVERY_MS);
  /** Agents that asked somebody before they answered: they are not to do that again and again. */
  const asking = new Set<string>();
  let last: Promise<void> = Promise.resolve();
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    last = last.then(() => (isClosed ? undefined : act()));
    return last;
  };
  const sightOf = async (wanted: readonly Clues[]): Promise<Sight> => {
    const now = await lookAt(wanted, home, asking);
    for (const [what, sight] of now) if (sight === SILENT) asking.add(what);
    return now;
  };
  const look = async (): Promise<void> => {
    clearTimeout(timer);
    const wanted = clues();
    if (wanted === undefined) return;
    const now = await sightOf(wanted);
    if (isClosed) return;
    timer = setTimeout(() => void inTurn(look), paceMs()).unref();
    note(now);
  };
  /** Of what is not seen for the first time. */
  const note = (now: Sight): void => {
    const different = [...now].find(([what, sight]) => seen.has(what) && seen.get(what) !== sight);
    seen = new Map([...seen, ...now]);
    if (different) changed(different[0]);
  };
  return {
    begin: (of) =>
      inTurn(async () => {
        asking.clear();
        const now = await sightOf([of]);
        if (isClosed) return;
        // What this one begins with may be what another was refused for want of.
        if (clues() === undefined) seen = new Map([...seen, ...now]);
        else note(now);
      }),
    look: () => {
      soonUntilMs = performance.now() + SOON_MS;
      void inTurn(look);
    },
    close: () => {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

/** Where ssh and git look for what lets them in, and where an account says. */
export async function lookAt(clues: readonly Clues[], home: string, passedBy?: ReadonlySet<string>): Promise<Sight> {
  const usual = USUAL.map((name) => path.join(home, name));
  const ssh = path.join(home, '.ssh');
  const below = await filesBelow(ssh, DEEPEST);
  const files = new Set([...usual, ...OF_ALL, ...below, ...clues.flatMap((each) => each.files)]);
  const sockets = new Set(clues.flatMap(({ agent }) => agent ?? []));
  const agents = [...sockets].filter((socket) => !passedBy?.has(nameOf(socket)));
  const sights = await Promise.all([
    [ssh, below.join('\n')] as const,
    ...[...files].map(async (file) => [file, await fileSight(file)] as const),
    ...agents.map(async (socket) => [nameOf(socket), await agentSight(socket)] as const),
  ]);
  return new Map(sights);
}

/** Below the home directory; a socket is that of a `credential-cache` that was started. */
const USUAL = [
  '.git-credentials',
  '.config/git/credentials',
  '.netrc',
  '.cache/git/credential/socket',
  '.git-credential-cache/socket',
];
const OF_ALL = ['/etc/ssh/ssh_config', '/etc/ssh/ssh_known_hosts'];

const nameOf = (socket: string): string => `the agent at ${socket}`;

/** Sockets, as of standing connections, come and go and mean nothing. */
async function filesBelow(directory: string, depth: number): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const below = entries.slice(0, MOST_FILES).map(async (entry) => {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) return depth > 0 ? filesBelow(file, depth - 1) : [];
    return entry.isFile() || entry.isSymbolicLink() ? [file] : [];
  });
  return (await Promise.all(below)).flat().slice(0, MOST_FILES).sort();
}

async function fileSight(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeMs, mode, uid } = await stat(file);
    return [dev, ino, size, mtimeMs, mode, uid].join(' ');
  } catch {
    return 'not there';
  }
}

/** SSH_AGENTC_REQUEST_IDENTITIES (draft-miller-ssh-agent, 3.5): a locked agent says that it has none. */
const LIST_KEYS = Buffer.from([0, 0, 0, 1, 11]);
/** No agent says more (OpenSSH, AGENT_MAX_LEN). */
const AGENT_BYTES = 256 * 1024;

/** What an agent says that it has. */
function agentSight(socketPath: string): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const end = (sight: string): void => {
      resolve(sight);
      clearTimeout(late);
      socket.destroy();
    };
    const socket = connect({ path: socketPath });
    const late = setTimeout(() => end(SILENT), AGENT_MS).unref();
    socket.unref();
    socket.on('error', () => end('not there'));
    socket.on('close', () => end('closed'));
    socket.on('connect', () => socket.write(LIST_KEYS));
    socket.on('data', (chunk: Buffer) => {
      const said = Buffer.concat([...chunks.splice(0), chunk]);
      chunks.push(said);
      if (said.length >= 4 && (said.length >= 4 + said.readUInt32BE(0) || said.length > AGENT_BYTES))
        end(said.toString('base64'));
    });
  });
}
