// Owns: what is remembered of each peer, and the file that holds it: who got which token, which remote it is.
// Leaves: tokens themselves, of which only ids are here (credentials.ts), and when it was last here (last-seen.ts).
import { isNetworkName, type NetworkName } from '../../shared/p2p/address.ts';
import type { Rights } from '../../shared/p2p/credentials.ts';
import type { Instant } from '../../shared/status.ts';
import { readOwnFile, removeOwnFile, replaceOwnFile } from '../instance/own-file.ts';
import type { StateDirectory } from '../instance/state-directory.ts';
import { UserError } from '../user-error.ts';

export interface PeerEntry {
  readonly network: NetworkName;
  /** When it was invited here, or its invitation accepted. */
  readonly since: Instant;
  /** What it is let in by here. */
  readonly issued?: { readonly tokenId: string; readonly rights: Rights };
  /** What the remote is to be called that it invites to in return. */
  readonly name?: string;
  /** The remote by which it is reached. */
  readonly remote?: string;
  /** Its URL, so that its token can be found also where the remote is gone. */
  readonly address?: string;
  /** What it said it is called, when it was first reached. */
  readonly uuid?: string;
  readonly pairing: Pairing;
}

export type Pairing =
  /** It has an invitation of ours, and may give one in return, once. */
  | { readonly kind: 'invited' }
  /** Its invitation was accepted: when it is reached, it is invited in return, with these rights. */
  | { readonly kind: 'to-invite'; readonly rights: Rights }
  | { readonly kind: 'settled' };

/** A thousand take 300 KB. */
const MOST_BYTES = 16 * 1024 * 1024;

/** What it is called in `peer list`, in `status`, and by `peer remove`. */
export const shownName = ({ remote, name, issued }: PeerEntry): string =>
  remote ?? name ?? (issued === undefined ? '?' : shortId(issued.tokenId));

/** For whoever has no name: short, and unlike any other's. */
export const shortId = (tokenId: string): string => tokenId.slice(0, 8);

/** None where nothing was remembered yet. Throws a UserError for a file that is not ours, or not as it was written. */
export function readPeers({ peers }: StateDirectory): readonly PeerEntry[] {
  const found = readOwnFile(peers, MOST_BYTES);
  if (found.kind === 'missing') return [];
  if (found.kind === 'odd') throw new UserError(found.why);
  const entries = parsePeers(found.content.toString('utf8'));
  if (entries === undefined) throw new UserError(`${peers} is not as it was written: correct or remove it`);
  return entries;
}

/** Only by who is alone (alone.ts). Of nobody there is no file. */
export function writePeers({ peers }: StateDirectory, entries: readonly PeerEntry[]): void {
  if (entries.length === 0) removeOwnFile(peers);
  else replaceOwnFile(peers, `${JSON.stringify({ version: 1, peers: entries }, null, 1)}\n`);
}

/** Undefined: it is no such text. */
export function parsePeers(text: string): PeerEntry[] | undefined {
  const read = parseJson(text);
  if (!isRecord(read) || !Array.isArray(read.peers)) return undefined;
  const entries = read.peers.map((each: unknown) => (isEntry(each) ? each : undefined));
  const known = entries.flatMap((entry) => entry ?? []);
  return known.length === entries.length ? known : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTextOrAbsent = (value: unknown): boolean => value === undefined || typeof value === 'string';
const isRights = (value: unknown): value is Rights => value === 'read' || value === 'write';

function isEntry(value: unknown): value is PeerEntry {
  if (!isRecord(value)) return false;
  const { network, since, issued, name, remote, address, uuid, pairing } = value;
  return (
    typeof network === 'string' &&
    isNetworkName(network) &&
    typeof since === 'string' &&
    [name, remote, address, uuid].every(isTextOrAbsent) &&
    (issued === undefined || isIssued(issued)) &&
    isPairing(pairing)
  );
}

const isIssued = (value: unknown): boolean =>
  isRecord(value) && typeof value.tokenId === 'string' && isRights(value.rights);

function isPairing(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return value.kind === 'invited' || value.kind === 'settled' || (value.kind === 'to-invite' && isRights(value.rights));
}
