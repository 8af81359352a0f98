// Owns: which file does which command. Each is loaded only when it is called.
// Leaves: the daemon itself, which is started by ../cli.ts.
import { UserError } from '../user-error.ts';
import type { Handler } from './handler.ts';
import type { CommandName } from './table/table.ts';

type Dispatched = Exclude<CommandName, 'run' | 'foreground' | 'help'>;

const notYet = async (): Promise<Handler> => () => Promise.reject(new UserError('not implemented yet'));

export const HANDLERS: Readonly<Record<Dispatched, () => Promise<Handler>>> = {
  start: async () => (await import('./start-here.ts')).startCommand,
  restart: notYet,
  stop: async () => (await import('./orders.ts')).stopCommand,
  status: async () => (await import('./show-status.ts')).statusCommand,
  events: notYet,
  log: async () => (await import('./show-log.ts')).logCommand,
  watch: notYet,
  fetch: notYet,
  wait: notYet,
  pause: async () => (await import('./orders.ts')).orderCommand,
  resume: async () => (await import('./orders.ts')).orderCommand,
  reload: async () => (await import('./orders.ts')).orderCommand,
  register: notYet,
  unregister: notYet,
  'service install': notYet,
  'service remove': notYet,
  'service status': notYet,
  completion: async () => (await import('./completion/completion.ts')).completionCommand,
  'annex-wrapper': async () => (await import('./annex-wrapper.ts')).annexWrapperCommand,
  'peer invite': async () => (await import('./peer.ts')).peerCommand,
  'peer accept': async () => (await import('./peer.ts')).peerCommand,
  'peer list': async () => (await import('./peer.ts')).peerCommand,
  'peer remove': async () => (await import('./peer.ts')).peerCommand,
};
