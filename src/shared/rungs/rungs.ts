// Owns: the table of all ways to watch a remote.
// Leaves: what each of them tells of itself (a file each), and how it is done (workers/transports.ts).
import { type AnnexShellRung, annexShell } from './annex-shell.ts';
import { type LocalWatchRung, localWatch } from './local-watch.ts';
import { type NotifyCommandRung, notifyCommand } from './notify-command.ts';
import { type PeerRung, peer } from './peer.ts';
import { type PollRung, poll } from './poll.ts';
import type { RungKind } from './rung.ts';
import { type ServerWatchRung, serverWatch } from './server-watch.ts';

interface RungsByKind {
  readonly 'server-watch': ServerWatchRung;
  readonly 'annex-shell': AnnexShellRung;
  readonly 'local-watch': LocalWatchRung;
  readonly poll: PollRung;
  readonly 'notify-command': NotifyCommandRung;
  readonly peer: PeerRung;
}

type Kind = keyof RungsByKind;

/** One way to watch a remote, of one kind or any. */
export type Rung<K extends Kind = Kind> = { [Each in K]: RungsByKind[Each] & { readonly kind: Each } }[K];

export const RUNGS: { readonly [K in Kind]: RungKind<Rung<K>> } = {
  'server-watch': serverWatch,
  'annex-shell': annexShell,
  'local-watch': localWatch,
  poll,
  'notify-command': notifyCommand,
  peer,
};

/** The row of a rung. */
export const rowOf = <K extends Kind>(rung: Rung<K>): RungKind<Rung<K>> => RUNGS[rung.kind];
