// Owns: reading a listing of refs from the output of git as it comes, without ever having all of its text. Pure.
// Leaves: what a line says (ref-advertisement.ts), how it is kept (compact-refs.ts), and running git (workers/refs).
import { gatherRefs, type RefGatherer } from './compact-refs.ts';
import type { RefAdvertisement } from './ref-advertisement.ts';

export interface ListingReader extends Pick<RefGatherer, 'isFull'> {
  readonly push: (chunk: Uint8Array) => void;
  /** All that came, a line without its end as well. Nothing may come after it. */
  readonly refs: () => RefAdvertisement;
}

/** `isRef`: of a line, whether it is to be read at all. */
export function readListing(isRef: (line: string) => boolean = () => true): ListingReader {
  const gathered = gatherRefs();
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  let unfinished = '';
  const take = (line: string): void => {
    if (isRef(line)) gathered.line(line);
  };
  const read = (text: string): void => {
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      take(unfinished + text.slice(start, end));
      unfinished = '';
      start = end + 1;
    }
    unfinished += text.slice(start);
  };
  return {
    push: (chunk) => read(utf8.decode(chunk, { stream: true })),
    isFull: gathered.isFull,
    refs: () => {
      take(unfinished + utf8.decode());
      return gathered.refs();
    },
  };
}
