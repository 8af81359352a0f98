// Owns: what a user's own git finds in the repository of the daemon's links: for each remote that is a peer, the way to its relay.
// Leaves: the sockets (relay-directory.ts, workers/upload-pack/relay.ts), and who reads this (helper.pl, workers/peer/helper).
import fs from 'node:fs';
import path from 'node:path';
import { noteOf } from '../../shared/git-protocol/relay-doors.ts';
import type { RemoteName } from '../../shared/remote.ts';
import { rowOf } from '../../shared/rungs/rungs.ts';
import type { LinkTask, Report } from '../../shared/thread-messages.ts';
import type { DoneWithout } from '../host/done-without.ts';
import { removeOwnFile, replaceOwnFile } from '../instance/own-file.ts';
import { checkPrivate, type StateDirectory } from '../instance/state-directory.ts';
import { reasonOf } from '../user-error.ts';
import { doorText } from './git-over-relay.ts';
import type { RelayClient } from './relay-client.ts';

export interface Doors {
  /** To be told what each link reports: a remote has a door while its link is up and serves git. */
  readonly hear: (task: LinkTask, report: Report) => void;
  /** Removes all of them. */
  readonly remove: () => void;
}

export interface DoorsOptions {
  readonly directory: StateDirectory;
  /** Whether that directory is still there, and ours alone. */
  readonly isInPlace: () => boolean;
  readonly client: RelayClient;
  readonly without: Pick<DoneWithout, 'lacks' | 'found'>;
}

/** What is done without where there can be none. */
const WHAT = 'doors to peers';

/**
 * What an earlier daemon left is removed, so it is to be called only while the lock is held. Where a door cannot be noted,
 * a git of the user's dials by itself.
 */
export function prepareDoors({ directory, isInPlace, client, without }: DoorsOptions): Doors {
  const at = path.join(directory.path, 'doors');
  const attempt = (act: () => void): void => {
    if (!isInPlace()) return;
    try {
      act();
      without.found(WHAT);
    } catch (error) {
      without.lacks(WHAT, `a git of yours dials peers by itself, as ${at} cannot be used: ${reasonOf(error)}`);
    }
  };
  attempt(() => removeNotes(at));
  /** The sockets that are noted: a remote that is taken away and made anew may have another before its first is closed. */
  const open = new Map<RemoteName, string>();
  return {
    hear: ({ remote, rung, relaySocket }, report) => {
      const target = rowOf(rung).relay(rung);
      if (target?.kind !== 'peer' || relaySocket === undefined) return;
      const file = path.join(at, noteOf(remote));
      if (report.kind === 'ended') {
        if (open.get(remote) !== relaySocket) return;
        open.delete(remote);
        return attempt(() => removeOwnFile(file));
      }
      if (report.kind !== 'connected' || !report.relay) return;
      open.set(remote, relaySocket);
      attempt(() => {
        makePrivate(at);
        replaceOwnFile(file, doorText(target, relaySocket, client));
      });
    },
    remove: () => attempt(() => removeNotes(at)),
  };
}

/** Throws where somebody else could change what is there. */
function makePrivate(at: string): void {
  if (fs.lstatSync(at, { throwIfNoEntry: false }) === undefined) {
    fs.mkdirSync(at, { mode: 0o700 });
    fs.chmodSync(at, 0o700);
  }
  checkPrivate(at);
}

/** What is no file is none of ours: it stays, and the folder with it. */
function removeNotes(at: string): void {
  if (fs.lstatSync(at, { throwIfNoEntry: false }) === undefined) return;
  checkPrivate(at);
  const entries = fs.readdirSync(at, { withFileTypes: true });
  for (const entry of entries) if (entry.isFile()) fs.unlinkSync(path.join(at, entry.name));
  if (entries.every((entry) => entry.isFile())) fs.rmdirSync(at);
}
