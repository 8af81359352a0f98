// Owns: a system bus of a test's own, and stand-ins on it for those who tell of the network.
// Leaves: what listens there (src/main/host/network/bus).
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AtEnd } from './at-end.ts';
import { createLineLog, logLines } from './next-line.ts';
import { killQuietly } from './processes.ts';
import type { Environment, Scratch } from './temp-repo.ts';

export const NETWORK_MANAGER = 'org.freedesktop.NetworkManager';
export const LOGIND = 'org.freedesktop.login1';

export interface TestBus {
  /** For the environment of whoever is to find it. */
  readonly address: string;
  readonly stop: () => void;
  /** Joins it under a name. */
  readonly standIn: (name: string) => Promise<StandIn>;
}

export interface StandIn {
  /** Takes these values, and says so where it was there before. */
  readonly set: (values: Readonly<Record<string, number>>) => void;
  readonly signal: (path: string, of: string, member: string, signature: string, body: readonly unknown[]) => void;
  readonly leave: () => void;
}

const PROPERTIES = 'org.freedesktop.DBus.Properties';
const PATHS: Readonly<Record<string, string>> = {
  [NETWORK_MANAGER]: '/org/freedesktop/NetworkManager',
  [LOGIND]: '/org/freedesktop/login1',
};

/** As that of a system, but for who may take a name: signals come from anybody. */
const configOf = (
  socket: string,
): string => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=${socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/>
<allow send_requested_reply="true" send_type="method_return"/><allow send_requested_reply="true" send_type="error"/>
<allow receive_type="method_call"/><allow receive_type="method_return"/><allow receive_type="error"/><allow receive_type="signal"/>
</policy></busconfig>`;

/** What of the library is used; it tells no types of these. */
interface Client {
  readonly connection: { readonly end: () => void; readonly on: (event: string, listener: () => void) => void };
  readonly requestName: (name: string, flags: number, done: (error: unknown, answer: number) => void) => void;
  readonly sendSignal: (path: string, of: string, name: string, signature: string, body: readonly unknown[]) => void;
  readonly exportInterface: (values: object, path: string, of: object) => void;
}
const library = createRequire(import.meta.url)('@homebridge/dbus-native') as {
  createClient: (options: { busAddress: string }) => Client;
};

export async function startSystemBus(atEnd: AtEnd, scratch: Scratch, name = 'bus'): Promise<TestBus> {
  const socket = join(scratch.directory, name);
  const config = join(scratch.directory, `${name}.conf`);
  writeFileSync(config, configOf(socket));
  const daemon = spawn('dbus-daemon', ['--config-file', config, '--nofork', '--print-address=1'], {
    env: scratch.env as Environment & NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const stop = (): void => killQuietly(daemon.pid ?? 0);
  atEnd(stop);
  const said = createLineLog('dbus-daemon');
  logLines(daemon.stdout, said);
  await said.next(/^unix:/);
  const address = `unix:path=${socket}`;
  return { address, stop, standIn: (as) => joinAs(atEnd, address, as) };
}

async function joinAs(atEnd: AtEnd, busAddress: string, name: string): Promise<StandIn> {
  const client = library.createClient({ busAddress });
  // The bus may be gone first.
  client.connection.on('error', () => undefined);
  const leave = (): void => client.connection.end();
  atEnd(leave);
  const path = PATHS[name] ?? '/';
  const values: Record<string, number> = { Connectivity: 0, Metered: 0 };
  client.exportInterface(values, path, { name, properties: { Connectivity: 'u', Metered: 'u' } });
  await new Promise<void>((resolve, reject) => {
    client.requestName(name, 0, (error) => (error ? reject(error as Error) : resolve()));
  });
  return {
    set: (changed) => {
      Object.assign(values, changed);
      const pairs = Object.entries(changed).map(([property, value]) => [property, ['u', value]]);
      client.sendSignal(path, PROPERTIES, 'PropertiesChanged', 'sa{sv}as', [name, pairs, []]);
    },
    signal: client.sendSignal,
    leave,
  };
}
