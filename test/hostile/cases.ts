// Owns: all cases by name, in one table, whatever they are about.
// Leaves: what each does (before-login.ts, after-login.ts, watchers.ts, upload-packs.ts, web-servers.ts, places.ts, commands.ts).
import { AFTER_LOGIN } from './after-login.ts';
import { BEFORE_LOGIN } from './before-login.ts';
import type { Evil } from './behaviour.ts';
import { COMMANDS, type EvilCommand } from './commands.ts';
import { type EvilPlace, PLACES } from './places.ts';
import { UPLOAD_PACKS } from './upload-packs.ts';
import { WATCHERS } from './watchers.ts';
import { WEB_SERVERS } from './web-servers.ts';

export type HostileCase =
  | { readonly kind: 'server'; readonly how: Evil }
  | { readonly kind: 'place'; readonly how: EvilPlace }
  | { readonly kind: 'command'; readonly how: EvilCommand };

const SERVERS = {
  login: BEFORE_LOGIN,
  channel: AFTER_LOGIN,
  watcher: WATCHERS,
  pack: UPLOAD_PACKS,
  web: WEB_SERVERS,
} satisfies Record<string, Record<string, Evil>>;

const prefixed = <How>(prefix: string, cases: Record<string, How>): [string, How][] =>
  Object.entries(cases).map(([name, how]) => [`${prefix}: ${name}`, how]);

/** `watcher: never ready` → what it is. */
export const CASES: ReadonlyMap<string, HostileCase> = new Map<string, HostileCase>([
  ...Object.entries<Record<string, Evil>>(SERVERS)
    .flatMap(([prefix, cases]) => prefixed(prefix, cases))
    .map(([name, how]): [string, HostileCase] => [name, { kind: 'server', how }]),
  ...prefixed('place', PLACES).map(([name, how]): [string, HostileCase] => [name, { kind: 'place', how }]),
  ...prefixed('command', COMMANDS).map(([name, how]): [string, HostileCase] => [name, { kind: 'command', how }]),
]);

export function caseOf(name: string): HostileCase {
  const found = CASES.get(name);
  if (!found) throw new Error(`there is no case ${JSON.stringify(name)}`);
  return found;
}

export function serverOf(name: string): Evil {
  const found = caseOf(name);
  if (found.kind !== 'server') throw new Error(`${name} has no server`);
  return found.how;
}
