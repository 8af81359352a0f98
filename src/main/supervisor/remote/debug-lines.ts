// Owns: what the log says at its most talkative of one remote's decisions: what happened, what it was, what it is, and what is done.
// Leaves: the decisions (link-step.ts, sync-state.ts, push-state.ts), and whether anybody wants to know (main/log).
import { rowOf } from '../../../shared/rungs/rungs.ts';
import { rungOf } from '../link/rung-choice.ts';
import type { LinkEffect, LinkEvent, LinkState } from './link-state.ts';
import type { RemoteRecord } from './record.ts';

interface Step<State> {
  readonly state: State;
  readonly effects: readonly { readonly kind: string }[];
}

/** Of a step of its link; undefined: it changes nothing. */
export function linkStepLine(
  before: LinkState,
  event: LinkEvent,
  step: Step<LinkState> & { readonly effects: readonly LinkEffect[] },
  nowMs: number,
): string | undefined {
  const why = event.kind === 'ended' && event.ending.kind === 'failed' ? ` (${event.ending.failure.code})` : '';
  return stepLine('link', before, `${event.kind}${why}`, step, nowMs);
}

/** Of a step of its fetches or pushes. */
export function stepLine<State extends { readonly kind: string }>(
  what: 'link' | 'fetch' | 'push',
  before: State,
  event: string,
  { state, effects }: Step<State>,
  nowMs: number,
): string | undefined {
  const isSame = JSON.stringify(before) === JSON.stringify(state);
  if (isSame && effects.length === 0) return undefined;
  const moved = before.kind === state.kind ? state.kind : `${before.kind} → ${state.kind}`;
  const does = effects.length === 0 ? '' : `; does: ${effects.map(({ kind }) => kind).join(', ')}`;
  return `${what}: ${moved}, at '${event}'${untilOf(state, nowMs)}${does}`;
}

/** Its timer, if it has one. */
function untilOf(state: object, nowMs: number): string {
  const { wakeAtMs, untilMs, failures }: { wakeAtMs?: number; untilMs?: number; failures?: number } = state;
  const atMs = wakeAtMs ?? untilMs;
  const timer = atMs === undefined ? '' : `, for ${((atMs - nowMs) / 1000).toFixed(1)} s at most`;
  return timer + (failures ? `, after ${failures} failures` : '');
}

/** Of a link that is about to be opened: by which of its ways. */
export function wayLine({ config, rung }: RemoteRecord): string {
  const way = rungOf(config, rung);
  const all = config.rungs.map((each) => each.kind);
  return `link: tries way ${config.rungs.indexOf(way) + 1} of ${all.length} (${all.join(', ')}): ${rowOf(way).describe(way)}`;
}
