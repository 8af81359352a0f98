// Owns: how our config keys are spelled, and telling a user which one he may have meant.
// Leaves: what they mean (settings.ts, remotes.ts).

/** `remotedaemon.<key>` */
export const OWN_KEYS = [
  'remoteId',
  'fetchMode',
  'pollInterval',
  'checkInterval',
  'fetchTimeout',
  'maxFetchSize',
  'workers',
  'serve',
  'torProxy',
  'hyperBootstrap',
  'xmppAccount',
  'xmppFriend',
  'telehashListen',
  'telehashPath',
  'telehashModule',
  'uuid',
] as const;
/** `remote.<name>.<key>` */
export const REMOTE_KEYS = [
  'remotedaemon',
  'remotedaemonNotify',
  'remotedaemonNotifyCommand',
  'remotedaemonPush',
  'remotedaemonUuid',
] as const;

/** A warning for a key that this version does not know. `prefix` is what stands before it, dot included. */
export function unknownKeyWarning(prefix: string, key: string, known: readonly string[]): string {
  const [nearest] = known
    .map((name) => ({ name, distance: editDistance(name.toLowerCase(), key.toLowerCase()) }))
    .toSorted((one, other) => one.distance - other.distance);
  const hint = nearest && nearest.distance <= 3 ? `; did you mean ${prefix}${nearest.name}?` : '';
  return `${prefix}${key} is no key that this version knows${hint}`;
}

/** How many characters have to be put in, taken out or exchanged (Levenshtein). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [line, character] of [...one].entries()) {
    const next = [line + 1];
    for (let column = 1; column <= other.length; column++) {
      const exchanged = (row[column - 1] ?? 0) + (character === other[column - 1] ? 0 : 1);
      next.push(Math.min(exchanged, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
