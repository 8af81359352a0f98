// Owns: holding all remotes, or some of them, and letting go of them again.
// Leaves: who holds, as data (holds.ts), and what a remote does then (remote/remote.ts).
import type { RemoteName } from '../../shared/remote.ts';
import type { ServedNetworks } from '../serve/served-networks.ts';
import {
  type Hold,
  type Holder,
  heldBy,
  NO_HOLDS,
  remoteHeldBy,
  whyHeld,
  whyRemoteHeld,
  withHold,
  withNamed,
  withoutHold,
  withoutNamed,
} from './holds.ts';
import type { Accounts } from './link/accounts.ts';
import type { WatchedRemote } from './remote/remote-tools.ts';

export interface HoldingTools {
  /** Of an order, before links close or open because of it. */
  readonly logOrder: (text: string) => void;
  /** Forgets the git operations that wait for their turn, and ends those that nobody waits for. */
  readonly quietenWork: () => void;
  /** Ends the git operations that run. */
  readonly endRunningWork: () => Promise<void>;
  readonly served: Pick<ServedNetworks, 'hold' | 'resume'>;
  readonly accounts: Pick<Accounts, 'awaken'>;
  readonly statusChanged: () => void;
  readonly named: (name: RemoteName) => WatchedRemote | undefined;
  readonly each: (act: (remote: WatchedRemote) => unknown) => void;
}

export interface Holding {
  /** Nothing is opened, and git is not run, until nobody holds any more. */
  readonly hold: (holder: Holder, hold: Hold, why?: string) => void;
  /** That one holds no more. If nobody does, each remote is connected to again, and what is down is tried. */
  readonly resume: (holder: Holder) => void;
  /** Holds these remotes alone, for as long as there are such, whoever else holds and resumes. */
  readonly pause: (names: readonly RemoteName[]) => void;
  /** Undoes that; what else holds them still does. Without names, of all that are held so. */
  readonly unpause: (names?: readonly RemoteName[]) => void;
  readonly held: () => Hold | 'no';
  /** Why all are held, where that is over by itself. */
  readonly whyHeld: () => string | undefined;
  readonly heldOf: (name: RemoteName) => Hold | 'no';
  readonly whyHeldOf: (name: RemoteName) => string | undefined;
  /** There is no such remote any more. */
  readonly forget: (name: RemoteName) => void;
}

export function createHolding(tools: HoldingTools): Holding {
  const { logOrder, served, accounts, statusChanged, named, each } = tools;
  let holds = NO_HOLDS;
  const held = (): Hold | 'no' => heldBy(holds);
  const heldOf = (name: RemoteName): Hold | 'no' => remoteHeldBy(holds, name);
  const want = (remote: WatchedRemote | undefined): void => {
    if (remote && heldOf(remote.record().config.name) === 'no') remote.want();
  };
  return {
    hold: (holder, hold, why) => {
      const before = held();
      holds = withHold(holds, holder, hold, why);
      if (held() !== before) logOrder(heldLine(hold, why));
      statusChanged();
      // Said once more it hurries what takes its time.
      if (held() === before && hold === 'paused') return;
      tools.quietenWork();
      const how = hold === 'paused' ? 'kindly' : 'now';
      served.hold(how);
      each((remote) => remote.hold(how, why));
      if (hold === 'no-network') void tools.endRunningWork();
    },
    resume: (holder) => {
      holds = withoutHold(holds, holder);
      statusChanged();
      const still = held();
      if (still !== 'no') return logOrder(`still ${heldLine(still, whyHeld(holds))}`);
      // Also where nothing was held: what is down is tried again.
      logOrder('resumed');
      accounts.awaken('person');
      served.resume();
      each(want);
    },
    pause: (names) => {
      holds = withNamed(holds, names);
      logOrder(`paused: ${names.join(', ')}`);
      for (const name of names) named(name)?.hold('kindly');
      statusChanged();
    },
    unpause: (names = [...holds.named]) => {
      if (names.length === 0) return;
      holds = withoutNamed(holds, names);
      logOrder(`resumed: ${names.join(', ')}`);
      if (held() === 'no') accounts.awaken('person');
      for (const name of names) want(named(name));
      statusChanged();
    },
    held,
    whyHeld: () => whyHeld(holds),
    heldOf,
    whyHeldOf: (name) => whyRemoteHeld(holds, name),
    forget: (name) => {
      holds = withoutNamed(holds, [name]);
    },
  };
}

const heldLine = (hold: Hold, why: string | undefined): string =>
  why === undefined ? HELD_LINES[hold] : `${HELD_LINES[hold]}: ${why}`;

const HELD_LINES = { paused: 'paused', 'no-network': 'told that the network is gone' } as const satisfies Record<
  Hold,
  string
>;
