// Owns: all that tells of the network put together, and what it is followed by: waking remotes, being sparing.
// Leaves: each of those who tell (host/network), and what waking and holding mean (supervisor.ts).
import { within } from '../../shared/timing/within.ts';
import type { LiveConfig } from '../config/live-config.ts';
import type { DaemonContext } from '../daemon-context.ts';
import { addressReader } from '../host/network/addresses.ts';
import { watchBus } from '../host/network/bus/watch-bus.ts';
import { COMMANDS, watchLinks } from '../host/network/link-watch.ts';
import { watchNetwork } from '../host/network/network.ts';
import { createNewsPace } from '../host/network/news-pace.ts';
import { readPowerSupplies, runsOnBattery } from '../host/network/power.ts';
import { readDefaultRoutes } from '../host/network/routes.ts';
import { type Thrift, thriftFor } from '../host/network/thrift.ts';
import type { Supervisor } from './supervisor.ts';

export interface NetworkNeeds {
  readonly config: LiveConfig;
  readonly supervisor: () => Pick<Supervisor, 'wake' | 'hold' | 'resume' | 'records' | 'served'>;
}

export interface NetworkHere {
  readonly isOnline: () => boolean;
  /** A new config was taken. */
  readonly configured: () => void;
  /** Resolves when it is known whether the network is metered, where that matters, or soon at any rate. */
  readonly settled: () => Promise<void>;
}

const HOLDER = 'network';
/** A start is not to wait longer. */
const SETTLED_MS = 500;
/** Only where the config asks for it. */
const BATTERY_EVERY_MS = 5_000;

export function assembleNetwork(context: DaemonContext, { config, supervisor }: NetworkNeeds): NetworkHere {
  const { options, log, without, onStop } = context;
  const { env } = options;
  const say = (text: string): void => log.info('network', text);
  const pace = createNewsPace({
    tell: ({ why, ...change }) => {
      say(why);
      supervisor().wake(change);
      config.networkChanged();
    },
    ...REAL_TIME,
  });
  onStop(pace.close);
  const changed = pace.hear;
  const network = watchNetwork({
    addresses: addressReader(without),
    routes: readDefaultRoutes,
    now: () => ({ wallMs: Date.now(), monotonicMs: performance.now() }),
    every,
    changed,
  });
  onStop(network.close);
  const links = watchLinks({
    command: COMMANDS[process.platform],
    env,
    isWanted: () =>
      config.now().remotes.some(({ onThisHost }) => !onThisHost) || supervisor().served.statuses().length > 0,
    look: network.look,
    tells: network.linksAreTold,
    log: say,
  });
  onStop(links.close);
  let isSettled = false;
  const bus = watchBus({
    env,
    fullConnectivity: () =>
      changed({ came: true, lost: false, why: 'NetworkManager says that everything can be reached now' }),
    woke: network.woke,
    sleepIsTold: network.sleepIsTold,
    // Before that nobody is there to be held.
    meteredChanged: () => isSettled && thrift.look(),
    log: say,
  });
  onStop(bus.close);
  const thrift = createThrift({ config, supervisor, isMetered: () => bus.isMetered() === true });
  onStop(thrift.close);
  return {
    isOnline: network.isOnline,
    configured: () => {
      links.configured();
      thrift.look();
    },
    settled: async () => {
      if (config.now().settings.onMetered !== 'run') await within(bus.asked, SETTLED_MS);
      isSettled = true;
      thrift.look();
    },
  };
}

/** Monotonic. */
const REAL_TIME = {
  nowMs: (): number => performance.now(),
  setTimer: (callBack: () => void, ms: number): (() => void) => {
    const timer = setTimeout(callBack, ms).unref();
    return () => clearTimeout(timer);
  },
};

function every(ms: number, look: () => void): () => void {
  const timer = setInterval(look, ms).unref();
  return () => clearInterval(timer);
}

interface ThriftNeeds extends NetworkNeeds {
  readonly isMetered: () => boolean;
}

/** Holds, or has the config read so that remotes are polled, for as long as that is wanted. */
function createThrift({ config, supervisor, isMetered }: ThriftNeeds): { look: () => void; close: () => void } {
  let now: Thrift = { kind: 'run' };
  let onBattery = false;
  let endAsking: (() => void) | undefined;
  const apply = (): void => {
    const { onMetered, onBattery: wish } = config.now().settings;
    const before = now;
    now = thriftFor({ onMetered, onBattery: wish, isMetered: isMetered(), runsOnBattery: onBattery });
    if (now.kind === 'pause' && !isSame(before, now)) supervisor().hold(HOLDER, 'paused', now.why);
    if (now.kind !== 'pause' && before.kind === 'pause') supervisor().resume(HOLDER);
    config.pollOnly(now.kind === 'poll' ? now.why : undefined);
  };
  const askBattery = async (): Promise<void> => {
    onBattery = runsOnBattery(await readPowerSupplies());
    if (endAsking) apply();
  };
  const look = (): void => {
    const isOfInterest = config.now().settings.onBattery !== 'run';
    if (!isOfInterest) {
      endAsking?.();
      endAsking = undefined;
      onBattery = false;
    } else if (!endAsking) {
      endAsking = every(BATTERY_EVERY_MS, () => void askBattery());
      void askBattery();
    }
    apply();
  };
  return { look, close: () => endAsking?.() };
}

const isSame = (one: Thrift, other: Thrift): boolean =>
  one.kind === other.kind && (one.kind === 'run' || other.kind === 'run' || one.why === other.why);
