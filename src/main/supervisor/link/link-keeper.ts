// Owns: the link of one remote as it comes and goes: by which rung, of which config it speaks, how git may use it.
// Leaves: when it is opened and closed (remote/link-state.ts, remote/remote.ts), and its threads (threads/worker-pool.ts).
import type { Failure } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import type { RefMove, Remote, RemoteIdentity, RemoteName, Rung } from '../../../shared/remote.ts';
import type { CloseHow, Ending, LinkTask } from '../../../shared/thread-messages.ts';
import { type LinkOpener, type LinkReport, openRemoteLink, type RemoteLink } from './link.ts';
import {
  bestRung,
  describeRung,
  nextRung,
  rungOf,
  rungToOpen,
  shouldProbe,
  tellingOfPin,
  whyNotBetter,
} from './rung-choice.ts';

/** What a link tells of itself. */
export interface LinkListener {
  readonly connected: (how: string) => void;
  /** Refs moved; `refs` where it is known which. */
  readonly moved: (refs: readonly RefMove[] | undefined) => void;
  /** A remote that is polled has answered. */
  readonly polled: () => void;
  /** What `check` asked for. */
  readonly checked: (allHere: boolean) => void;
  /** Something may have moved: worth a check. */
  readonly unsure: () => void;
  readonly warning: (text: string) => void;
  /** The last word. `hasNextRung`: the failure is of this rung, and there is another. */
  readonly ended: (ending: Ending, hasNextRung: boolean) => void;
}

export interface LinkTools extends LinkOpener {
  readonly log: (remote: RemoteName, text: string) => void;
  readonly taskFor: (remote: Remote, rung: Rung) => LinkTask;
  /** Bytes went through a remote's relay. */
  readonly sawActivity: (remote: RemoteName) => void;
  /** A child process of a remote's link began or exited. */
  readonly noteChild: (remote: RemoteName, pgid: number, running: boolean) => void;
  /** The link has ended: what children it has left are those of a thread that was ended. */
  readonly endChildren: (remote: RemoteName) => void;
  readonly nowMs: () => number;
}

export interface LinkKeeper {
  readonly open: () => void;
  readonly close: (how: CloseHow) => void;
  /** Asks whether all is here; false: nobody can tell, and there will be no `checked`. */
  readonly check: () => boolean;
  /** What the link that is open, or was last, speaks of. */
  readonly identity: () => RemoteIdentity;
  readonly relaySocket: () => string | undefined;
  readonly hasRelay: () => boolean;
  /** How a fetch went decides by which way the next one goes: through the relay, or by git's own connection. */
  readonly fetched: (ok: boolean) => void;
  /** How often it is asked for its refs, where it is polled. */
  readonly everyMs: () => number | undefined;
  /** The rung in use has failed for good. */
  readonly takeNextRung: (failure: Failure) => void;
  /** The next link begins at the best rung again. */
  readonly takeBestRung: () => void;
  readonly isOnBestRung: () => boolean;
  /** Whether it is time to look for a better rung than the one in use. */
  readonly shouldProbe: () => boolean;
  readonly description: () => { readonly watchedBy: string; readonly whyNotBetter: string | undefined };
}

/** Opens nothing by itself. `remote` gives the config as it is now; a link that is open keeps to the one it was made of. */
export function createLinkKeeper(remote: () => Remote, tools: LinkTools, listener: LinkListener): LinkKeeper {
  const { nowMs } = tools;
  let linked: RemoteIdentity = remote();
  let rung = bestRung(nowMs());
  let link: RemoteLink | undefined;
  /** Of the last link, unless it was told to end. */
  let lastFailure: Failure | undefined;
  /** How git asks this remote, as far as a link has heard it. */
  let asked: LinkTask['asked'];

  const ended = (ending: Ending): void => {
    link = undefined;
    tools.endChildren(linked.name);
    lastFailure = ending.kind === 'failed' ? ending.failure : undefined;
    const hasNextRung = lastFailure !== undefined && nextRung(remote(), rung, lastFailure, nowMs()) !== undefined;
    const told: Ending =
      lastFailure && !hasNextRung ? { kind: 'failed', failure: tellingOfPin(remote(), lastFailure) } : ending;
    listener.ended(told, hasNextRung);
  };
  const hear = (report: LinkReport): void => {
    switch (report.kind) {
      case 'started':
        break;
      case 'connected':
        listener.connected(report.how);
        break;
      case 'moved':
        listener.moved(report.refs);
        break;
      case 'polled':
        listener.polled();
        break;
      case 'checked':
        listener.checked(report.allHere);
        break;
      case 'unsure':
        listener.unsure();
        break;
      case 'warning':
        listener.warning(report.text);
        break;
      case 'log':
        tools.log(linked.name, printable(report.text));
        break;
      case 'asked':
        asked = report.asked;
        break;
      case 'relay-activity':
        tools.sawActivity(linked.name);
        break;
      case 'child':
        tools.noteChild(linked.name, report.pgid, report.running);
        break;
      case 'ended':
        ended(report.ending);
        break;
      default:
        report satisfies never;
    }
  };

  return {
    open: () => {
      linked = remote();
      rung = rungToOpen(rung, nowMs(), lastFailure);
      const task = tools.taskFor(remote(), rungOf(remote(), rung));
      link = openRemoteLink({ ...task, ...(asked && { asked }) }, tools, hear);
    },
    close: (how) => link?.close(how),
    check: () => {
      const { comparison } = remote();
      return comparison !== undefined && (link?.check(comparison) ?? false);
    },
    identity: () => linked,
    relaySocket: () => link?.relaySocket(),
    hasRelay: () => link?.hasRelay() ?? false,
    fetched: (ok) => link?.fetched(ok),
    everyMs: () => {
      const current = rungOf(remote(), rung);
      return current.kind === 'poll' ? current.everyMs : undefined;
    },
    takeNextRung: (failure) => {
      rung = nextRung(remote(), rung, failure, nowMs()) ?? rung;
    },
    takeBestRung: () => {
      rung = bestRung(nowMs());
    },
    isOnBestRung: () => rung.index === 0,
    shouldProbe: () => shouldProbe(rung, nowMs()),
    description: () => ({
      watchedBy: describeRung(rungOf(remote(), rung)),
      whyNotBetter: whyNotBetter(remote(), rung),
    }),
  };
}
