// Owns: what git's configuration says of remotes and of what is served, asked and changed for pairing.
// Leaves: what the daemon makes of it (main/config), and the peers' own records (peers-file.ts).
import { type PeerAddress, parsePeerUrl } from '../../shared/p2p/address.ts';
import { printable } from '../../shared/printable.ts';
import type { RunGitQuietly } from '../config/git-config.ts';
import { UserError } from '../user-error.ts';
import { isSameAddress } from './credentials.ts';

/** The last value of a key. */
export async function lastValue(git: RunGitQuietly, key: string): Promise<string | undefined> {
  return (await allValues(git, key)).at(-1);
}

export async function allValues(git: RunGitQuietly, key: string): Promise<string[]> {
  const answer = await git(['config', '--null', '--get-all', key]);
  return answer.ok ? answer.stdout.split('\0').slice(0, -1) : [];
}

/** The names of all, as git knows them. */
export async function remoteNames(git: RunGitQuietly): Promise<string[]> {
  const answer = await git(['remote']);
  if (!answer.ok) throw new UserError(`git cannot list the remotes: ${complaint(answer.stderr)}`);
  return answer.stdout.split('\n').filter((name) => name !== '');
}

/** Undefined: git takes it for a name, and so do its commands. */
export async function whyNoRemoteName(git: RunGitQuietly, name: string): Promise<string | undefined> {
  const isName = !name.startsWith('-') && (await git(['check-ref-format', `refs/remotes/${name}/x`])).ok;
  return isName ? undefined : `'${printable(name)}' can be no name of a remote`;
}

export interface PeerRemote {
  readonly name: string;
  readonly address: PeerAddress;
}

/** The remotes that are peers, in the order of the config. */
export async function peerRemotes(git: RunGitQuietly): Promise<PeerRemote[]> {
  const answer = await git(['config', '--null', '--get-regexp', '^remote\\..*\\.url$']);
  const entries = answer.ok ? answer.stdout.split('\0') : [];
  return entries.flatMap((entry) => {
    const [, name, url = ''] = /^remote\.([^\n]*)\.url\n(.*)$/s.exec(entry) ?? [];
    const address = parsePeerUrl(url);
    return name === undefined || 'why' in address ? [] : [{ name, address }];
  });
}

export async function remoteAt(git: RunGitQuietly, address: PeerAddress): Promise<string | undefined> {
  return (await peerRemotes(git)).find((remote) => isSameAddress(remote.address, address))?.name;
}

/** What git-annex calls the repositories of all remotes. */
export async function uuidsOfRemotes(git: RunGitQuietly): Promise<string[]> {
  const answer = await git(['config', '--null', '--get-regexp', '^remote\\..*\\.annex-uuid$']);
  const entries = answer.ok ? answer.stdout.split('\0') : [];
  return entries.flatMap((entry) => /\n(.*)$/s.exec(entry)?.[1] ?? []);
}

/** `peer1`, `peer2` …, as git-annex calls them. */
export async function unusedName(git: RunGitQuietly, wanted: string | undefined): Promise<string> {
  const used = new Set(await remoteNames(git));
  if (wanted !== undefined && !used.has(wanted)) return wanted;
  for (let number = 1; ; number += 1) if (!used.has(`peer${number}`)) return `peer${number}`;
}

/** With a fetch refspec, as a user makes one. Throws a UserError where git does not want to. */
export async function addRemote(git: RunGitQuietly, name: string, url: string): Promise<void> {
  await change(git, 'git cannot add the remote', ['remote', 'add', '--', name, url]);
}

/** With its remote-tracking refs. Throws a UserError where git does not want to. */
export async function removeRemote(git: RunGitQuietly, name: string): Promise<void> {
  await change(git, `git cannot remove the remote ${name}`, ['remote', 'remove', '--', name]);
}

export async function setValue(git: RunGitQuietly, key: string, value: string): Promise<void> {
  await change(git, `git cannot set ${key}`, ['config', '--local', key, value]);
}

/** Networks that are served. */
export const servedNetworks = (git: RunGitQuietly): Promise<string[]> => allValues(git, 'remotedaemon.serve');

/** Gives what takes it back; undefined: it is served already. */
export async function serveNetwork(git: RunGitQuietly, network: string): Promise<(() => Promise<void>) | undefined> {
  if ((await servedNetworks(git)).includes(network)) return undefined;
  const key = 'remotedaemon.serve';
  await change(git, `git cannot set ${key}`, ['config', '--local', '--add', key, network]);
  return async () => {
    await git(['config', '--local', '--unset', key, `^${network}$`]);
  };
}

async function change(git: RunGitQuietly, failure: string, args: readonly string[]): Promise<void> {
  const answer = await git(args);
  if (!answer.ok) throw new UserError(`${failure}: ${complaint(answer.stderr)}`);
}

const complaint = (stderr: string): string => (stderr.split('\n')[0] ?? '').replace(/^(?:fatal|error): /, '');
