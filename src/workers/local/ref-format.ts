// Owns: telling the format in which a repository keeps its refs from another, without knowing any of them.
// Leaves: what is done when it changes (place-guard.ts), and reading the refs (refs-on-disk.ts).
import { open, stat } from 'node:fs/promises';
import path from 'node:path';

/** A config is small; of one that is not, only what it begins with. */
const CONFIG_BYTES = 64 * 1024;

/**
 * Some text that is another when `git refs migrate` was at work, or the config says another `extensions.refStorage`.
 * Never throws: what cannot be seen is the same as long as it cannot.
 */
export async function refFormat(commonDir: string): Promise<string> {
  const [tables, heads, setting] = await Promise.all([
    isDirectory(path.join(commonDir, 'reftable')),
    isDirectory(path.join(commonDir, 'refs', 'heads')),
    refStorage(path.join(commonDir, 'config')),
  ]);
  return `${tables ? 'reftable' : 'files'} ${heads ? 'folders' : 'none'} ${setting}`;
}

const isDirectory = (place: string): Promise<boolean> =>
  stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );

async function refStorage(config: string): Promise<string> {
  try {
    if (!(await stat(config)).isFile()) return '';
    const file = await open(config);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(CONFIG_BYTES), 0, CONFIG_BYTES, 0);
      const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
      return lines.filter((line) => /refstorage/i.test(line)).join(' ');
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}
