// Owns: the step into a link that is being opened, and from one of its phases to the next.
// Leaves: every other step (link-step.ts).
import type { Failure } from '../../../shared/failures.ts';
import { LINK } from '../../patience.ts';
import type { LinkEvent, LinkInputs, LinkState, LinkStep, Troubles } from './link-state.ts';

/** Opens a link, unless somebody holds: then it is opened when nobody does any more. `after`: what the last try came to. */
export function opened(troubles: Troubles, inputs: LinkInputs, after?: Failure): LinkStep {
  if (inputs.held) return { state: { kind: 'idle' }, effects: [] };
  return {
    state: inPhase(troubles, { phase: 'starting', limitMs: LINK.startMs }, inputs.nowMs),
    effects: [{ kind: 'open', ...(after && { after }) }],
  };
}

type Phase = Pick<Extract<LinkEvent, { kind: 'phase' }>, 'phase' | 'limitMs'>;

export const inPhase = ({ failures, awaySinceMs }: Troubles, { phase, limitMs }: Phase, nowMs: number): LinkState => ({
  kind: 'opening',
  phase,
  ...(limitMs !== undefined && { untilMs: nowMs + limitMs }),
  failures,
  ...(awaySinceMs !== undefined && { awaySinceMs }),
});
