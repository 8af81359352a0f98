// Owns: which refs of this repository a fetch beside it knows: those it may move, and some that tell the other side what is here.
// Leaves: reading them (tips.ts), and the fetch (fetch-beside.ts).
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseRefspec } from '../../../shared/refs/refspec.ts';
import { type ObjectName, parseRefName, type RefName, type RemoteName } from '../../../shared/remote.ts';
import { readRegularFile } from '../../../shared/system/read-regular-file.ts';
import { type Tips, withTips } from './tips.ts';

/** One ref of the remote, and where it is kept. */
export interface NamedRef {
  readonly source: RefName;
  readonly place: RefName;
  /** undefined: there is none here. */
  readonly tip: ObjectName | undefined;
}

export interface KnownRefs {
  readonly named: readonly NamedRef[];
  /** Of the repository beside, the named ones that there are among them. */
  readonly refs: readonly (readonly [name: string, tip: ObjectName])[];
}

const HEAD_BYTES = 8 * 1024;

/** undefined: their files do not tell, or what is fetched here is not only what refs lead to. */
export function knownRefs(
  commonDir: string,
  {
    remote,
    exact,
    lately,
  }: { readonly remote: RemoteName; readonly exact: readonly string[]; readonly lately: readonly RefName[] },
): KnownRefs | undefined {
  // By these a commit has other parents than it says, and so is a descendant of others.
  if (existsSync(path.join(commonDir, 'info/grafts'))) return undefined;
  return withTips(commonDir, (tips) => {
    if (tips.mayBeUnder('refs/replace/')) return undefined;
    const named = exact.map((text) => namedBy(text, tips));
    if (!named.every((each) => each !== undefined)) return undefined;
    const heads = ['HEAD', `refs/remotes/${remote}/HEAD`].flatMap((head) => leadsTo(commonDir, head) ?? []);
    const haves = [...heads, ...lately].flatMap((ref) => tipIn(tips, ref) ?? []);
    return {
      named,
      refs: [
        ...named.flatMap(({ place, tip }) => (tip === undefined ? [] : [[place, tip] as const])),
        ...[...new Set(haves)].map((tip, at) => [`refs/here/${at}`, tip] as const),
      ],
    };
  });
}

function namedBy(text: string, tips: Tips): NamedRef | undefined {
  const { source = '', destination = '' } = parseRefspec(text, 'fetch') ?? {};
  const [from, place] = [parseRefName(source), parseRefName(destination)];
  const tip = place === undefined ? undefined : tips.of(place);
  if (from === undefined || place === undefined || tip === undefined) return undefined;
  return { source: from, place, tip: tip === 'none' ? undefined : tip };
}

function tipIn(tips: Tips, ref: RefName): ObjectName | undefined {
  const tip = tips.of(ref);
  return tip === 'none' ? undefined : tip;
}

/** A symbolic ref. */
function leadsTo(commonDir: string, head: string): RefName | undefined {
  const read = readRegularFile(path.join(commonDir, head), { mostBytes: HEAD_BYTES, follow: false });
  const text = read.kind === 'read' ? Buffer.from(read.bytes).toString('utf8') : '';
  return parseRefName(/^ref:\s*(\S+)\n?$/.exec(text)?.[1] ?? '');
}
