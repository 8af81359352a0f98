// Owns: all watched remotes together: holding, resuming, a changed config, the way out.
// Leaves: each remote's own life (remote/remote.ts), and who gives the commands (control, signals, file watching).
import { formatPeerUrl } from '../../shared/p2p/address.ts';
import type { Remote, RemoteChanges, RemoteIdentity, RemoteName } from '../../shared/remote.ts';
import type { Held, RemoteStatus } from '../../shared/status.ts';
import { within } from '../../shared/timing/within.ts';
import { STOP } from '../patience.ts';
import type { ServedNetworks } from '../serve/served-networks.ts';
import { HELD_LINES, type Hold, type Holder, heldBy, NO_HOLDS, whyHeld, withHold, withoutHold } from './holds.ts';
import { isTrying, serverNews, serverOf } from './link/same-server.ts';
import { isUp, type NetworkChange } from './remote/link-state.ts';
import { type RemoteRecord, statusOf } from './remote/record.ts';
import { createWatchedRemote } from './remote/remote.ts';
import type { RemoteTools, WatchedRemote } from './remote/remote-tools.ts';

export interface SupervisorTools extends Omit<RemoteTools, 'held' | 'gone' | 'neighbourTries' | 'linkMoved'> {
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

export interface Supervisor {
  /** Nothing is opened, and git is not run, until nobody holds any more. */
  readonly hold: (holder: Holder, hold: Hold, why?: string) => void;
  /** That one holds no more. If nobody does, each remote is connected to again, and what is down is tried. */
  readonly resume: (holder: Holder) => void;
  /** Local refs (names, or object names) that are new or moved. */
  readonly changed: (refs: readonly string[]) => void;
  /** Takes a new config. `isAsked`: by a person, so what is down or waiting is tried at once, too, and probed again. */
  readonly reconfigure: (changes: RemoteChanges, isAsked: boolean) => void;
  /** Fetches from every remote that is connected, unless it is certain that all is here. */
  readonly checkAll: () => void;
  /**
   * The network is another, or the machine woke: links show that they are alive. `came`: waits are cut short, too, as
   * also where what a fetch may bring is another.
   */
  readonly wake: (change: NetworkChange) => void;
  /** Somebody says that these repositories have something new, by their uuids: those that are remotes are looked at. */
  readonly told: (uuids: readonly string[]) => void;
  /** A peer is there, at that address, or a less exact one. */
  readonly peerSeen: (address: string) => void;
  /** The peer of the remote of that name, if it is one, is there: it is tried at once where it was away. */
  readonly peerCame: (name: string) => void;
  /** What logins rest on is different: those that were refused are tried again. */
  readonly mended: () => void;
  readonly held: () => Held;
  readonly whyHeld: () => string | undefined;
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
  let holds = NO_HOLDS;
  let stopping = false;
  let allGone: (() => void) | undefined;
  const held = (): Held => (stopping ? 'stopping' : heldBy(holds));

  const neighboursOf = (config: Remote): WatchedRemote[] => {
    const server = serverOf(config);
    const isNeighbour = (other: Remote): boolean => other.name !== config.name && serverOf(other) === server;
    return server === undefined ? [] : [...remotes.values()].filter((remote) => isNeighbour(remote.record().config));
  };
  const remoteTools: RemoteTools = {
    ...tools,
    held,
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
  const take = (config: Remote): void => {
    const known = remotes.get(config.name);
    if (known) {
      known.renew(config);
      return;
    }
    const remote = createWatchedRemote(config, remoteTools);
    remotes.set(config.name, remote);
    if (held() === 'no') remote.want();
  };
  const drop = (remote: Remote): void => {
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
    hold: unlessStopping((holder, hold, why) => {
      const before = held();
      holds = withHold(holds, holder, hold, why);
      if (held() !== before) tools.logOrder(why === undefined ? HELD_LINES[hold] : `${HELD_LINES[hold]}: ${why}`);
      // Said once more it hurries what takes its time.
      if (held() === before && hold === 'paused') return;
      tools.quietenWork();
      const how = hold === 'paused' ? 'kindly' : 'now';
      tools.served.hold(how);
      each((remote) => remote.hold(how));
      if (hold === 'no-network') void tools.endRunningWork();
    }),
    resume: unlessStopping((holder) => {
      const before = held();
      holds = withoutHold(holds, holder);
      if (held() !== before) tools.statusChanged();
      if (held() !== 'no') return;
      // Also where nothing was held: what is down is tried again.
      tools.logOrder('resumed');
      tools.accounts.awaken('person');
      tools.served.resume();
      each((remote) => remote.want());
    }),
    changed: unlessStopping((refs) => {
      tools.served.changed(refs);
      each((remote) => remote.offer(refs));
    }),
    reconfigure: unlessStopping(({ added, changed, removed, kept }, isAsked) => {
      tools.accounts.awaken(isAsked ? 'person' : 'changed');
      removed.forEach(drop);
      for (const config of [...changed, ...added]) take(config);
      for (const config of kept) remotes.get(config.name)?.adopt(config);
      for (const { name } of isAsked && held() === 'no' ? kept : []) remotes.get(name)?.probeAgain();
      // Secrets and git's own keys may help remotes whose config is the same.
      if (held() === 'no') each((remote) => remote.lookAgain());
      tools.configured();
      tools.served.configured(isAsked);
      tools.statusChanged();
    }),
    checkAll: unlessStopping(() => each((remote) => remote.check())),
    wake: unlessStopping((change) => {
      if (change.came) tools.accounts.awaken('changed');
      if (change.came) tools.served.wake();
      each((remote) => remote.wake(change));
    }),
    told: unlessStopping((uuids) => {
      if (held() !== 'no') return;
      for (const remote of [...remotes.values()])
        if (remote.record().config.uuids?.some((uuid) => uuids.includes(uuid))) remote.hearOfNews();
    }),
    peerSeen: unlessStopping((address) => {
      if (held() === 'no') each((remote) => isPeerAt(remote.record().config, address) && remote.lookIfAway());
    }),
    peerCame: unlessStopping((name) => {
      const isPeer = ({ config }: RemoteRecord): boolean => config.name === name && config.rungs[0].kind === 'peer';
      if (held() === 'no') each((remote) => isPeer(remote.record()) && remote.lookIfAway());
    }),
    mended: unlessStopping(() => {
      tools.accounts.awaken('mended');
      if (held() === 'no') each((remote) => remote.lookAgain());
    }),
    held,
    whyHeld: () => whyHeld(holds),
    records,
    statuses: () => records().map((record) => statusOf(record, held(), tools.wallMsOf)),
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

/** A remote may name it less exactly. */
function isPeerAt({ rungs: [rung] }: Remote, address: string): boolean {
  if (rung.kind !== 'peer') return false;
  const own = formatPeerUrl(rung.address);
  return address === own || address.startsWith(`${own}/`);
}
