// Owns: the rows about many remotes, and what each of them aims at.
// Leaves: measuring (scale.ts).
import type { Footprint } from '../process-tree.ts';
import { measured, type Row } from '../report.ts';

/** What was measured of one competitor. */
export interface SideFigures {
  readonly allConnectedMs: number[];
  /** Processor time until then; of ours, up to 16 remotes, that of so many threads. */
  readonly connectCpuMs: number[];
  readonly footprints: Footprint[];
  /** Over the time idle. */
  readonly idleCpuMs: number[];
  readonly idleBytes: number[];
}

export interface ScaleFigures {
  readonly remotes: number;
  readonly idleMs: number;
  /** Whether the section start measures how long it takes with so many. */
  readonly isStarted: boolean;
  readonly ours: SideFigures;
  readonly annex: SideFigures;
  /** Ours again, started there. */
  readonly background: Footprint;
}

type Target = NonNullable<Row['target']>;
type Targets = Readonly<Record<number, Target>>;

const CONNECT: Targets = { 50: { times: 0.5 } };
/** With the default of sixteen threads: ten remotes have one each. */
const MEMORY: Targets = { 1: { most: 45 }, 10: { most: 100 }, 100: { times: 2 }, 200: { times: 0.8 } };
const MINUTE_MS = 60_000;
/** In a minute. A shorter time is not reckoned up: V8 tidies up once, some seconds after the last change. */
const CPU: Targets = { 10: { most: 30 }, 100: { most: 300 } };

export function rowsOf({ remotes, idleMs, isStarted, ours, annex, background }: ScaleFigures): Row[] {
  const row = (
    what: string,
    unit: Row['unit'],
    figure: (side: SideFigures) => readonly number[],
    targets?: Targets,
  ): Row => ({
    section: sectionOf(remotes),
    what,
    unit,
    values: { ours: measured(figure(ours)), annex: measured(figure(annex)) },
    against: 'annex',
    ...(targets?.[remotes] && { target: targets[remotes] }),
  });
  const inBackground: Row = {
    ...row('PSS, in the background', 'MB', pss),
    values: { ours: measured([background.pssMb]), annex: measured(pss(annex)) },
  };
  const during = `${idleMs / 1000} s`;
  const starts = [
    row('start -> all CONNECTED', 'ms', allConnected, CONNECT),
    row('CPU until all CONNECTED', 'ms', ({ connectCpuMs }) => connectCpuMs),
  ];
  return [
    ...(isStarted ? [] : starts),
    row('PSS', 'MB', pss, MEMORY),
    inBackground,
    row('memory, alone on the machine', 'MB', alone),
    row('processes', 'count', processes),
    row('threads', 'count', threads),
    row(`idle CPU in ${during}`, 'ms', ({ idleCpuMs }) => idleCpuMs, idleMs >= MINUTE_MS ? CPU : undefined),
    row(`idle bytes on the wire in ${during}`, 'bytes', ({ idleBytes }) => idleBytes),
  ];
}

export const rowOfMissing = (remotes: number, missing: string): Row => ({
  section: sectionOf(remotes),
  what: 'all',
  unit: 'count',
  values: { ours: { missing }, annex: { missing } },
  against: 'annex',
});

const sectionOf = (remotes: number): string => `scale: ${remotes} remote${remotes === 1 ? '' : 's'}`;
const pss = ({ footprints }: SideFigures): number[] => footprints.map(({ pssMb }) => pssMb);
const alone = ({ footprints }: SideFigures): number[] => footprints.map(({ aloneMb }) => aloneMb);
const processes = ({ footprints }: SideFigures): number[] => footprints.map((footprint) => footprint.processes);
const threads = ({ footprints }: SideFigures): number[] => footprints.map((footprint) => footprint.threads);
const allConnected = ({ allConnectedMs }: SideFigures): readonly number[] => allConnectedMs;
