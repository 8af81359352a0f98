// Owns: all watched remotes together: holding, resuming, a changed config, the way out.
// Leaves: each remote's own life (remote/remote.ts), and who gives the commands (control, signals, file watching).
import {
  type Remote,
  type RemoteChanges,
  type RemoteIdentity,
  type RemoteName,
  remoteName,
} from '../../shared/remote.ts';
import type { Held, RemoteStatus } from '../../shared/status.ts';
import { within } from '../../shared/timing/within.ts';
import { STOP } from '../patience.ts';
import type { ServedNetworks } from '../serve/served-networks.ts';
import { createHolding, type Holding } from './holding.ts';
import { isTrying, serverNews, serverOf } from './link/same-server.ts';
import { isUp, type NetworkChange } from './remote/link-state.ts';
import { type RemoteRecord, statusOf } from './remote/record.ts';
import { createWatchedRemote } from './remote/remote.ts';
import type { RemoteTools, WatchedRemote } from './remote/remote-tools.ts';
import { createRemoteNews, type RemoteNews } from './remote-news.ts';

export interface SupervisorTools
  extends Omit<RemoteTools, 'held' | 'whyHeld' | 'gone' | 'neighbourTries' | 'linkMoved'> {
  readonly served: ServedNetworks;
  /** A remote was refused: from now on it is of interest what could mend that. */
  readonly isDown: () => void;
  /** Of an order, before links close or open because of it. */
  readonly logOrder: (text: string) => void;
  /** Forgets the git operations that wait for their turn, and ends those that nobody waits for. */
  readonly quietenWork: () => void;
  /** Ends the git operations that run, at once if they do not obey; each still reports its outcome. */
  readonly endRunningWork: () => Promise<void>;
  /** Forgets and ends the git operations with a remote that is no more. */
  readonly endWorkWith: (remote: Remote) => void;
  /** A new config was taken. */
  readonly configured: () => void;
  /** A remote's last link has ended for good. */
  readonly forgetRemote: (remote: RemoteName) => void;
}

export interface Supervisor extends RemoteNews, Omit<Holding, 'forget' | 'held' | 'heldOf' | 'whyHeldOf'> {
  /** The remote that is watched under a name. */
  readonly named: (name: string) => WatchedRemote | undefined;
  /** Whether, and by what, that one is held. */
  readonly heldOf: (name: RemoteName) => Held;
  /** Local refs (names, or object names) that are new or moved. */
  readonly changed: (refs: readonly string[]) => void;
  /**
   * Takes a new config. `isAsked`: by a person, so what is down or waiting is tried at once, too, and probed again.
   * `mends`: what no remote has for itself is another, so whatever has failed is tried at once.
   */
  readonly reconfigure: (changes: RemoteChanges & { readonly mends?: boolean }, isAsked: boolean) => void;
  /** A person asks for something: what was refused may be tried again sooner. */
  readonly personAsks: () => void;
  /** Fetches from every remote that is connected, unless it is certain that all is here. */
  readonly checkAll: () => void;
  /**
   * The network is another, or the machine woke: links show that they are alive. `came`: waits are cut short, too, as
   * also where what a fetch may bring is another.
   */
  readonly wake: (change: NetworkChange) => void;
  /** What logins rest on is different: those that were refused are tried again. */
  readonly mended: () => void;
  readonly held: () => Held;
  /** All that each remote is now. */
  readonly records: () => readonly RemoteRecord[];
  /** Of each remote, what `status` tells. */
  readonly statuses: () => readonly RemoteStatus[];
  /** Of each network that this repository is served on, both. */
  readonly served: Pick<ServedNetworks, 'statuses' | 'describe'>;
  readonly connected: () => readonly RemoteIdentity[];
  /** Ends every link, every network and git operation; resolves when they are gone, or will not go. */
  readonly stop: () => Promise<void>;
}

