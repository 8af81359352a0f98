// Owns: how our config keys are spelled, and telling a user which one he may have meant.
// Leaves: what they mean (settings.ts, remotes.ts).
import { nearest } from '../../shared/nearest.ts';

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
  'logLevel',
  'onMetered',
  'onBattery',
  'desktopNotes',
  'fastForward',
  'repo',
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
  const meant = nearest(key, known);
  const hint = meant === undefined ? '' : `; did you mean ${prefix}${meant}?`;
  return `${prefix}${key} is no key that this version knows${hint}`;
}
