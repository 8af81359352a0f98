// Owns: telling the format in which a repository keeps its refs from another, and where it keeps them.
// Leaves: what is done when it changes (place-guard.ts), and reading the refs (refs-on-disk.ts).
import path from 'node:path';
import { DaemonError } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import { readRegularFile } from '../../shared/system/read-regular-file.ts';
import { throwIfItPasses } from '../../shared/system/unread.ts';
import { isDirectory, type MountedDisks } from './file-systems.ts';

/** A config is small; one that is larger is not read for this. */
const CONFIG_BYTES = 256 * 1024;

export interface RefFormat {
  /** Some text that is another when `git refs migrate` was at work, or the config says another `extensions.refStorage`. */
  readonly format: string;
  /** Where the refs are, if that is not the git directory (git 2.54). */
  readonly elsewhere?: string;
}

/**
 * What cannot be seen is the same for as long as it cannot. Throws deaf-file-system, not-now, and cannot-watch where
 * only git can say where the refs are.
 */
export function refFormat(commonDir: string, disks: MountedDisks): RefFormat {
  const tables = isDirectory(path.join(commonDir, 'reftable'), disks);
  const heads = isDirectory(path.join(commonDir, 'refs', 'heads'), disks);
  const lines = refStorage(commonDir, disks);
  const format = `${tables ? 'reftable' : 'files'} ${heads ? 'folders' : 'none'} ${lines.join(' ')}`;
  const value = storageIn(lines.at(-1) ?? '');
  if (value === undefined) return { format };
  const elsewhere = path.resolve(commonDir, value.place);
  if (!KNOWN.has(value.kind) || !isDirectory(elsewhere, disks)) {
    const why = `${printable(commonDir)} keeps its refs in ${printable(`${value.kind}://${value.place}`)}`;
    throw new DaemonError('cannot-watch', `${why}, which only git can read`);
  }
  return value.place === '' ? { format } : { format, elsewhere };
}

/** Each has its files below one folder, named as in a git directory. */
const KNOWN: ReadonlySet<string> = new Set(['files', 'reftable']);

/** `<format>` or `<format>://<path>`, as in a config: perhaps in quotes. Undefined: that is not what the line says. */
export function storageIn(line: string): { readonly kind: string; readonly place: string } | undefined {
  const [, kind, place = ''] = /^\s*refstorage\s*=\s*"?(\w+)(?::\/\/([^"]*))?/i.exec(line) ?? [];
  return kind === undefined ? undefined : { kind: kind.toLowerCase(), place: place.trim() };
}

function refStorage(commonDir: string, disks: MountedDisks): readonly string[] {
  const found = disks.find(path.join(commonDir, 'config'));
  if (found.kind !== 'there') return [];
  const read = readRegularFile(found.place, { mostBytes: CONFIG_BYTES });
  // Without it, a watch of where the refs are not would be deaf.
  throwIfItPasses(found.place, read);
  if (read.kind !== 'read') return [];
  const lines = new TextDecoder().decode(read.bytes).split('\n');
  return lines.filter((line) => /refstorage/i.test(line));
}
