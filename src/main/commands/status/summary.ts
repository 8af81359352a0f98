// Owns: how a repository is doing, in one line: how many remotes there are, and how many of them in which state.
// Leaves: all that is told of each (view.ts, remote-lines.ts).
import type { DaemonStatus, RemoteStatus } from '../../../shared/status.ts';
import type { Tone } from '../terminal/colour.ts';
import { ALL_STATE_WORDS, stateWord } from './remote-lines.ts';

export interface Summary {
  /** `3 remotes: 2 connected, 1 down; 1 not watched` */
  readonly text: string;
  readonly tone: Tone;
}

export function summaryOf({ remotes, skipped }: Pick<DaemonStatus, 'remotes' | 'skipped'>): Summary {
  const failed = remotes.filter(hasFailedSync).length;
  const whose = remotes.length === 1 ? 'its last sync' : `the last sync of ${failed}`;
  const parts = [
    counted(remotes),
    ...(failed > 0 ? [`${whose} failed`] : []),
    ...(skipped.length > 0 ? [`${skipped.length} not watched`] : []),
  ];
  return { text: parts.join('; '), tone: toneOfAll(remotes) };
}

/** That of a remote which is not reached is no news of its own. */
export const hasFailedSync = ({ state, lastSync }: RemoteStatus): boolean =>
  state === 'connected' && lastSync?.ok === false;

/** `3 remotes, all connected`, `3 remotes: 2 connected, 1 waiting` */
function counted(remotes: readonly RemoteStatus[]): string {
  if (remotes.length === 0) return 'no remotes';
  const counts = new Map(ALL_STATE_WORDS.map((word) => [word, 0]));
  for (const { state } of remotes) counts.set(stateWord(state), (counts.get(stateWord(state)) ?? 0) + 1);
  const found = [...counts].filter(([, count]) => count > 0);
  const all = remotes.length === 1 ? '1 remote' : `${remotes.length} remotes`;
  if (found.length === 1) return `${all}, ${remotes.length === 1 ? '' : 'all '}${found[0]?.[0]}`;
  return `${all}: ${found.map(([word, count]) => `${count} ${word}`).join(', ')}`;
}

const TONES: Readonly<Record<string, Tone>> = {
  connected: 'good',
  connecting: 'busy',
  waiting: 'busy',
  down: 'bad',
  paused: 'quiet',
  'no-network': 'quiet',
  closing: 'quiet',
} satisfies Record<RemoteStatus['state'], Tone>;

export const toneOf = (remote: RemoteStatus): Tone => {
  if (hasFailedSync(remote)) return 'bad';
  return TONES[remote.state] ?? 'plain';
};

/** The worst that there is. */
function toneOfAll(remotes: readonly RemoteStatus[]): Tone {
  const found = new Set(remotes.map(toneOf));
  const worst = (['bad', 'busy', 'quiet', 'plain', 'good'] as const).find((tone) => found.has(tone));
  return worst ?? 'plain';
}
