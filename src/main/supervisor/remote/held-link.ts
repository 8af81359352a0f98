// Owns: the link that a remote has at a moment, if it has one.
// Leaves: when it is opened and closed (link-step.ts), and what it reports (hearing.ts).
import type { CloseHow } from '../../../shared/thread-messages.ts';
import { type Link, openLink, type RemoteReport } from '../link/link.ts';
import { rungOf } from '../link/rung-choice.ts';
import { wayLine } from './debug-lines.ts';
import type { RemoteRecord } from './record.ts';
import type { RemoteTools } from './remote-tools.ts';

export interface HeldLink {
  readonly open: (record: RemoteRecord) => void;
  readonly close: (how: CloseHow) => void;
  readonly check: Link['check'];
  readonly prove: () => void;
  readonly relaySocket: () => string | undefined;
  /** It has reported its end. */
  readonly left: () => void;
}

/** `neverOpened`: one that was told to close could not be opened before. */
export function createHeldLink(
  tools: RemoteTools,
  hear: (report: RemoteReport) => void,
  neverOpened: () => void,
): HeldLink {
  let link: Link | undefined;
  return {
    open: (record) => {
      const { config, rung, shapes } = record;
      tools.debug(config.name, () => wayLine(record));
      const task = tools.taskFor(config, rungOf(config, rung));
      link = openLink({ ...task, ...(shapes && { requestShapes: shapes }) }, tools, hear);
    },
    close: (how) => (link ? link.close(how) : queueMicrotask(neverOpened)),
    check: (asked) => link?.check(asked),
    prove: () => link?.prove(),
    relaySocket: () => link?.relaySocket,
    left: () => {
      link = undefined;
    },
  };
}
