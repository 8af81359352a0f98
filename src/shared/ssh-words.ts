// Owns: how much of an ssh program's stderr is its own words, and not those of whoever it talked to.
// Leaves: what the words mean (git-failures.ts, and workers/ssh/connection/openssh-failures.ts).

/**
 * Lines in which ssh and plink repeat what came from the other side, at times before any key was agreed on: a goodbye,
 * a list of algorithms, why a jump host opens no channel. Their text may hold line ends, and so whole lines that look
 * like ssh's; nothing of the other side's comes before the first of them.
 */
const REPEATED =
  /^(?:FATAL ERROR: )?(?:Received disconnect from |Unable to negotiate with |Remote side |Remote: |Server unexpectedly closed|channel \d+: open failed|stdio forwarding failed|Protocol major versions differ|Remote protocol version|Couldn't agree )/m;

/** All lines before what others may have written. */
export function ownWordsOfSsh(stderr: string): string {
  const at = stderr.search(REPEATED);
  return at === -1 ? stderr : stderr.slice(0, Math.max(0, at - 1));
}
