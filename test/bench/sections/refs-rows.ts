// Owns: the rows about many refs, and what each of them aims at. Pure.
// Leaves: measuring (refs.ts).
import { measured, type Row, type Value } from '../report.ts';
import type { ChangeFigures } from './refs-change.ts';
import type { MemoryFigures } from './refs-memory.ts';
import { inWords } from './refs-scene.ts';
import type { StartFigures } from './refs-start.ts';

export interface BothFigures {
  readonly ours: ChangeFigures;
  readonly annex: ChangeFigures;
}

export interface ChangesFigures {
  readonly count: number;
  /** How few the base has. */
  readonly few: number;
  readonly base: BothFigures;
  readonly figures: BothFigures;
  /** Whether the base is told of by itself, too. */
  readonly isFirst: boolean;
  readonly tags?: BothFigures & { readonly count: number };
}

type Targets = Readonly<Record<number, Row['target']>>;

/** By how many refs there are. */
const HERE: Targets = { 10000: { times: 1.5 }, 100000: { times: 2 } };
const SERVER: Targets = { 10000: { times: 1.5 } };
const COMPARED: Targets = { 100000: { times: 1.2 } };
const MEMORY: NonNullable<Row['target']> = { most: 120 };

export function rowsOfChanges({ count, few, base, figures, isFirst, tags }: ChangesFigures): Row[] {
  const [many, baseName] = [inWords(count), `base: ${few}`];
  return [
    ...(isFirst ? [both(`${few} refs: ref moved -> here`, base, here)] : []),
    { ...both(`${many} refs: ref moved -> here`, figures, here), target: { times: 0.2 } },
    against(`${many} refs: ref moved -> here; ${baseName}`, { base, figures }, here, HERE[count]),
    against(`${many} refs: processor time of a change, server; ${baseName}`, { base, figures }, server, SERVER[count]),
    against(`${many} refs: processor time of a change, here; ${baseName}`, { base, figures }, local),
    { ...both(`${many} refs: changes that did not come`, figures, ({ lost }) => [lost]), unit: 'count' },
    ...(tags ? rowsOfTags({ base, baseName, figures: tags }, inWords(tags.count)) : []),
  ];
}

function rowsOfTags(compared: Compared & { readonly baseName: string }, tags: string): Row[] {
  const { baseName } = compared;
  return [
    against(`${tags} tags, followed: ref moved -> here; ${baseName} refs`, compared, here),
    against(`${tags} tags, followed: processor time of a change, server; ${baseName} refs`, compared, server),
  ];
}

export function rowsOfStarts(count: number, { connectedMs, comparedMs, lsRemoteMs }: StartFigures): Row[] {
  const target = COMPARED[count];
  const git = measured(lsRemoteMs);
  const start = (what: string, samples: readonly number[]): Row => ({
    ...ROW,
    what: `${inWords(count)} refs: start -> ${what}; git: ls-remote`,
    values: { ours: measured(samples), git },
    against: 'git',
  });
  return [
    start('CONNECTED', connectedMs),
    { ...start('CONNECTED and compared', comparedMs), ...(target && { target }) },
  ];
}

export function rowsOfMemory(mirrors: number, count: number, figures: MemoryFigures): Row[] {
  const row = (what: string, figure: number, more: Partial<Row>): Row => ({
    ...ROW,
    what: `${mirrors} mirrors of ${inWords(count)} refs: ${what}`,
    unit: 'MB',
    values: { ours: measured([figure]) },
    ...more,
  });
  return [
    row('PSS, connected', figures.settledMb, { target: MEMORY }),
    row('PSS, at its peak while comparing', figures.peakMb, { target: MEMORY }),
    row('the same with the gits that it runs', figures.peakOfAllMb, {}),
    row('threads that ended', figures.threadsEnded, { unit: 'count', target: { most: 0 } }),
  ];
}

const ROW = { section: 'refs', unit: 'ms', against: 'annex' } as const;

type Figure = (figures: ChangeFigures) => readonly number[];
const here: Figure = ({ hereMs }) => hereMs;
const server: Figure = ({ serverCpuMs }) => (serverCpuMs === undefined ? [] : [serverCpuMs]);
const local: Figure = ({ hereCpuMs }) => (hereCpuMs === undefined ? [] : [hereCpuMs]);

const resultOf = (figures: ChangeFigures, figure: Figure): Value =>
  figures.missing === undefined ? measured(figure(figures)) : { missing: figures.missing };

const both = (what: string, { ours, annex }: BothFigures, figure: Figure): Row => ({
  ...ROW,
  what,
  values: { ours: resultOf(ours, figure), annex: resultOf(annex, figure) },
});

interface Compared {
  readonly base: BothFigures;
  readonly figures: BothFigures;
}

function against(what: string, { base, figures }: Compared, figure: Figure, target?: Row['target']): Row {
  const row = both(what, figures, figure);
  const values = { ...row.values, base: resultOf(base.ours, figure) };
  return { ...row, values, against: 'base', ...(target && { target }) };
}
