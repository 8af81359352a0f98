// Owns: what a fetch did not bring while it brought the rest, why, and what a person is told of it: the refs and the cure.
// Leaves: finding out (not-brought.ts, main/git/fetch-words.ts), and saying it once (main/supervisor/remote/left-out.ts).
import { shownWord } from '../shell-word.ts';

export interface LeftOut {
  /** Full name, where that is known; for `not-there` and `same-place` that of the remote. */
  readonly ref: string;
  /** As it is fetched by hand, `source:destination`; undefined: that would not work either. */
  readonly refspec: string | undefined;
  /** Absent: what is here is something else, and was kept. */
  readonly why?: WhyLeftOut;
}

export type WhyLeftOut =
  /** A ref and a directory of refs cannot have one name; `by` is the other ref, where it is known. */
  | { readonly kind: 'name-taken'; readonly by: string | undefined }
  /** Someone works on that branch here. */
  | { readonly kind: 'checked-out' }
  /** The config asks for it by its name. */
  | { readonly kind: 'not-there' }
  /** Another ref is to be kept in the same place. */
  | { readonly kind: 'same-place'; readonly place: string };

type Kind = WhyLeftOut['kind'] | 'other';
const KINDS: readonly Kind[] = ['other', 'name-taken', 'checked-out', 'not-there', 'same-place'];
const kindOf = ({ why }: LeftOut): Kind => why?.kind ?? 'other';

/** More than these are counted. */
const MOST_NAMED = 3;

/** For a person, a text for each kind of reason: what was left out, and the command that mends it. */
export function describeLeftOut(remote: string, leftOut: readonly LeftOut[]): string[] {
  return KINDS.flatMap((kind) => {
    const all = leftOut.filter((each) => kindOf(each) === kind);
    return all.length === 0 ? [] : described(kind, remote, all);
  });
}

function described(kind: Kind, remote: string, all: readonly LeftOut[]): string {
  const named = all.slice(0, MOST_NAMED);
  const more = all.length > named.length ? ` and ${all.length - named.length} more` : '';
  const refs = `${named.map(({ ref }) => ref).join(', ')}${more}`;
  const command = (...words: readonly string[]): string => words.map(shownWord).join(' ');
  switch (kind) {
    case 'other': {
      const refspecs = named.flatMap(({ refspec }) => refspec ?? []);
      const cure =
        refspecs.length > 0
          ? `to lose what is here: ${command('git', 'fetch', '--force', remote, ...refspecs)}`
          : 'rename what is here';
      return `kept ${refs} as here: the remote has something else; ${cure}`;
    }
    case 'name-taken': {
      const others = [...new Set(named.flatMap(({ why }) => (why?.kind === 'name-taken' ? (why.by ?? []) : [])))];
      const beside = others.length > 0 ? others.join(', ') : 'what is here';
      const areTags = named.every(({ ref }) => ref.startsWith('refs/tags/'));
      const prune = command('git', 'remote', 'prune', remote);
      const cure = areTags ? 'rename what is here' : `${prune} deletes here what is gone there, and makes room`;
      return `${refs} cannot be kept beside ${beside}, as one name would be that of a branch and of a folder; ${cure}`;
    }
    case 'checked-out':
      return `${refs} left as here: a work tree is on it, and no fetch may move it; to keep the remote's branches apart from yours: ${command('git', 'config', `remote.${remote}.fetch`, `+refs/heads/*:refs/remotes/${remote}/*`)}`;
    case 'not-there':
      return `the remote has no ${refs}, for which remote.${remote}.fetch asks by name; all else is fetched; to ask no more: ${command('git', 'config', '--edit')}`;
    case 'same-place': {
      const places = [...new Set(named.flatMap(({ why }) => (why?.kind === 'same-place' ? why.place : [])))];
      return `${refs} not fetched: another ref is kept in ${places.join(', ')}, too; give it another place in remote.${remote}.fetch: ${command('git', 'config', '--edit')}`;
    }
    default:
      return kind satisfies never;
  }
}
