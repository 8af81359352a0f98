// Owns: which file does which command. Each is loaded only when it is called.
// Leaves: the daemon itself, which is started by ../cli.ts.
import type { Handler } from './handler.ts';
import type { CommandName } from './table/table.ts';

export type Dispatched = Exclude<CommandName, 'run' | 'foreground' | 'help'>;

export const HANDLERS: Readonly<Record<Dispatched, () => Promise<Handler>>> = {
  start: async () => (await import('./start-here.ts')).startCommand,
  restart: async () => (await import('./restart.ts')).restartCommand,
  stop: async () => (await import('./orders.ts')).stopCommand,
  status: async () => (await import('./status/status-command.ts')).statusCommand,
  events: async () => (await import('./events.ts')).eventsCommand,
  log: async () => (await import('./show-log.ts')).logCommand,
  watch: async () => (await import('./watch.ts')).watchCommand,
  fetch: async () => (await import('./fetch-wait.ts')).fetchCommand,
  wait: async () => (await import('./fetch-wait.ts')).waitCommand,
  pause: async () => (await import('./orders.ts')).orderCommand,
  resume: async () => (await import('./orders.ts')).orderCommand,
  reload: async () => (await import('./orders.ts')).orderCommand,
  register: async () => (await import('./many/register.ts')).registerCommand,
  unregister: async () => (await import('./many/register.ts')).unregisterCommand,
  'service install': async () => (await import('./service/install.ts')).installCommand,
  'service remove': async () => (await import('./service/remove.ts')).removeCommand,
  'service status': async () => (await import('./service/show-service.ts')).serviceStatusCommand,
  completion: async () => (await import('./completion/completion.ts')).completionCommand,
  'annex-wrapper': async () => (await import('./annex-wrapper.ts')).annexWrapperCommand,
  'peer invite': async () => (await import('./peer.ts')).peerCommand,
  'peer accept': async () => (await import('./peer.ts')).peerCommand,
  'peer list': async () => (await import('./peer.ts')).peerCommand,
  'peer remove': async () => (await import('./peer.ts')).peerCommand,
};

/** Does any command once more, in each registered repository. */
export const handlerForEach = async (): Promise<Handler> => (await import('./many/in-each.ts')).inEachRepository;

export const controlPath = async (): Promise<string> => (await import('./orders.ts')).controlPath();

export const buildOptions = async (env: NodeJS.ProcessEnv): Promise<string> =>
  (await import('./show-versions.ts')).buildOptions(env);
