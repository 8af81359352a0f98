// Owns: how long a worker thread waits for whatever is to end or to answer, in ms, where these times must agree.
// Leaves: the waiting itself, what main waits for (main/patience.ts), and times that concern one file alone.

/**
 * What begins when a link is told to close kindly, in this order. All but the last are cut short by `now`, which the
 * loop itself gives after `kindlyMs` where main does not: when the daemon stops, main gives it earlier.
 */
export const CLOSING = {
  kindlyMs: 1_000,
  /** A watcher on the server ends by itself once its stdin is closed. */
  watcherMs: 1_000,
  /** Each server on the way closes after our goodbye, the innermost first. */
  serverMs: 1_000,
  /** A child (ssh, a ProxyCommand) notices the end of its stdin; the same again for SIGTERM; then it is killed. */
  childMs: 1_000,
  /** To be gone after SIGKILL: only the kernel keeps a child then, for a disk that does not answer. */
  killedMs: 1_000,
  /** To read what a child said before it exited, where somebody it left behind holds its output. */
  lastWordsMs: 500,
  /**
   * From `now` on. Whatever is not closed then is given up by its loop, which ends without it: main would end the thread
   * next, with all its other links (main/patience.ts).
   */
  givenUpMs: 2_000,
} as const;

/** A command of the user's own, with all that it started: few read their stdin, and most obey SIGTERM at once. */
export const ENDING_COMMAND = {
  /** To notice the end of stdin. */
  stdinMs: 200,
  /** To obey SIGTERM. */
  termMs: 500,
  /** To be gone after SIGKILL. A zombie that nobody reaps is not waited for any longer. */
  killedMs: 200,
  /** To read what it said before it ended; only a child of its own may hold its stderr open. */
  lastWordsMs: 100,
} as const;

/** How long an answer may take before whoever owes it is given up. */
export const ANSWER = {
  /** The settings of a host, by `ssh -G`: a user's `Match exec` may be slow, but not this slow. */
  settingsMs: 10_000,
  /** A path of this machine: a disk that sleeps takes up to ten seconds to turn again, and is then asked once more. */
  placeMs: 10_000,
  /** Where a host is, from the name servers. */
  lookUpMs: 30_000,
  /** The server's part of a login, once keys are agreed on: sshd itself ends it by then (LoginGraceTime). */
  loginMs: 120_000,
  /** An ssh agent, whose owner may have to be found, and asked, in the time that sshd leaves. */
  agentMs: 150_000,
  /** The ssh program's login, of which nothing is heard until it is over, before all that comes after it. */
  programLoginMs: 150_000,
  /**
   * A channel, and a command in it, from when it was asked for over a connection that stands: two round trips, and sshd
   * starts the command before it answers. How long a connection may take is for ssh's own ConnectTimeout to say.
   */
  commandMs: 20_000,
  /** READY, from when the watcher was asked for; it may have to look at a big repository first. */
  readyMs: 30_000,
  /** The first word of an upload-pack that was asked for in words of ours, where git has others. */
  spellingMs: 10_000,
  /** A remote's refs, or ours. */
  refsMs: 60_000,
  /**
   * A listing under way may tell that news are none, and is waited for so long: git-annex-shell says all it has 50 ms
   * after it is ready, when the refs are listed, too.
   */
  listingUnderWayMs: 1_000,
} as const;

/** A peer, over whatever network: by tor a way there and back takes seconds. */
export const PEER = {
  /** A stream to it: a circuit of tor, or a program that finds it. */
  dialMs: 90_000,
  /** Each of its answers. */
  answerMs: 60_000,
  /** The first word of a service on a stream that was ready for it, and may be dead without knowing. */
  readyMs: 5_000,
  /** Between two questions whether it is still there, while nothing is heard. What a peer of ours hears in time it counts on. */
  askMs: 300_000,
  /** To be reached and let in once more, where the link may be dead: no less, as what is far away takes its time. */
  proveMs: 30_000,
  /** To end a stream by itself when all is said. */
  farewellMs: 1_000,
  /** A server by which it is reached: to be connected, and then to say each thing that is waited for. */
  serverMs: 20_000,
  /** To be let in by it. */
  loginMs: 60_000,
} as const;
