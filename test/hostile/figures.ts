// Owns: what is measured while strangers misbehave, and what of it is a fault. Pure.
// Leaves: measuring (laboratory.ts, rounds.ts).
import type { Expectations, Limits } from './behaviour.ts';

/** The worst of each. */
export interface Figures extends Limits {
  readonly cpuS: number;
}

/** What was seen of one case. */
export interface Sight {
  readonly name: string;
  readonly begun: boolean;
  readonly warnings: number;
  readonly fetches: number;
  /** Undefined: that was not asked for. */
  readonly healed?: boolean;
}

/** What was seen of the daemon, beside figures. */
export interface Conduct {
  /** Whether the good remote stayed connected until STOP. */
  readonly isGoodKept: boolean;
  readonly stdout: readonly string[];
  readonly log: string;
  readonly status: string;
  readonly exit: string;
  /** Commands that were left running. */
  readonly left: readonly string[];
  /** All that are in the clone. */
  readonly refs: readonly string[];
}

const LIMITS: Limits = {
  fetchedMs: 2_000,
  statusMs: 1_000,
  heardMs: 1_000,
  stopMs: 3_000,
  memoryMb: 350,
  logKb: 1_024,
};
const THREAD_ENDED = /worker thread.{0,80}?(?:crashed|has hung|ended before|ended without)|the loop of .* does not end/;
/** Also those that cannot be seen, or that turn what stands after them around. */
const UNCLEAN = /[^\P{Cc}\n]|\p{Cf}/u;
const OURS = /^refs\/(?:heads\/main|(?:remotes|prefetch)\/(?:good|evil[\w-]*)\/.*)$/;

/** `factor`: how much slower than a quiet machine this one may be. */
export function faultsIn(figures: Figures, conduct: Conduct, limits: Partial<Limits>, factor: number): string[] {
  const most = { ...LIMITS, ...limits };
  const over = (what: string, value: number, limit: number, unit: string): string[] =>
    value > limit ? [`${what} ${Math.round(value)} ${unit}, of at most ${Math.round(limit)}`] : [];
  return [
    ...over('the good remote was fetched after', figures.fetchedMs, most.fetchedMs * factor, 'ms'),
    ...over('status answered after', figures.statusMs, most.statusMs * factor, 'ms'),
    ...over('main heard a line after', figures.heardMs, most.heardMs * factor, 'ms'),
    ...over('STOP took', figures.stopMs, most.stopMs * factor, 'ms'),
    ...over('memory was', figures.memoryMb, most.memoryMb, 'MB'),
    ...over('the log has', figures.logKb, most.logKb, 'KB'),
    ...faultsOf(conduct),
  ];
}

function faultsOf({ isGoodKept, stdout, log, status, exit, left, refs }: Conduct): string[] {
  const [ended] = [...stdout, ...log.split('\n')].filter((line) => THREAD_ENDED.test(line));
  const [unclean] = [...stdout, ...log.split('\n'), ...status.split('\n')].filter((line) => UNCLEAN.test(line));
  const [foreign] = refs.filter((ref) => !OURS.test(ref));
  return [
    ...(ended === undefined ? [] : [`a thread ended: ${ended.slice(0, 200)}`]),
    ...(unclean === undefined
      ? []
      : [`characters that are not seen were passed on: ${JSON.stringify(unclean.slice(0, 200))}`]),
    ...(isGoodKept ? [] : ['the good remote was disconnected']),
    ...(/^status 0$|^SIGKILL$/.test(exit) ? [] : [`it ended with ${exit}`]),
    ...(left.length > 0 && exit === 'status 0' ? [`it left running: ${left.join(', ').slice(0, 200)}`] : []),
    ...(foreign === undefined ? [] : [`a ref that is not the remote's: ${JSON.stringify(foreign)}`]),
  ];
}

export function faultsAbout(sight: Sight, expected: Expectations, cpuS: number): string[] {
  const { name, begun, warnings, fetches, healed } = sight;
  const { mayNotBegin, told, mostFetches, mostCpuS } = expected;
  return [
    ...(begun || mayNotBegin ? [] : [`${name}: it never came to it`]),
    ...(told && warnings === 0 ? [`${name}: nobody was told`] : []),
    ...(mostFetches !== undefined && fetches > mostFetches
      ? [`${name}: ${fetches} fetches, of at most ${mostFetches}`]
      : []),
    ...(mostCpuS !== undefined && cpuS > mostCpuS
      ? [`${name}: ${cpuS} s of processor time, of at most ${mostCpuS}`]
      : []),
    ...(healed === false ? [`${name}: not connected again once the server behaved`] : []),
  ];
}

export const inWords = ({ fetchedMs, statusMs, heardMs, memoryMb, logKb, stopMs, cpuS }: Figures): string =>
  `good ${Math.round(fetchedMs)} ms, status ${Math.round(statusMs)}, main ${Math.round(heardMs)}, STOP ${Math.round(stopMs)}, ${memoryMb} MB, log ${logKb} KB, cpu ${cpuS.toFixed(1)} s`;
