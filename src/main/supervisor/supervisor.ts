// Owns: all watched remotes together: holding, resuming, a changed config, the way out.
// Leaves: each remote's own life (remote/remote.ts), and who gives the commands (control, signals, file watching).
import type { Remote, RemoteChanges, RemoteIdentity, RemoteName } from '../../shared/remote.ts';
import type { Held, RemoteStatus } from '../../shared/status.ts';
import { within } from '../../shared/timing/within.ts';
import { STOP } from '../patience.ts';
import { createWatchedRemote, type RemoteTools, type WatchedRemote } from './remote/remote.ts';

export interface SupervisorTools extends Omit<RemoteTools, 'held' | 'gone'> {
  /** Forgets the git operations that wait for their turn, and ends those that nobody waits for. */
  readonly quietenWork: () => void;
  /** Ends the git operations that run, at once if they do not obey; each still reports its outcome. */
  readonly endRunningWork: () => Promise<void>;
  /** Forgets and ends the git operations with a remote. */
  readonly endWorkWith: (remote: RemoteName) => void;
  /** A remote's last link has ended for good. */
  readonly forgetRemote: (remote: RemoteName) => void;
}

export interface Supervisor {
  readonly pause: () => void;
  readonly lostnet: () => void;
  readonly resume: () => void;
  /** Local refs (names, or object names) that are new or moved. */
  readonly changed: (refs: readonly string[]) => void;
  /** Takes a new config. `isAsked`: by a person, so what is down or waiting is tried at once, too, and probed again. */
  readonly reconfigure: (changes: RemoteChanges, isAsked: boolean) => void;
  /** Fetches from every remote that is connected, unless it is certain that all is here. */
  readonly checkAll: () => void;
  /** The network came back, or the machine woke: waits are cut short. */
  readonly wake: () => void;
  readonly held: () => Held;
  readonly status: () => readonly RemoteStatus[];
  readonly connected: () => readonly RemoteIdentity[];
  /** Ends every link and git operation; resolves when they are gone, or will not go. */
  readonly stop: () => Promise<void>;
}

export function createSupervisor(tools: SupervisorTools): Supervisor {
  const remotes = new Map<RemoteName, WatchedRemote>();
  let held: Held = 'no';
  let allGone: (() => void) | undefined;

  const remoteTools: RemoteTools = {
    ...tools,
    held: () => held,
    gone: (name) => {
      remotes.delete(name);
      tools.forgetRemote(name);
      tools.statusChanged();
      if (remotes.size === 0) allGone?.();
    },
  };
  const each = (act: (remote: WatchedRemote) => void): void => {
    // A copy: an act may end in the remote being gone.
    for (const remote of [...remotes.values()]) act(remote);
    tools.statusChanged();
  };
  const take = (config: Remote): void => {
    const known = remotes.get(config.name);
    if (known) {
      known.renew(config);
      return;
    }
    const remote = createWatchedRemote(config, remoteTools);
    remotes.set(config.name, remote);
    if (held === 'no') remote.want();
  };
  const drop = ({ name }: Remote): void => {
    tools.endWorkWith(name);
    remotes.get(name)?.remove('kindly');
  };
  /** Once it stops, nothing is taken up any more, whoever asks. */
  const unlessStopping =
    <Args extends unknown[]>(act: (...args: Args) => void) =>
    (...args: Args): void => {
      if (held !== 'stopping') act(...args);
    };

  return {
    pause: unlessStopping(() => {
      if (held === 'paused') return;
      held = 'paused';
      tools.quietenWork();
      each((remote) => remote.hold('kindly'));
    }),
    lostnet: unlessStopping(() => {
      held = 'no-network';
      tools.quietenWork();
      each((remote) => remote.hold('now'));
      void tools.endRunningWork();
    }),
    resume: unlessStopping(() => {
      held = 'no';
      each((remote) => remote.want());
    }),
    changed: unlessStopping((refs) => each((remote) => remote.offer(refs))),
    reconfigure: unlessStopping(({ added, changed, removed, kept }, isAsked) => {
      removed.forEach(drop);
      for (const config of [...changed, ...added]) take(config);
      for (const config of kept) remotes.get(config.name)?.adopt(config);
      for (const { name } of isAsked && held === 'no' ? kept : []) remotes.get(name)?.probeAgain();
      tools.statusChanged();
    }),
    checkAll: unlessStopping(() => each((remote) => remote.check())),
    wake: unlessStopping(() => each((remote) => remote.wake())),
    held: () => held,
    status: () => [...remotes.values()].map((remote) => remote.status()),
    connected: () => [...remotes.values()].filter((remote) => remote.isConnected()).map((remote) => remote.identity()),
    stop: async () => {
      held = 'stopping';
      const gone = new Promise<void>((resolve) => {
        allGone = resolve;
      });
      tools.quietenWork();
      each((remote) => remote.remove('kindly'));
      const workEnded = tools.endRunningWork();
      const ended = remotes.size === 0 ? workEnded : Promise.all([workEnded, gone]);
      if (await within(ended, STOP.goodbyesMs)) return;
      each((remote) => remote.remove('now'));
      await within(ended, STOP.forcedMs);
    },
  };
}
