// Owns: listening on the system bus for as long as the daemon runs: finding it, asking once, and joining it again.
// Leaves: the connection (system-bus.ts), what is heard (bus-news.ts), and what is done about it (supervisor).
import { existsSync } from 'node:fs';
import { printable } from '../../../../shared/printable.ts';
import { decideWait } from '../../../../shared/restart.ts';
import {
  type BusEvent,
  type BusState,
  type BusTell,
  isMetered,
  MATCHES,
  NETWORK_MANAGER,
  NOBODY_THERE,
  PROPERTIES,
  stepBus,
  TELLERS,
  tellsOfSleep,
} from './bus-news.ts';
import type { Call, SystemBus } from './system-bus.ts';

export interface BusWatch {
  /** undefined: nobody says. */
  readonly isMetered: () => boolean | undefined;
  /** Resolves when it was asked for the first time, or there is nobody to ask. */
  readonly asked: Promise<void>;
  readonly close: () => void;
}

export interface BusWatchOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly fullConnectivity: () => void;
  readonly woke: () => void;
  readonly sleepIsTold: (isTold: boolean) => void;
  readonly meteredChanged: () => unknown;
  readonly log: (text: string) => void;
}

const USUAL_PLACE = '/run/dbus/system_bus_socket';

/** The socket of the first address that has one; undefined: there is none. A socket without a file begins with NUL. */
export function busSocket({ DBUS_SYSTEM_BUS_ADDRESS: addresses }: NodeJS.ProcessEnv): string | undefined {
  if (!addresses) return USUAL_PLACE;
  const [, key, value = ''] = /(?:^|;)unix:(?:[^;]*,)?(path|abstract)=([^,;]+)/.exec(addresses) ?? [];
  const unescaped = value.replace(/%([\da-f]{2})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return key === undefined ? undefined : `${key === 'abstract' ? '\0' : ''}${unescaped}`;
}

/** Where there is no bus nothing is loaded, and it is looked for again as seldom as anything. */
export function watchBus(options: BusWatchOptions): BusWatch {
  const { env, fullConnectivity, woke, sleepIsTold, meteredChanged, log } = options;
  const socketPath = busSocket(env);
  let state: BusState = NOBODY_THERE;
  let bus: SystemBus | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let failures = 0;
  let wasAsked = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    wasAsked = resolve;
  });
  const take = (next: BusState): void => {
    const before = state;
    state = next;
    if (tellsOfSleep(before) !== tellsOfSleep(next)) sleepIsTold(tellsOfSleep(next));
    if (isMetered(before) !== isMetered(next)) meteredChanged();
  };
  const step = (event: BusEvent): void => {
    const next = stepBus(state, event);
    take(next.state);
    for (const tell of next.tells) act(tell);
  };
  const act = ({ kind }: BusTell): void => {
    if (kind === 'full-connectivity') fullConnectivity();
    if (kind === 'woke') woke();
    if (kind === 'ask-values') askValues();
  };
  const askValues = (): void => {
    for (const property of PROPERTIES)
      bus?.call(valueCall(property), (body) => {
        step({ kind: 'value', property, value: body?.[0] });
        if (property === PROPERTIES.at(-1)) wasAsked();
      });
  };
  const joined = (): void => {
    for (const rule of MATCHES) bus?.call(ofBus('AddMatch', rule), () => undefined);
    for (const name of TELLERS)
      bus?.call(ofBus('GetNameOwner', name), (body) => {
        const [owner] = body ?? [];
        if (typeof owner === 'string') step({ kind: 'owner', name, owner });
        else if (name === NETWORK_MANAGER) wasAsked();
      });
  };
  const again = (livedMs: number, why?: string): void => {
    wasAsked();
    if (isClosed) return;
    const wait = decideWait(failures, livedMs, Math.random);
    failures = wait.failures;
    if (why !== undefined && failures === 1) log(`the system bus does not tell of the network: ${printable(why)}`);
    timer = setTimeout(tryToJoin, wait.waitMs).unref();
  };
  const join = async (): Promise<void> => {
    if (socketPath === undefined || !(socketPath.startsWith('\0') || existsSync(socketPath))) return again(0);
    const startedMs = performance.now();
    const { joinBus } = await import('./system-bus.ts');
    if (isClosed) return;
    bus = joinBus(socketPath, {
      joined,
      signal: (signal) => step({ kind: 'signal', ...signal }),
      ended: (why) => {
        bus = undefined;
        take(NOBODY_THERE);
        again(performance.now() - startedMs, why);
      },
    });
  };
  // What is not there to be loaded, as in a program that was just upgraded, is no more than a bus that is not there.
  const tryToJoin = (): void => void join().catch(() => again(0));
  tryToJoin();
  return {
    isMetered: () => isMetered(state),
    asked,
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      bus?.close();
      wasAsked();
    },
  };
}

const ofBus = (member: string, word: string): Call => ({
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
  member,
  signature: 's',
  body: [word],
});

const valueCall = (property: string): Call => ({
  destination: NETWORK_MANAGER,
  path: '/org/freedesktop/NetworkManager',
  interface: 'org.freedesktop.DBus.Properties',
  member: 'Get',
  signature: 'ss',
  body: [NETWORK_MANAGER, property],
});
