// Owns: what a note on the desktop says of new commits: how many, where, by whom and which. Pure.
// Leaves: asking git for them (notes.ts), and showing it (show-note.ts).
import type { RefMove } from '../../shared/events.ts';
import { printable } from '../../shared/printable.ts';

/** One branch of a remote, and what is new on it. */
export interface BranchNews {
  /** As a person says it: `origin/main`. */
  readonly branch: string;
  readonly commits: readonly CommitShown[];
  /** There are more than were looked at. */
  readonly isPart: boolean;
}

export interface CommitShown {
  readonly author: string;
  readonly subject: string;
}

/** Plain text, as strangers have written it. */
export interface Note {
  readonly title: string;
  readonly body: string;
}

/** Of one branch so many are looked at. */
export const MOST_LOOKED_AT = 100;
const SHOWN_BRANCHES = 3;
const SHOWN_SUBJECTS = 4;
const SHOWN_AUTHORS = 3;
const NAME_CHARACTERS = 40;
const SUBJECT_CHARACTERS = 80;

/** For `git rev-list`: of each commit a line that begins with `commit `, and one of these, the newest first. */
export const COMMIT_FORMAT = '%an%x00%s';

export const readCommits = (printed: string): CommitShown[] =>
  printed.split('\n').flatMap((line) => {
    const [author = '', subject] = line.split('\0');
    return subject === undefined ? [] : [{ author, subject }];
  });

/** `repository`: what it is called. undefined: there is nothing to tell. */
export function noteOf(repository: string, news: readonly BranchNews[]): Note | undefined {
  const told = news.filter(({ commits }) => commits.length > 0);
  const [first, ...others] = told;
  if (first === undefined) return undefined;
  const name = shortened(repository, NAME_CHARACTERS);
  if (others.length === 0)
    return { title: `${name}: ${countOf(first)} on ${nameOf(first)}`, body: linesOf(first, SHOWN_SUBJECTS).join('\n') };
  const shown = told.slice(0, SHOWN_BRANCHES);
  const besides = told.length - shown.length;
  const lines = shown.flatMap((each) => [`${nameOf(each)}: ${countOf(each)}`, ...linesOf(each, 1)]);
  return {
    title: `${name}: new commits on ${told.length} branches`,
    body: [...lines, ...(besides > 0 ? [`and ${besides} more`] : [])].join('\n'),
  };
}

const nameOf = ({ branch }: BranchNews): string => shortened(branch, NAME_CHARACTERS);

const countOf = ({ commits, isPart }: BranchNews): string =>
  `${commits.length}${isPart ? ' or more' : ''} new commit${commits.length === 1 && !isPart ? '' : 's'}`;

function linesOf({ commits, isPart }: BranchNews, most: number): string[] {
  const authors = [...new Set(commits.map(({ author }) => shortened(author, NAME_CHARACTERS)))];
  const left = authors.length - SHOWN_AUTHORS;
  const by = authors.slice(0, SHOWN_AUTHORS).join(', ') + (left > 0 ? ` and ${left} more` : '');
  const subjects = commits.slice(0, most).map(({ subject }) => `• ${shortened(subject, SUBJECT_CHARACTERS)}`);
  const besides = commits.length - subjects.length;
  return [`by ${by}`, ...subjects, ...(most > 1 && besides > 0 ? [`… and ${besides}${isPart ? ' or' : ''} more`] : [])];
}

function shortened(text: string, most: number): string {
  const characters = [...printable(text)];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : characters.join('');
}

/** The branches among refs that a fetch has moved. `upstream`: the full name of the only one that is told; undefined: all are. */
export function toldMoves(moved: readonly RefMove[], upstream: string | undefined): RefMove[] {
  return moved.filter(({ ref, how, old, new: now }) => {
    const isMeant = upstream === undefined ? ref.startsWith('refs/remotes/') : ref === upstream;
    return isMeant && how !== 'deleted' && old !== undefined && now !== undefined;
  });
}
