// Owns: a repository for one fetch, beside this one: it has few refs and all of the objects, and is gone when that is over.
// Leaves: which refs, and what is fetched into it (fetch-beside.ts).
import fs from 'node:fs';
import path from 'node:path';
import type { Environment } from '../../../shared/git-environment.ts';
import type { ObjectName, RefName } from '../../../shared/remote.ts';
import { readRefFile } from '../refs-here.ts';

export interface SideRepository {
  /** Of a git that is to work in it. */
  readonly environment: Environment;
  /** What was fetched; undefined: the ref is as it was made. */
  readonly fetched: (ref: RefName) => ObjectName | undefined;
  readonly remove: () => Promise<void>;
}

export interface SideContent {
  readonly config: string;
  readonly refs: readonly (readonly [name: string, tip: ObjectName])[];
}

const NAME = 'fetch-';
const OURS = { mode: 0o600, flag: 'wx' } as const;

/** In `parent`, which is made if need be, in a directory that there is. Throws where the disk does. */
export function makeSide(parent: string, commonDir: string, { config, refs }: SideContent): SideRepository {
  if (!fs.existsSync(parent)) fs.mkdirSync(parent, { mode: 0o700 });
  const directory = fs.mkdtempSync(path.join(parent, NAME));
  try {
    fill(directory, { config, refs });
  } catch (error) {
    fs.rmSync(directory, { recursive: true, force: true });
    throw error;
  }
  return {
    environment: {
      GIT_DIR: directory,
      GIT_OBJECT_DIRECTORY: path.join(commonDir, 'objects'),
      GIT_WORK_TREE: undefined,
    },
    fetched: readRefFile(directory),
    remove: () => fs.promises.rm(directory, { recursive: true, force: true }).catch(() => undefined),
  };
}

function fill(directory: string, { config, refs }: SideContent): void {
  const lines = refs.map(([name, tip]) => [name, `${tip} ${name}\n`] as const);
  lines.sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  // Nothing is said of what tags lead to: git looks.
  const packed = `# pack-refs with: sorted \n${lines.map(([, line]) => line).join('')}`;
  fs.mkdirSync(path.join(directory, 'refs'), { mode: 0o700 });
  fs.writeFileSync(path.join(directory, 'config'), config, OURS);
  fs.writeFileSync(path.join(directory, 'packed-refs'), packed, OURS);
  fs.writeFileSync(path.join(directory, 'HEAD'), 'ref: refs/heads/none\n', OURS);
}

/** What a daemon that was killed has left. */
export async function removeSides(parent: string): Promise<void> {
  await fs.promises.rm(parent, { recursive: true, force: true }).catch(() => undefined);
}
