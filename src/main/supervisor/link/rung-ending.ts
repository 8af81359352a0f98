// Owns: what the end of a link says of the rung that it went by. Pure.
// Leaves: which rung comes next (rung-choice.ts), and when the same one is tried again (remote/link-step.ts).
import { dispositionOf, type FailureCode } from '../../../shared/failures.ts';
import { isUp, type LinkState } from '../remote/link-state.ts';

/** How far a link had come. `asking`: the login was done, or is the command's own; and nothing was connected yet. */
export type LinkStage = 'before' | 'asking' | 'up';

export type RungVerdict =
  /** It is not for this remote, as far as the server shows. */
  | 'unfit'
  /** It ended in a way that a rung which is right does not, but for a while. */
  | 'odd'
  | 'nothing';

export function stageOf(link: LinkState): LinkStage {
  if (isUp(link)) return 'up';
  return link.kind === 'opening' && ASKING.has(link.phase) ? 'asking' : 'before';
}

const ASKING: ReadonlySet<string> = new Set(['asking for a command', 'waiting for READY', 'listing refs']);

export function verdictOn(code: FailureCode, stage: LinkStage): RungVerdict {
  if (dispositionOf(code) === 'fall-back' || code === 'no-tools') return 'unfit';
  if (stage !== 'asking') return 'nothing';
  if (SILENT.has(code)) return 'unfit';
  return ODD.has(code) ? 'odd' : 'nothing';
}

/** Whoever lets in and says no more may do better by another command, and later by this one. */
const SILENT: ReadonlySet<FailureCode> = new Set(['says-nothing', 'unanswered']);

/** Where the connection itself broke, or was not let in, nothing is learned of the rung. */
const ODD: ReadonlySet<FailureCode> = new Set([
  'dropped',
  'not-ready',
  'remote-error',
  'too-much-noise',
  'no-repository',
  'unknown',
]);

/** Whether such a failure may have passed a moment later. Programs, too, are away while they are upgraded. */
export const mayPass = (code: FailureCode): boolean => dispositionOf(code) !== 'fall-back';
