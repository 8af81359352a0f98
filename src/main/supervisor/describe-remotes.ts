// Owns: telling all that is known of each remote, and of each network that is served, to whoever looks for a fault.
// Leaves: when that is asked (main/daemon.ts), and what is known (remote/record.ts).
import { scopeOf } from './assemble-serving.ts';
import { describeRecord } from './remote/record.ts';
import type { Supervisor } from './supervisor.ts';

interface Asked {
  readonly asked: (scope: string, text: string) => void;
}

export function describeRemotes(log: Asked & { readonly ofRemote: Asked }, supervisor: Supervisor): void {
  log.asked('daemon', `held: ${supervisor.held()}`);
  for (const record of supervisor.records()) {
    for (const line of describeRecord(record)) log.ofRemote.asked(record.config.name, line);
  }
  for (const { network, lines } of supervisor.served.describe()) {
    for (const line of lines) log.ofRemote.asked(scopeOf(network), line);
  }
}
