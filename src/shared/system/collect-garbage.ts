// Owns: making V8 give back, in this thread and now, the memory that only starting took.
// Leaves: when that is worth its time (main/supervisor/threads/give-back.ts), and in which threads.

/**
 * Collects all garbage there is: 20 to 30 ms of this thread. It is a hack, as Node has no such call: `gc()` needs a flag,
 * and keeps V8's free pages and the code of what ran only once; V8's own memory reducer comes eight seconds late, in up
 * to three rounds. What a heap snapshot does first is asked for instead, through a debugger's session with ourselves.
 * With ten remotes that is 104 MB rather than 169.
 */
export function collectGarbage(): void {
  // Loaded here, as most of a thread's start is loading. A Node that was built without it throws when it is asked; some
  // older ones cannot ask at all. The process is then as big as V8 likes.
  const inspector = process.features.inspector ? process.getBuiltinModule?.('node:inspector') : undefined;
  if (inspector === undefined) return;
  const session = new inspector.Session();
  session.connect();
  // Not at once: V8 answers with a lock held that disconnecting waits for (Node 20).
  session.post('HeapProfiler.collectGarbage', () => setImmediate(() => session.disconnect()));
}
