// Owns: how long a git of ours waits for another that holds a lock on refs.
// Leaves: what is tried again when that is over (fetch.ts).

/** For each command that writes refs. In ms; git's defaults are 100 ms and a second. */
export const LOCK_PATIENCE = ['core.filesRefLockTimeout', 'core.packedRefsTimeout', 'reftable.lockTimeout'].flatMap(
  (key) => ['-c', `${key}=10000`],
);
