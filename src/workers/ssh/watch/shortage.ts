// Owns: the words of a system that cannot run a command for now, whoever speaks them. Pure.
// Leaves: every other reason for which a command ends (notify-failures.ts, server-watch.ts).

/** As strerror(3) has it: EAGAIN of a fork, ENOSPC, ENOMEM, EMFILE and ENFILE. */
export const SHORTAGE = /temporarily unavailable|No space left|Cannot allocate memory|Too many open files/i;
