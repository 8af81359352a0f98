// Owns: how git asks for refs by their names, learned from a request for one of them. Pure.
// Leaves: when it will (predict.ts).
import type { V2Request } from '../../../shared/git-protocol/v2-request.ts';
import { refPrefixes } from '../../../shared/refs/ref-advertisement.ts';
import type { RefName, WantedRefs } from '../../../shared/remote.ts';

const PREFIX = 'ref-prefix ';
const TAGS = 'refs/tags/';
/** In place of the name; no ref has it in its own. */
const NAME = '*';

const prefixesOf = ({ args }: V2Request): string[] =>
  args.flatMap((arg) => (arg.startsWith(PREFIX) ? arg.slice(PREFIX.length) : []));

/** Whether a listing is to hold but a part of what a whole fetch would list. */
export function isOfNames(request: V2Request, refspecs: WantedRefs['refspecs']): boolean {
  const asked = prefixesOf(request);
  return asked.length > 0 && !refPrefixes({ refspecs, tags: false }).every((prefix) => asked.includes(prefix));
}

/** Whether git means that ref by what it asks: for a name, it is shown all that begin so, and fetches none of the others. */
export function covers(request: V2Request, refspecs: WantedRefs['refspecs']): (ref: RefName) => boolean {
  const asked = prefixesOf(request);
  const isNamed = isOfNames(request, refspecs);
  return (ref) =>
    asked.length === 0 ||
    asked.some((prefix) => (isNamed && !prefix.endsWith('/') ? ref === prefix : ref.startsWith(prefix)));
}

/** The request with NAME for the name; undefined where it is for several. */
export function shapeOf(request: V2Request): V2Request | undefined {
  const [name = ''] = prefixesOf(request);
  const isShape = (prefix: string): boolean => prefix === TAGS || prefix.includes(name);
  if (!name.startsWith('refs/') || name.endsWith('/') || !prefixesOf(request).every(isShape)) return undefined;
  // Git may guess at what a short name stands for (gitrevisions(7)).
  const args = request.args.map((arg) => (arg.startsWith(PREFIX) ? arg.replace(name, () => NAME) : arg));
  return { ...request, args };
}

/** The request for these refs, one after the other. */
export function listingOf(shape: V2Request, names: readonly RefName[]): V2Request {
  const group = shape.args.filter((arg) => arg.includes(NAME));
  const first = shape.args.findIndex((arg) => arg.includes(NAME));
  const others = (args: readonly string[]): string[] => args.filter((arg) => !arg.includes(NAME));
  const asked = names.flatMap((name) => group.map((arg) => arg.replace(NAME, () => name)));
  return { ...shape, args: [...others(shape.args.slice(0, first)), ...asked, ...others(shape.args.slice(first))] };
}
