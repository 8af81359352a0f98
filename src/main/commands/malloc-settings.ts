// Owns: how glibc's malloc works in a daemon that is started in the background, or by systemd: it looks at its environment once, at exec.
// Leaves: starting one (start.ts). Another libc ignores all this.

/**
 * With 10 remotes and a thread for each they take off 5 MB of 141; measured, as is that neither starting nor fetching takes
 * more processor time. A daemon in the foreground does without: it would have to start Node twice, which is 40 ms of each
 * start, and Node 20 cannot do it in place, so that its pid would be another than the one that its parent knows. V8's own switches did not pay: --max-semi-space-size=1 and
 * --optimize-for-size take off 5 %, but make a start cost 6 to 8 % more; fewer threads for its garbage change nothing.
 */
const SETTINGS = {
  // Each thread would else have an arena of its own, which keeps what was freed in it for this thread.
  MALLOC_ARENA_MAX: '2',
  // What is set stays so: glibc would else raise it with each large block that is freed, and then take large blocks from
  // the arenas, which give back nothing but their end (mallopt(3)).
  MALLOC_MMAP_THRESHOLD_: '131072',
} as const;

/** Tells the process which of its settings are not the user's own. */
const NOT_THE_USERS = 'GIT_REMOTE_DAEMON_MALLOC';

/** The environment of a daemon that is started by a service manager, beside what that gives it. */
export const MALLOC_SETTINGS: Readonly<Record<string, string>> = { ...SETTINGS, [NOT_THE_USERS]: '1' };

/** The environment for a daemon. A user who sets anything of the kind knows what for, and is left alone. */
export function withMallocSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (Object.keys(env).some((name) => /^(?:MALLOC_|GLIBC_TUNABLES$)/.test(name))) return env;
  return { ...env, ...MALLOC_SETTINGS };
}

/** To be called first by the process that was given them: they have done their work, and are not for git and its hooks. */
export function dropMallocSettings(env: NodeJS.ProcessEnv): void {
  if (env[NOT_THE_USERS] === undefined) return;
  for (const name of [...Object.keys(SETTINGS), NOT_THE_USERS]) delete env[name];
}
