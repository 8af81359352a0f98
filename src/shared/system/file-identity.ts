// Owns: telling a file or directory from another one that has come in its place.
// Leaves: whether it was written since (workers/local/place-guard.ts, workers/local/refs-on-disk.ts).
import fs from 'node:fs';
import { meaningOf } from './errno.ts';
import { errorCode } from './error-code.ts';

/** `unseen`: it may be there, but cannot be looked at now: permission denied, or a disk that fails for a while. */
export type FoundFile =
  | { readonly kind: 'there'; readonly identity: string; readonly bornNs: bigint; readonly isDirectory: boolean }
  | { readonly kind: 'gone' | 'unseen' };

/**
 * Links are followed. `identity` is good as long as somebody holds the file open: the number of an inode that is freed
 * may come again.
 */
export function lookAt(file: string): FoundFile {
  try {
    const found = fs.statSync(file, { bigint: true });
    const { dev, ino, birthtimeNs: bornNs } = found;
    return { kind: 'there', identity: `${dev}:${ino}`, bornNs, isDirectory: found.isDirectory() };
  } catch (error) {
    const code = errorCode(error);
    // A loop of links may lead somewhere again.
    return { kind: meaningOf(code) === 'absent' && code !== 'ELOOP' ? 'gone' : 'unseen' };
  }
}

/** The same of what was found already, whatever it is: good also when nobody holds it open, but where its times are unknown. */
export const identityOf = ({ dev, ino, birthtimeNs }: fs.BigIntStats): string => `${dev}:${ino}:${birthtimeNs}`;

/** Of what is there itself, not of where a link leads to; undefined: nothing that can be seen. */
export function ownIdentity(file: string): string | undefined {
  try {
    return identityOf(fs.lstatSync(file, { bigint: true }));
  } catch {
    // Gone, or out of sight: not the one that is looked for either way.
    return undefined;
  }
}

/** Tells also those apart of which one came when the other was gone; undefined if no directory can be seen there. */
export function directoryIdentity(directory: string): string | undefined {
  const found = lookAt(directory);
  return found.kind === 'there' && found.isDirectory ? `${found.identity}:${found.bornNs}` : undefined;
}
