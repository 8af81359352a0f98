// Owns: one repository's service as a whole: its manager, its file, and the daemon that runs there.
// Leaves: changing any of it (install.ts, remove.ts), and the words (service-words.ts).
import fs from 'node:fs';
import { type Running, runningDaemon } from '../../instance/running-daemon.ts';
import {
  findStateDirectory,
  prepareStateDirectory,
  type StateDirectory,
  stateDirectory,
} from '../../instance/state-directory.ts';
import { startInBackground } from '../start.ts';
import type { Seen, ServiceManager } from './manager.ts';
import { managerFor } from './managers.ts';
import { readWritten, type Written } from './written-file.ts';

export interface Service {
  readonly manager: ServiceManager;
  readonly written: Written;
  readonly seen: Seen;
  /** Undefined: no daemon has ever run there. */
  readonly directory: StateDirectory | undefined;
  readonly running: Running | undefined;
}

export interface WhichRepository {
  readonly top: string;
  /** Absent: the repository is gone. */
  readonly commonDir?: string;
}

/** Throws a UserError. */
export async function lookAtService({ top, commonDir }: WhichRepository, env: NodeJS.ProcessEnv): Promise<Service> {
  const directory = commonDir === undefined ? undefined : findStateDirectory(commonDir);
  const { log } = directory ?? stateDirectory(commonDir ?? top);
  const start = async (): Promise<void> => {
    await startInBackground(prepareStateDirectory(commonDir ?? top, env), { cwd: top, env, replace: false });
  };
  const manager = await managerFor({ top, log, start }, env);
  return {
    manager,
    written: readWritten(manager.file),
    seen: await manager.look(),
    directory,
    running: directory && (await runningDaemon(directory)),
  };
}

/** The file is there for all repositories where they share it. */
export const isInstalled = ({ manager, written, seen }: Service): boolean =>
  seen.enabled || (written.kind === 'ours' && !manager.isShared);

/** Whether the daemon that runs is the service's own. */
export const isItsOwn = (seen: Seen, running: Running | undefined): boolean =>
  running !== undefined && (seen.runs === 'unwatched' || (running.kind === 'named' && seen.pid === running.pid));

export const exists = (at: string): boolean => fs.existsSync(at);
