// Owns: the table of remotes: how wide each column is, what is cut or goes below where there is no room, and its lines.
// Leaves: what is in the cells (view.ts).
import { cutToWidth, padToWidth, textWidth } from '../terminal/text-width.ts';
import type { Page, RemoteRow, Toned } from './shown.ts';

const HEAD = { name: 'REMOTE', state: 'STATE', watchedBy: 'WATCHED BY', lastChange: 'LAST CHANGE' } as const;
const GAP = '  ';
const NOTHING = '-';
const SET_IN = '  ';
/** Of by what it is watched less than this says nothing: it is told below then. */
const LEAST_WATCHED_BY = 20;
/** A name may have so much of the width. */
const SHARE_OF_NAME = 1 / 3;
/** No name is cut shorter, whatever goes for that. */
const LEAST_NAME = 8;

/** States that come and go, such as `connecting` and `syncing 42%`, fit into this. */
const STEADY_STATE = 11;

/** Columns; undefined: there is no such column. */
interface Layout {
  readonly name: number;
  readonly state: number;
  readonly watchedBy: number | undefined;
  readonly lastChange: number | undefined;
  /** By what it is watched stands in a line of its own. */
  readonly isStacked: boolean;
}

export function tableLines(rows: readonly RemoteRow[], page: Page): string[] {
  const layout = layoutFor(rows, page);
  const { paint, width = Number.POSITIVE_INFINITY } = page;
  const lineOf = (name: string, state: Toned, watchedBy: string, lastChange: string): string => {
    const shownState = cutToWidth(state.text, layout.state);
    const cells = [
      padToWidth(cutToWidth(name, layout.name), layout.name),
      paint(state.tone, shownState) + padToWidth('', layout.state - textWidth(shownState)),
      ...(layout.watchedBy === undefined
        ? []
        : [padToWidth(cutToWidth(watchedBy, layout.watchedBy), layout.watchedBy)]),
      ...(layout.lastChange === undefined ? [] : [lastChange]),
    ];
    return cells.join(GAP).trimEnd();
  };
  const rowLines = ({ name, state, watchedBy, lastChange }: RemoteRow): string[] => [
    lineOf(name, state, watchedBy || NOTHING, lastChange || NOTHING),
    ...(layout.isStacked && watchedBy !== '' ? [paint('quiet', cutToWidth(SET_IN + watchedBy, width))] : []),
  ];
  const head = lineOf(HEAD.name, { text: HEAD.state, tone: 'plain' }, HEAD.watchedBy, HEAD.lastChange);
  return [paint('quiet', head), ...rows.flatMap(rowLines)];
}

/** What there is no room for goes in this order: a part of by what it is watched, all of it to a line below, the last change. */
function layoutFor(rows: readonly RemoteRow[], { width, isLive = false }: Page): Layout {
  const widest = (head: string, cellOf: (row: RemoteRow) => string): number =>
    Math.max(textWidth(head), ...rows.map((row) => textWidth(cellOf(row))));
  const name = widest(HEAD.name, (row) => row.name);
  const ofStates = widest(HEAD.state, (row) => row.state.text);
  const state = isLive ? Math.max(ofStates, STEADY_STATE) : ofStates;
  const watchedBy = widest(HEAD.watchedBy, (row) => row.watchedBy);
  const lastChange = widest(HEAD.lastChange, (row) => row.lastChange);
  if (width === undefined) return { name, state, watchedBy, lastChange, isStacked: false };
  const shownName = Math.min(name, Math.max(LEAST_NAME, Math.floor(width * SHARE_OF_NAME)));
  const left = width - shownName - state - lastChange - GAP.length * 3;
  if (left >= Math.min(watchedBy, LEAST_WATCHED_BY)) {
    const spare = Math.max(0, left - watchedBy);
    const shownWatchedBy = Math.min(watchedBy, left);
    return { name: Math.min(name, shownName + spare), state, watchedBy: shownWatchedBy, lastChange, isStacked: false };
  }
  const hasLastChange = left + GAP.length >= 0;
  const shownState = Math.min(state, width - GAP.length - 1);
  const room = hasLastChange ? width - state - lastChange - GAP.length * 2 : width - shownState - GAP.length;
  return {
    name: Math.min(name, room),
    state: shownState,
    watchedBy: undefined,
    lastChange: hasLastChange ? lastChange : undefined,
    isStacked: true,
  };
}
