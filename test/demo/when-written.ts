// Owns: the moment at which a file is written, seen by watching its folder.
// Leaves: what is in it. Git replaces a ref's file by renaming, so the folder is what must be watched.
import { mkdirSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** When the file is next written, as `performance.now()` has it. Rejects if it is not within the limit. */
export function whenWritten(file: string, limitMs: number): Promise<number> {
  mkdirSync(dirname(file), { recursive: true });
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      watcher.close();
    };
    const watcher = watch(dirname(file), (_event, name) => {
      if (name !== basename(file)) return;
      end();
      resolve(performance.now());
    });
    const timer = setTimeout(() => {
      end();
      reject(new Error(`nothing arrived within ${limitMs / 1000} s: ${file} was not written`));
    }, limitMs);
    // A demo that has failed otherwise does not wait for this.
    watcher.unref();
    timer.unref();
  });
}
