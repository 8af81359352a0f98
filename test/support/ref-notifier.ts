// Owns: telling which tips of a repository are new, by really watching its refs: what notifychanges does on a server.
// Leaves: the words it is told in (ssh-peer.ts). Like git-annex-shell, it is silent about deletions.
import { execFile } from 'node:child_process';
import { existsSync, type FSWatcher, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Environment } from './temp-repo.ts';

const run = promisify(execFile);
/** Ref writes of one push are gathered for so long (git-annex-shell: 50 ms). */
const QUIET_MS = 10;

/** Starts watching; resolves when every change from here on will be told. Throws for what is no git repository. */
export async function watchRefs(
  directory: string,
  env: Environment,
  changed: (tips: readonly string[]) => void,
): Promise<{ stop: () => void }> {
  const gitDir = existsSync(join(directory, 'refs')) ? directory : join(directory, '.git');
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let known = new Map<string, string>();
  let stopped = false;

  let comparing = Promise.resolve();
  const compare = async (): Promise<void> => {
    const now = await readRefs(gitDir, env);
    const moved = [...now].filter(([name, tip]) => known.get(name) !== tip).map(([, tip]) => tip);
    known = now;
    if (moved.length > 0 && !stopped) changed([...new Set(moved)]);
  };
  /** One after the other: one that began earlier and ended later would tell the tips of before. */
  const compareNext = (): void => {
    comparing = comparing.then(compare).catch((failure) => complain(gitDir, failure));
  };
  const touched = (): void => {
    if (stopped) return;
    // A folder that came in between is watched before it is read, so nothing falls between the two.
    watchFolders(gitDir, watchers, touched);
    clearTimeout(timer);
    timer = setTimeout(compareNext, QUIET_MS);
  };
  watchFolders(gitDir, watchers, touched);
  known = await readRefs(gitDir, env);
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

/** A ref changed while it was read, or the test is over and the repository gone: the next event compares again. */
function complain(gitDir: string, failure: unknown): void {
  if (existsSync(gitDir)) process.stderr.write(`ref-notifier: ${String(failure)}\n`);
}

/** One plain watch per folder: a recursive one misses repeated updates of one ref (Node 20). */
function watchFolders(gitDir: string, watchers: Map<string, FSWatcher>, touched: () => void): void {
  const wanted = [gitDir, ...foldersIn(join(gitDir, 'refs'))];
  for (const [folder, watcher] of watchers) {
    if (wanted.includes(folder)) continue;
    watcher.close();
    watchers.delete(folder);
  }
  for (const folder of wanted) {
    if (watchers.has(folder)) continue;
    try {
      watchers.set(folder, watch(folder, touched).on('error', touched));
    } catch {
      // Git removes empty folders of refs at any time; what happened there shows in the comparison.
    }
  }
}

function foldersIn(folder: string): string[] {
  try {
    const inner = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [folder, ...inner.flatMap((entry) => foldersIn(join(folder, entry.name)))];
  } catch {
    // Removed since it was listed.
    return [];
  }
}

async function readRefs(gitDir: string, env: Environment): Promise<Map<string, string>> {
  const { stdout } = await run('git', ['for-each-ref', '--format=%(refname) %(objectname)'], {
    cwd: gitDir,
    env,
    maxBuffer: 2 ** 26,
  });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
}
