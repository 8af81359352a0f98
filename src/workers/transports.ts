// Owns: which transport watches a remote by which rung.
// Leaves: the transports (ssh/, local/, refs/, notify-command/), and running one (connection-loop.ts).
import type { Rung } from '../shared/rungs/rungs.ts';
import type { Transport } from './transport.ts';

/** Only what a link needs is loaded: ssh2 alone costs a thread 3 MB. */
export const TRANSPORTS: { readonly [K in Rung['kind']]: () => Promise<Transport> } = {
  'server-watch': async () => (await import('./ssh/watch/server-watch.ts')).watchOnServer,
  'annex-shell': async () => (await import('./ssh/watch/notify-changes.ts')).watchByAnnexShell,
  'local-watch': async () => (await import('./local/local-watch.ts')).watchLocalRepository,
  poll: async () => pollAsItIsReached,
  'notify-command': async () => (await import('./notify-command/notify-command.ts')).watchByCommand,
  peer: async () => (await import('./peer/client/peer-link.ts')).watchPeer,
};

/** Over a connection of the link's own where it has one, else through git. */
const pollAsItIsReached: Transport = async (task, report, closing, takeTurn, onDoubt) => {
  const { pollThroughGit } = await import('./refs/poll-through-git.ts');
  const isOverSsh = task.rung.kind === 'poll' && task.rung.target !== undefined;
  const poll = isOverSsh ? (await import('./ssh/watch/poll-over-ssh.ts')).pollOverSsh(pollThroughGit) : pollThroughGit;
  const { turnsAfterLook } = await import('./local/look-aside.ts');
  await poll(task, report, closing, turnsAfterLook(task, report, takeTurn), onDoubt);
};
