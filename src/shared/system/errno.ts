// Owns: what it means that the system refused a call: for now, for good, or as there is nothing. Pure.
// Leaves: the call (whoever made it), and when it is tried again (restart.ts).

/**
 * `absent`: there is nothing by that name; `refused`: it is not to be had by this account, or not in this way, until
 * somebody changes that; `passes`: the system could not do it just now, which says nothing of what was asked for.
 */
export type Meaning = 'absent' | 'refused' | 'passes';

/**
 * Every code that says something of the file or program itself (errno(3)). All others pass, those that nobody has
 * thought of too: to try once more costs little, and to take for absent what is there may cost a remote.
 */
const LASTING: Readonly<Record<string, Meaning>> = {
  ENOENT: 'absent',
  ENOTDIR: 'absent',
  ELOOP: 'absent',
  EACCES: 'refused',
  EPERM: 'refused',
  EROFS: 'refused',
  EISDIR: 'refused',
  EINVAL: 'refused',
  ENOEXEC: 'refused',
  E2BIG: 'refused',
  EFBIG: 'refused',
  EOVERFLOW: 'refused',
  ENAMETOOLONG: 'refused',
  ENOSYS: 'refused',
  ENOTSUP: 'refused',
  EOPNOTSUPP: 'refused',
  EAFNOSUPPORT: 'refused',
  EPROTONOSUPPORT: 'refused',
};

/** `code` is Node's, such as EMFILE; without one it is not known what happened, which may pass. */
export function meaningOf(code: string | undefined): Meaning {
  return (code !== undefined && Object.hasOwn(LASTING, code) && LASTING[code]) || 'passes';
}

/** The same said by a program, in the words of strerror(3) (glibc, musl and BSD). */
export const PASSING_WORDS =
  /Resource temporarily unavailable|Cannot allocate memory|Out of memory|Too many open files|No file descriptors available|Input\/output error|I\/O error|Stale (?:NFS )?file handle|Transport endpoint is not connected|Host is down|Interrupted system call/i;

/** Whether a program's complaint is that the system could not do something just now. */
export const saysItPasses = (complaint: string): boolean => PASSING_WORDS.test(complaint);
