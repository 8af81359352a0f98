// Owns: one remote's alarms: which follow from its record, and when each is due.
// Leaves: the timer (alarm.ts), and what is done then (remote.ts).

import { probeAtMs } from '../link/rung-choice.ts';
import { createAlarm } from './alarm.ts';
import type { Guard } from './guard.ts';
import type { RemoteRecord } from './record.ts';

/** What is done when each is due. */
export interface Due {
  readonly wake: () => void;
  /** The phase of the link may have lasted too long. */
  readonly overdue: () => void;
  /** The better rungs are to be tried again. */
  readonly probe: () => void;
  readonly refetch: () => void;
  readonly repush: () => void;
}

/** To be called with each new record. */
export function createAlarms(nowMs: () => number, guarded: Guard, due: Due): (record: RemoteRecord) => void {
  const setWake = createAlarm(nowMs, guarded(due.wake));
  const setLimit = createAlarm(nowMs, guarded(due.overdue));
  const setProbe = createAlarm(nowMs, guarded(due.probe));
  const setRefetch = createAlarm(nowMs, guarded(due.refetch));
  const setRepush = createAlarm(nowMs, guarded(due.repush));
  return ({ link, rung, sync, push }) => {
    setWake('wakeAtMs' in link ? link.wakeAtMs : undefined);
    setLimit('untilMs' in link ? link.untilMs : undefined);
    setProbe(link.kind === 'connected' && Number.isFinite(probeAtMs(rung)) ? probeAtMs(rung) : undefined);
    setRefetch(sync.kind === 'backing-off' ? sync.untilMs : undefined);
    setRepush(push.kind === 'backing-off' ? push.untilMs : undefined);
  };
}
