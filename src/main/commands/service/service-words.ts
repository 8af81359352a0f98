// Owns: what a person is told of a service: how it is, what is amiss with it, and what it does not know.
// Leaves: finding that out (look-at-service.ts, facts-here.ts).
import { printable } from '../../../shared/printable.ts';
import { shownWord } from '../../../shared/shell-word.ts';
import type { Facts } from './facts.ts';
import type { KeyAgent } from './lasting.ts';
import type { Seen, ServiceManager } from './manager.ts';

/** What the file says, held against what is there. */
export interface Kept {
  readonly facts: Facts;
  /** The file is not as it would be written now of the same facts. */
  readonly isChanged: boolean;
  readonly exists: (path: string) => boolean;
  /** This program. */
  readonly program: string;
}

export const INSTALL = 'git remote-daemon service install';

/** One line. */
export function summary({ title }: Pick<ServiceManager, 'title'>, seen: Seen): string {
  const { enabled, runs, pid, why } = seen;
  const how = { running: 'running', waiting: 'waiting', failed: 'failed', stopped: 'not running' } as const;
  const doing = runs === 'unwatched' ? [] : [how[runs]];
  const words = [enabled ? 'started at login' : 'not started at login', ...doing].join(', ');
  const details = pid !== undefined ? ` (pid ${pid})` : why !== undefined ? ` (${why})` : '';
  return `${title}: ${words}${details}`;
}

/** What is amiss, a sentence each, with what to do. */
export function amiss({ facts, isChanged, exists, program }: Kept): string[] {
  const { node, program: named, agent } = facts;
  return [
    ...(exists(node) ? [] : [`The node it names is gone (${printable(node)}): ${INSTALL}`]),
    ...(exists(named) ? [] : [`The program it names is gone (${printable(named)}): ${INSTALL}`]),
    ...(exists(named) && named !== program ? [`It runs another copy of this program: ${printable(named)}`] : []),
    ...(agent === undefined || exists(agent) ? [] : [`The agent's socket it names is not there: ${printable(agent)}`]),
    ...(isChanged ? [`Its file is not as this version writes it; to write it anew: ${INSTALL}`] : []),
  ];
}

/** What a user may have set for his shell alone, and git, ssh or gpg go by. */
const LOOKED_AT = [
  'GIT_SSH_COMMAND',
  'GIT_SSH',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_COUNT',
  'GIT_SSL_CAINFO',
  'XDG_CONFIG_HOME',
  'GNUPGHOME',
  ...['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]),
];

export interface SessionHere {
  readonly agent: KeyAgent;
  readonly env: NodeJS.ProcessEnv;
  /** secrets.ini */
  readonly secrets: string;
}

/** What this shell has and the service has not. */
export function unknownToIt(manager: Pick<ServiceManager, 'knows' | 'variablesGo'>, session: SessionHere): string[] {
  const { knows, variablesGo } = manager;
  const { agent, env, secrets } = session;
  const missing = LOOKED_AT.filter((name) => env[name] !== undefined && !knows.has(name));
  return [
    ...(agent.kind === 'passing' && !knows.has('SSH_AUTH_SOCK') ? [withoutAgent(agent.socket, secrets)] : []),
    ...(variablesGo !== undefined && missing.length > 0
      ? [`Set here, but not for the service: ${missing.join(', ')}; where it matters, ${variablesGo}`]
      : []),
  ];
}

const withoutAgent = (socket: string, secrets: string): string =>
  `The ssh agent of this session (${printable(socket)}) ends with it, so the service is not told of it: for keys that ` +
  `have a passphrase use an agent with a lasting socket, set SSH_AUTH_SOCK to that, and ${INSTALL}; ` +
  `or write the passphrase to ${shownWord(secrets)}`;
