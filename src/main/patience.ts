// Owns: how long the main thread waits for whatever is to end or to answer, in ms, where these times must agree.
// Leaves: the waiting itself, the worker threads' times (workers/patience.ts), and times that concern one file alone.

/**
 * What begins at STOP, in this order. What is not over in its time is passed over. Where all links obey, that is 0.7 s
 * and at most 1 for a reader; where some must be forced, 1.2 s and what is left for a reader. `goneMs` and `killedMs` run
 * beside all of it and end the process with whatever would not go (design §2: within 2 s); the next start clears what
 * that left.
 */
export const STOP = {
  /** Links say goodbye, as `kindly` orders; git ends at the same time, as below. */
  goodbyesMs: 700,
  /** The links that are left close `now`. */
  forcedMs: 500,
  /** The last lines of the control protocol, then of a log on stderr, are read by somebody; mostly they are at once. */
  lastLinesMs: 1_000,
  /** Threads are ended; one that is in a call of the system that does not return cannot be. */
  threadsMs: 300,
  /** From STOP on: the process exits, for which it waits for its threads. */
  goneMs: 1_900,
  /** From STOP on: it is killed, by a process that waits for nothing (instance/watchdog.ts). A busy machine takes a while to exit. */
  killedMs: 2_400,
} as const;

/** A link, as its worker reports on it. */
export const LINK = {
  /** Until its thread says what it is busy with; one that says nothing of that, such as a path's, until it is connected. */
  startMs: 60_000,
  /** A phase that its worker should have ended by itself so long ago is ended from here. */
  slackMs: 10_000,
  /** To close when it is told to; then its thread is ended. The worker gives up what does not close before that. */
  closedMs: 5_000,
  /** To hear anything from the other side, where the network is another or the machine slept. */
  proveMs: 5_000,
} as const;

/** A network that is served, as its worker reports on it. It closes as a link does. */
export const SERVICE = {
  /** Until it listens: its thread has to start, and a program may have to reach its network first. */
  startMs: 60_000,
  /** Of a push that is told to end, to be over; then its turn goes to others, whatever still runs. */
  writeEndedMs: 5_000,
} as const;

/** Ending git, and all it started. */
export const ENDING_GIT = {
  /** To obey SIGTERM: it removes its lock files and temporary packs then, but for one that it is just making. */
  graceMs: 2_000,
  /** The same when the daemon stops, or the network is gone. */
  hurriedGraceMs: 300,
  /** To be gone after SIGKILL. Only the kernel keeps a process then (a dead NFS server): nothing is left to be done. */
  killedMs: 2_000,
  /** To read what git wrote before it exited, where somebody it left behind holds its output. */
  lastWordsMs: 200,
} as const;

/** A query of git reads a few local files; one that takes longer hangs in the file system. */
export const GIT_QUERY_MS = 60_000;
/** flock, perl, mkfifo and ps have nothing to wait for; one that hangs (a dead network file system) is ended. */
export const SYSTEM_COMMAND_MS = 10_000;

/** What another daemon, which is told to end by `stop` or by `--replace`, may take. */
export const ANOTHER_DAEMON = {
  /** To obey STOP: where its main thread lives, it is gone after STOP.killedMs. */
  obeyedMs: 5_000,
  /** To obey SIGTERM: it may not read its pipe. */
  signalledMs: 3_000,
  /** To be gone after SIGKILL. */
  killedMs: 5_000,
} as const;
