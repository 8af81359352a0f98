// Owns: reading a listing of refs from the output of git as it comes, without ever having all of its text. Pure.
// Leaves: what a line says (ref-record.ts), how it is kept (compact-refs.ts, held-refs.ts), and running git (workers/refs).
import { gatherBytes } from '../gathered-bytes.ts';
import type { TakeLine } from './compact-refs.ts';
import { CHUNK_BYTES } from './packed-refs.ts';

export interface LineCutter {
  readonly push: (chunk: Uint8Array) => undefined;
  /** What came last and has no end is a line as well. */
  readonly end: () => void;
}

const LINE_FEED = 0x0a;

/** `take` gets each line without its end; of one that is longer than any of git only the beginning. */
export function cutLines(take: TakeLine): LineCutter {
  const unfinished = gatherBytes(CHUNK_BYTES);
  const finish = (): void => {
    const line = unfinished.view();
    if (line.length > 0) take(line, 0, line.length);
    unfinished.clear();
  };
  return {
    push: (chunk) => {
      let start = 0;
      for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
        if (unfinished.length() === 0) take(chunk, start, end);
        else {
          unfinished.add(chunk.subarray(start, end));
          finish();
        }
        start = end + 1;
      }
      if (start < chunk.length) unfinished.add(chunk.subarray(start));
    },
    end: finish,
  };
}
