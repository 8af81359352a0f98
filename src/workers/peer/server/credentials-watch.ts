// Owns: noticing that the files of tokens were written, whoever did it.
// Leaves: reading them (tokens.ts), and who is shut out then (door.ts).
import path from 'node:path';
import { READ_ONLY_TOKENS_FILE, TOKENS_FILE } from '../../../shared/p2p/credentials.ts';
import { createDirectoryWatches, type Matters } from '../../../shared/system/directory-watches.ts';

/** Where there is no watch to be had. */
const LOOK_MS = 2_000;

const named =
  (...names: readonly string[]): Matters =>
  (name) =>
    names.includes(name);

/** Calls `changed` when they may say something else. */
export function watchCredentials(gitDir: string, changed: () => void): { readonly close: () => void } {
  // The folders may be made later.
  const folders: readonly (readonly [string, Matters])[] = [
    [gitDir, named('annex')],
    [path.join(gitDir, 'annex'), named('creds')],
    [path.join(gitDir, 'annex', 'creds'), named(TOKENS_FILE, READ_ONLY_TOKENS_FILE)],
  ];
  let timer: NodeJS.Timeout | undefined;
  const later = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(look, ms).unref();
  };
  const watches = createDirectoryWatches({
    onEvent: (event) => event !== 'stirred' && later(0),
    persistent: false,
  });
  const enterAll = (): boolean => {
    try {
      for (const [folder, matters] of folders) if (watches.enter(folder, matters) === 'gone') break;
      watches.sweep();
      return true;
    } catch {
      // It is looked at now and then.
      return false;
    }
  };
  const look = (): void => {
    const isWatched = enterAll();
    changed();
    if (!isWatched) later(LOOK_MS);
  };
  if (!enterAll()) later(LOOK_MS);
  return {
    close: () => {
      clearTimeout(timer);
      watches.close();
    },
  };
}
