// Owns: all watched remotes together: holding, resuming, a changed config, the way out.
// Leaves: each remote's own life (watched-remote.ts), and who gives the commands (control, signals, file watching).
import type { Remote, RemoteName } from '../../shared/remote.ts';
import type { RemoteStatus } from '../status.ts';
import { createWatchedRemote, type RemoteTools, type WatchedRemote } from './watched-remote.ts';

export interface RemoteChanges {
  readonly added: readonly Remote[];
  readonly changed: readonly Remote[];
  readonly removed: readonly Remote[];
}

export interface SupervisorTools extends Omit<RemoteTools, 'held' | 'gone'> {
  /** Forgets the git operations that wait for their turn, and ends those that nobody waits for. */
  readonly quietenWork: () => void;
  /** Ends the git operations that run; each still reports its outcome. */
  readonly endRunningWork: () => Promise<void>;
  /** A remote's last link has ended for good. */
  readonly forgetRemote: (remote: RemoteName) => void;
}

export type Held = 'no' | 'paused' | 'no-network';

export interface Supervisor {
  readonly pause: () => void;
  readonly lostnet: () => void;
  readonly resume: () => void;
  /** Local refs (names, or object names) that are new or moved. */
  readonly changed: (refs: readonly string[]) => void;
  /** Takes a new config. `triesAgain`: a person asked, so what is down or waiting is tried at once too. */
  readonly reconfigure: (changes: RemoteChanges, triesAgain: boolean) => void;
  /** The network came back, or the machine woke: waits are cut short. */
  readonly wake: () => void;
  readonly held: () => Held;
  readonly status: () => readonly RemoteStatus[];
  readonly connected: () => readonly RemoteName[];
  /** Ends every link and git operation; resolves when they are gone, or will not go. */
  readonly stop: () => Promise<void>;
}

/** The daemon is gone 2 s after STOP: so long may goodbyes take, and so long what must be forced. */
const GOODBYES_MS = 700;
const FORCED_MS = 500;

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

  return {
    pause: () => {
      if (held === 'paused') return;
      held = 'paused';
      tools.quietenWork();
      each((remote) => remote.hold('kindly'));
    },
    lostnet: () => {
      held = 'no-network';
      tools.quietenWork();
      each((remote) => remote.hold('now'));
      void tools.endRunningWork();
    },
    resume: () => {
      const wasHeld = held !== 'no';
      held = 'no';
      each((remote) => remote.want());
      // A link that PAUSE let live for its git operation is still up, but what waited behind it was forgotten.
      if (wasHeld) each((remote) => remote.catchUp());
    },
    changed: (refs) => each((remote) => remote.offer(refs)),
    reconfigure: ({ added, changed, removed }, triesAgain) => {
      for (const { name } of removed) remotes.get(name)?.remove('kindly');
      for (const remote of [...changed, ...added]) take(remote);
      if (triesAgain && held === 'no') {
        const gone = new Set(removed.map(({ name }) => name));
        each((remote) => gone.has(remote.name) || remote.want());
      }
      tools.statusChanged();
    },
    wake: () => each((remote) => remote.wake()),
    held: () => held,
    status: () => [...remotes.values()].map((remote) => remote.status()),
    connected: () => [...remotes.values()].filter((remote) => remote.isConnected()).map(({ name }) => name),
    stop: async () => {
      const gone = new Promise<void>((resolve) => {
        allGone = resolve;
      });
      tools.quietenWork();
      each((remote) => remote.remove('kindly'));
      const workEnded = tools.endRunningWork();
      const ended = remotes.size === 0 ? workEnded : Promise.all([workEnded, gone]);
      if (await within(GOODBYES_MS, ended)) return;
      each((remote) => remote.remove('now'));
      await within(FORCED_MS, ended);
    },
  };
}

/** Whether a promise settled within a time. */
async function within(limitMs: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
