// Owns: that what does the commands is loaded only for one of them: the daemon, which is this program as well, needs none.
// Leaves: which file does which (handlers.ts).
import type { Call } from './command-line.ts';
import type { Handler } from './handler.ts';
import type { Dispatched } from './handlers.ts';

/** With --all that is this program once more, in each registered repository. */
export async function handlerOf({ command, options }: Call & { readonly command: Dispatched }): Promise<Handler> {
  const { HANDLERS, handlerForEach } = await import('./handlers.ts');
  return options.has('--all') ? handlerForEach() : HANDLERS[command]();
}

export const controlPath = async (): Promise<string> => (await import('./handlers.ts')).controlPath();

export const buildOptions = async (env: NodeJS.ProcessEnv): Promise<string> =>
  (await import('./handlers.ts')).buildOptions(env);
