// Owns: giving back the memory that this thread needed only to load its code and to log in.
// Leaves: when that is worth its time (main/supervisor/threads/give-back.ts).

/** Collects all garbage there is. A plain `gc()` would keep V8's free pages, and the code of what ran only once. */
export function giveBack(): void {
  // Loaded here, as most of a thread's start is loading.
  // A Node that was built without it throws when it is asked; some older ones cannot ask at all.
  const inspector = process.features.inspector ? process.getBuiltinModule?.('node:inspector') : undefined;
  if (inspector === undefined) return;
  const session = new inspector.Session();
  session.connect();
  // Not at once: V8 answers with a lock held that disconnecting waits for (Node 20).
  session.post('HeapProfiler.collectGarbage', () => setImmediate(() => session.disconnect()));
}
