// Owns: where a daemon's named pipes are: in its directory, or elsewhere where the file system has none; and telling so.
// Leaves: the pipes (host/fifo.ts, control/pipe-endpoint.ts), and the place elsewhere (elsewhere.ts).
import fs from 'node:fs';
import path from 'node:path';
import type { DaemonMode, DaemonStatus } from '../../shared/status.ts';
import { goElsewhere, placeNoted } from './elsewhere.ts';
import { removeOwnFile } from './own-file.ts';
import type { StateDirectory } from './state-directory.ts';

export interface PipePaths {
  readonly control: string;
  readonly events: string;
}

const pipesIn = (at: string): PipePaths => ({ control: path.join(at, 'control'), events: path.join(at, 'events') });

/** Of the daemon that runs there. */
export function pipesOf({ path: at, commonDir, pipesElsewhere }: StateDirectory): PipePaths {
  return pipesIn(placeNoted(pipesElsewhere, commonDir) ?? at);
}

/** For `status`, once the pipes are made. */
export function placesOf(directory: StateDirectory, mode: DaemonMode): Places {
  const pipes = pipesOf(directory);
  const areElsewhere = path.dirname(pipes.control) !== directory.path;
  const elsewhere =
    directory.note !== undefined
      ? `its files are in ${directory.path}: the file system of the repository keeps no modes, or no locks`
      : `its named pipes are in ${path.dirname(pipes.control)}: the file system of the repository has none`;
  const hasPipes = mode !== 'foreground';
  return {
    directory: directory.path,
    ...(hasPipes && pipes),
    ...((directory.note !== undefined || (hasPipes && areElsewhere)) && { elsewhere }),
  };
}

type Places = Pick<DaemonStatus, 'directory' | 'control' | 'events' | 'elsewhere'>;

/** To be called only while the lock is held. Throws a UserError where there is no place. */
export function takePipesElsewhere({ commonDir, pipesElsewhere }: StateDirectory, env: NodeJS.ProcessEnv): PipePaths {
  return pipesIn(goElsewhere(pipesElsewhere, commonDir, env));
}

/** Once the pipes are removed: also of an earlier daemon, when there are new ones in the directory. */
export function leavePipesElsewhere({ commonDir, pipesElsewhere }: StateDirectory): void {
  const at = placeNoted(pipesElsewhere, commonDir);
  removeOwnFile(pipesElsewhere);
  if (at === undefined) return;
  try {
    for (const left of fs.readdirSync(at, { withFileTypes: true })) {
      if (left.isFIFO()) fs.rmSync(path.join(at, left.name), { force: true });
    }
    fs.rmdirSync(at);
  } catch {
    // Something else is in it: it does no harm there.
  }
}
