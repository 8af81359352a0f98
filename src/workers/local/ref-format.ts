// Owns: telling the format in which a repository keeps its refs from another, without knowing any of them.
// Leaves: what is done when it changes (place-guard.ts), and reading the refs (refs-on-disk.ts).
import path from 'node:path';
import { readRegularFile } from '../../shared/system/read-regular-file.ts';
import { isDirectory, type MountedDisks } from './file-systems.ts';

/** A config is small; one that is larger is not read for this. */
const CONFIG_BYTES = 256 * 1024;

/**
 * Some text that is another when `git refs migrate` was at work, or the config says another `extensions.refStorage`.
 * What cannot be seen is the same for as long as it cannot. Throws deaf-file-system.
 */
export function refFormat(commonDir: string, disks: MountedDisks): string {
  const tables = isDirectory(path.join(commonDir, 'reftable'), disks);
  const heads = isDirectory(path.join(commonDir, 'refs', 'heads'), disks);
  return `${tables ? 'reftable' : 'files'} ${heads ? 'folders' : 'none'} ${refStorage(commonDir, disks)}`;
}

function refStorage(commonDir: string, disks: MountedDisks): string {
  const found = disks.find(path.join(commonDir, 'config'));
  const read = found.kind === 'there' ? readRegularFile(found.place, { mostBytes: CONFIG_BYTES }) : undefined;
  if (read?.kind !== 'read') return '';
  const lines = new TextDecoder().decode(read.bytes).split('\n');
  return lines.filter((line) => /refstorage/i.test(line)).join(' ');
}
