// Owns: the remotes of cases: their servers, repositories and commands, and what a clone's config says of them.
// Leaves: what they do (cases.ts), and what becomes of the daemon beside them (laboratory.ts).
import type { AtEnd } from '../support/at-end.ts';
import { makeServerRepo, type Scratch } from '../support/temp-repo.ts';
import { caseOf, type HostileCase } from './cases.ts';
import { type EvilServer, startEvil } from './evil-process.ts';

/** One case, with the remotes that it has here. */
export interface Stranger {
  readonly name: string;
  readonly remotes: readonly string[];
  readonly how: HostileCase['how'];
  /** Of each of its remotes. */
  readonly config: Readonly<Record<string, string>>;
  readonly server?: EvilServer;
  /** What is done to a place once it is watched. */
  readonly change?: () => void | Promise<void>;
}

/** One for each name. */
export async function inviteStrangers(atEnd: AtEnd, scratch: Scratch, names: readonly string[]): Promise<Stranger[]> {
  const served = names.filter((name) => caseOf(name).kind === 'server');
  const servers = await startEvil(atEnd, served, scratch.env);
  const firstOf = (index: number): string => (names.length === 1 ? 'evil' : `evil-${index + 1}`);
  return Promise.all(
    names.map((name, index) => {
      const server = servers[served.indexOf(name)];
      return inviteStranger(atEnd, scratch, { name, first: firstOf(index), server });
    }),
  );
}

interface Invitation {
  readonly name: string;
  /** Of its remotes. */
  readonly first: string;
  readonly server: EvilServer | undefined;
}

async function inviteStranger(atEnd: AtEnd, scratch: Scratch, { name, first, server }: Invitation): Promise<Stranger> {
  const { kind, how } = caseOf(name);
  const { directory } = await makeServerRepo(scratch, first);
  const more = Array.from({ length: (how.remotes ?? 1) - 1 }, (_none, index) => `${first}-no-${index + 2}`);
  const stranger = { name, remotes: [first, ...more], how };
  if (kind === 'command') return { ...stranger, config: { url: directory, remotedaemonNotifyCommand: how.command } };
  if (kind === 'place') {
    await how.before?.(directory, atEnd);
    const url = how.watched?.(directory) ?? directory;
    return { ...stranger, config: { url }, change: () => how.after?.(directory, atEnd) };
  }
  const url = `${how.scheme ?? 'ssh'}://127.0.0.1:${server?.port}${directory}`;
  return { ...stranger, config: { url, ...how.config }, ...(server && { server }) };
}

/** Its sections of a git config. */
export function configOf({ remotes, config }: Stranger): string {
  return remotes
    .map((remote) => {
      const all = { ...config, fetch: `+refs/heads/*:refs/remotes/${remote}/*` };
      const lines = Object.entries(all).map(([key, value]) => `${key} = "${value.replace(/["\\]/g, '\\$&')}"\n`);
      return `[remote "${remote}"]\n${lines.join('')}`;
    })
    .join('');
}
