// Owns: reading the config again, by itself or for somebody who asks, and what follows for the remotes.
// Leaves: reading it (main/config/live-config.ts), what a change does to a remote (supervisor.ts), and who asks.
import { printable } from '../../../shared/printable.ts';
import type { RemoteChanges, RemoteName } from '../../../shared/remote.ts';
import type { ConfigNow, LiveConfig, Reread } from '../../config/live-config.ts';
import type { Supervisor } from '../supervisor.ts';
import type { Whole } from './request-desk.ts';

export interface ReloadingTools {
  readonly config: Pick<LiveConfig, 'now' | 'reload'>;
  readonly supervisor: Pick<Supervisor, 'reconfigure' | 'checkAll' | 'wake' | 'personAsks' | 'named' | 'heldOf'>;
  /** The config may be another now, before anything follows from that. */
  readonly taken: () => void;
  /** What was read, for the log. */
  readonly readAgain: (changes: RemoteChanges, isAsked: boolean) => void;
  readonly skipped: (skipped: ConfigNow['skipped']) => void;
  /** A fault of our own. */
  readonly failed: (error: unknown) => void;
}

export interface Reloading {
  /** `isAsked`: by a person or a controller. */
  readonly reload: (isAsked: boolean) => void;
  /** The same, by a person: of these remotes the best ways are tried again; none: of all. Says what he is to be told. */
  readonly reloadFor: (names: readonly RemoteName[]) => Promise<readonly Whole[]>;
}

export function createReloading({ config, supervisor, taken, readAgain, skipped, failed }: ReloadingTools): Reloading {
  const reread = async (isAsked: boolean): Promise<Reread> => {
    const before = config.now().settings;
    const read = await config.reload();
    taken();
    // What could not be read has its line already.
    if (config.now().problem === undefined) readAgain(read, isAsked);
    skipped(config.now().skipped);
    supervisor.reconfigure(read, isAsked);
    // What was fetched by the other mode is not where it is wanted now.
    const { settings } = config.now();
    if (settings.fetchMode !== before.fetchMode) supervisor.checkAll();
    // What was too big may not be now.
    if (settings.maxFetchBytes !== before.maxFetchBytes) supervisor.wake({ came: true, lost: false });
    return read;
  };
  const probe = (names: readonly RemoteName[]): void => {
    if (names.length > 0) supervisor.personAsks();
    for (const name of names) if (supervisor.heldOf(name) === 'no') supervisor.named(name)?.probeAgain();
  };
  return {
    reload: (isAsked) => void reread(isAsked).catch(failed),
    reloadFor: async (names) => {
      try {
        const read = await reread(names.length === 0);
        probe(names);
        return toldOf(read);
      } catch (error) {
        failed(error);
        throw error;
      }
    },
  };
}

/** Pure. */
export function toldOf({ refused, warnings, ...changes }: Reread): readonly Whole[] {
  const warned = warnings.map((text): Whole => ({ say: 'whole', ok: false, text: printable(text) }));
  if (refused !== undefined)
    return [...warned, { say: 'whole', ok: false, text: `the config stays as it was: ${printable(refused)}` }];
  const counts = (['added', 'changed', 'removed'] as const).flatMap((kind) =>
    changes[kind].length > 0 ? `${changes[kind].length} ${kind}` : [],
  );
  const text = `read the config again: ${counts.join(', ') || 'no remote is different'}`;
  return [...warned, { say: 'whole', ok: true, text }];
}
