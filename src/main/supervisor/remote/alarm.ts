// Owns: a timer that follows from a state: set to the moment that the state names, and to none where it names none.
// Leaves: which moment that is, and what is done then (remote.ts).
import { timerMs } from '../../../shared/timing/timer-ms.ts';

/** Sets the moment, in ms of `nowMs`; undefined: none. The same one again changes nothing. */
export type SetAlarm = (atMs: number | undefined) => void;

/** What is further off than a timer can be set to rings that much too early. */
export function createAlarm(nowMs: () => number, ring: () => void): SetAlarm {
  let planned: { readonly atMs: number; readonly timer: NodeJS.Timeout } | undefined;
  return (atMs) => {
    if (planned?.atMs === atMs) return;
    clearTimeout(planned?.timer);
    const onTime = (): void => {
      planned = undefined;
      ring();
    };
    planned = atMs === undefined ? undefined : { atMs, timer: setTimeout(onTime, timerMs(atMs - nowMs())) };
  };
}