export function createSupervisor(tools: SupervisorTools): Supervisor {
  const remotes = new Map<RemoteName, WatchedRemote>();
  let stopping = false;
  let allGone: (() => void) | undefined;
  const held = (): Held => (stopping ? 'stopping' : holding.held());
  const heldOf = (name: RemoteName): Held => (stopping ? 'stopping' : holding.heldOf(name));

  const neighboursOf = (config: Remote): WatchedRemote[] => {
    const server = serverOf(config);
    const isNeighbour = (other: Remote): boolean => other.name !== config.name && serverOf(other) === server;
    return server === undefined ? [] : [...remotes.values()].filter((remote) => isNeighbour(remote.record().config));
  };
  const remoteTools: Omit<RemoteTools, 'held' | 'whyHeld'> = {
    ...tools,
    neighbourTries: (config) => neighboursOf(config).some((remote) => isTrying(remote.record().link)),
    linkMoved: (config, from, to) => {
      if (to.kind === 'down' && from.kind !== 'down') tools.isDown();
      const news = stopping ? undefined : serverNews(from, to);
      for (const remote of news ? neighboursOf(config) : []) if (news) remote.hearOfServer(news);
    },
    gone: (name) => {
      remotes.delete(name);
      tools.forgetRemote(name);
      tools.statusChanged();
      if (remotes.size === 0) allGone?.();
    },
  };
  const records = (): RemoteRecord[] => [...remotes.values()].map((remote) => remote.record());
  const each = (act: (remote: WatchedRemote) => unknown): void => {
    // A copy: an act may end in the remote being gone.
    for (const remote of [...remotes.values()]) act(remote);
    tools.statusChanged();
  };
  const holding = createHolding({ ...tools, named: (name) => remotes.get(name), each });
  const take = (config: Remote): void => {
    const known = remotes.get(config.name);
    if (known) {
      known.renew(config);
      return;
    }
    const { name } = config;
    const whyHeld = () => holding.whyHeldOf(name);
    const remote = createWatchedRemote(config, { ...remoteTools, held: () => heldOf(name), whyHeld });
    remotes.set(config.name, remote);
    if (heldOf(config.name) === 'no') remote.want();
  };
  const news = createRemoteNews(
    () => [...remotes.values()],
    () => held() !== 'no',
  );
  const drop = (remote: Remote): void => {
    holding.forget(remote.name);
    tools.endWorkWith(remote);
    remotes.get(remote.name)?.remove('kindly');
  };
  /** Once it stops, nothing is taken up any more, whoever asks. */
  const unlessStopping =
    <Args extends unknown[]>(act: (...args: Args) => void) =>
    (...args: Args): void => {
      if (!stopping) act(...args);
    };

  return {
    hold: unlessStopping(holding.hold),
    resume: unlessStopping(holding.resume),
    pause: unlessStopping(holding.pause),
    unpause: unlessStopping(holding.unpause),
    named: (name) => remotes.get(remoteName(name)),
    heldOf,
    changed: unlessStopping((refs) => {
      tools.served.changed(refs);
      each((remote) => remote.offer(refs));
    }),
    reconfigure: unlessStopping(({ added, changed, removed, kept, mends = false }, isAsked) => {
      tools.accounts.awaken(isAsked ? 'person' : mends ? 'mended' : 'changed');
      removed.forEach(drop);
      for (const config of [...changed, ...added]) take(config);
      for (const config of kept) remotes.get(config.name)?.adopt(config);
      const isFree = ({ name }: Remote): boolean => heldOf(name) === 'no';
      for (const { name } of isAsked ? kept.filter(isFree) : []) remotes.get(name)?.probeAgain();
      // Secrets and git's own keys may help remotes whose config is the same.
      if (held() === 'no') each((remote) => remote.lookAgain(mends));
      tools.configured();
      tools.served.configured(isAsked);
      tools.statusChanged();
    }),
    personAsks: unlessStopping(() => tools.accounts.awaken('person')),
    checkAll: unlessStopping(() => each((remote) => remote.check())),
    wake: unlessStopping((change) => {
      if (change.came) tools.accounts.awaken('changed');
      if (change.came) tools.served.wake();
      each((remote) => remote.wake(change));
    }),
    told: unlessStopping(news.told),
    peerSeen: unlessStopping(news.peerSeen),
    peerCame: unlessStopping(news.peerCame),
    mended: unlessStopping(() => {
      tools.accounts.awaken('mended');
      if (held() === 'no') each((remote) => remote.lookAgain(false));
    }),
    held,
    whyHeld: holding.whyHeld,
    records,
    statuses: () => records().map((record) => statusOf(record, heldOf(record.config.name), tools.wallMsOf)),
    served: tools.served,
    connected: () => records().flatMap(({ link, linked }) => (isUp(link) ? linked : [])),
    stop: async () => {
      stopping = true;
      const gone = new Promise<void>((resolve) => {
        allGone = resolve;
      });
      tools.quietenWork();
      tools.served.remove('kindly');
      each((remote) => remote.remove('kindly'));
      const ends = [tools.endRunningWork(), tools.served.gone()];
      const ended = Promise.all(remotes.size === 0 ? ends : [...ends, gone]);
      if (await within(ended, STOP.goodbyesMs)) return;
      tools.served.remove('now');
      each((remote) => remote.remove('now'));
      await within(ended, STOP.forcedMs);
    },
  };
}
