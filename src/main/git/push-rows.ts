// Owns: which refs of a remote a push moved, as `git push --porcelain` says it, with their names in full. Pure.
// Leaves: refs that were not taken, and the push (push.ts).
import type { RefMove } from '../../shared/events.ts';
import { parseObjectName, parseRefName } from '../../shared/remote.ts';

/** `<flag> \t <from>:<to> \t <summary>`, with `core.abbrev=no` (git-push(1), OUTPUT); not `!` and `=`. */
const ROW = /^([ +*-])\t([^\t]*):([^\t:]+)\t(?:([0-9a-f]+)\.\.\.?([0-9a-f]+))?/;

const HOW: Readonly<Record<string, RefMove['how']>> = { ' ': 'forwarded', '+': 'forced', '*': 'new', '-': 'deleted' };

/** `objectOf`: what a local ref, by its full name, leads to: of a ref that is new there git names no object. */
export function readPushRows(stdout: string, objectOf: (local: string) => string | undefined): RefMove[] {
  return stdout.split('\n').flatMap((line) => {
    const [, flag = '', from = '', to = '', before = '', after = ''] = ROW.exec(line) ?? [];
    const how = HOW[flag];
    const ref = parseRefName(to);
    if (how === undefined || ref === undefined) return [];
    const old = parseObjectName(before);
    const now = parseObjectName(after) ?? (how === 'new' ? objectOf(from) : undefined);
    return [{ ref, ...(old !== undefined && { old }), ...(now !== undefined && { new: now }), how }];
  });
}
