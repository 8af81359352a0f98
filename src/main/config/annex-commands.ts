// Owns: what the commands say by which git-annex is told anew each time whether a remote counts (git-annex(1)).
// Leaves: what follows from it (why-skipped.ts, remotes.ts), and running them (host/system-command.ts).
import type { GitConfig } from './git-config.ts';

/** Their exit statuses, by the command; a signal, or no answer in time, counts as 128. */
export type CommandStatuses = ReadonlyMap<string, number>;

/** Runs a line of shell where git runs. Never rejects. */
export type RunShell = (command: string) => Promise<number>;

/** Each says by a status other than 0 what the key without `-command` would say. */
export const ANNEX_COMMANDS = ['annex-sync-command', 'annex-ignore-command'] as const;

/** Runs each once, however many remotes name it. */
export async function askCommands(config: GitConfig, run: RunShell): Promise<CommandStatuses> {
  const commands = config
    .subsections('remote')
    .flatMap((name) => ANNEX_COMMANDS.flatMap((key) => config.get(`remote.${name}.${key}`) || []));
  const statuses = [...new Set(commands)].map(async (command) => [command, await run(command)] as const);
  return new Map(await Promise.all(statuses));
}

/** The status of a command that said no; undefined where it said yes, or there is none. */
export function refusal(
  statuses: CommandStatuses,
  { get }: { readonly get: (key: string) => string | undefined },
  key: (typeof ANNEX_COMMANDS)[number],
): number | undefined {
  const command = get(key);
  return (command !== undefined && statuses.get(command)) || undefined;
}
