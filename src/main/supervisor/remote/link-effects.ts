// Owns: doing what a step of a remote's link asks for.
// Leaves: the steps (link-step.ts), and the link itself (held-link.ts).
import type { Told } from '../../../shared/control-protocol/control.ts';
import { isWorthTelling, proven, rungToOpen } from '../link/rung-choice.ts';
import type { HeldLink } from './held-link.ts';
import type { LinkEffect } from './link-state.ts';
import { identityOf } from './record.ts';
import type { RecordCell, Syncing } from './syncing.ts';
import type { Telling } from './telling.ts';
import { tellingOf } from './why-closed.ts';

export interface LinkEffectTools extends Pick<Syncing, 'sync' | 'push'> {
  readonly record: RecordCell;
  readonly link: HeldLink;
  readonly telling: Telling;
  readonly nowMs: () => number;
  readonly say: (told: Told) => void;
  /** The remote is no more. */
  readonly gone: () => void;
}

export function createLinkEffects(tools: LinkEffectTools): (effect: LinkEffect) => void {
  const { record, link, telling, sync, push, nowMs, say, gone } = tools;
  return (effect) => {
    const { config, rung } = record.get();
    switch (effect.kind) {
      case 'open':
        record.set({ linked: identityOf(config), rung: rungToOpen(rung, nowMs(), effect.after) });
        return link.open(record.get());
      case 'close':
        return link.close(effect.how);
      case 'prove':
        return link.prove();
      case 'say':
        return say(tellingOf(effect, record.get()));
      case 'warn':
        return (effect.lasting ? telling.warnLasting : telling.warn)(effect.text);
      case 'catch-up':
        telling.isUp();
        record.set({ rung: proven(rung) });
        sync({ kind: 'check' });
        return push({ kind: 'retry' });
      case 'next-rung':
        return isWorthTelling(effect.failure) ? telling.warnOfShell(effect.failure.detail) : undefined;
      case 'forget':
        return gone();
      default:
        return effect satisfies never;
    }
  };
}
