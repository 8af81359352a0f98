// Owns: asking a remote's upload-pack for its refs, once, over the connection that is open.
// Leaves: what is said (shared/git-protocol/ref-listing.ts), and when it is asked (ssh/watch/poll-over-ssh.ts, refs/compare.ts).
import { PassThrough } from 'node:stream';
import { DaemonError } from '../../shared/failures.ts';
import { gitFailure } from '../../shared/git-failures.ts';
import { createRefListing } from '../../shared/git-protocol/ref-listing.ts';
import { LISTING_BYTES, type RefAdvertisement, refPrefixes } from '../../shared/refs/ref-advertisement.ts';
import type { WantedRefs } from '../../shared/remote.ts';
import { aborted } from '../../shared/timing/wait.ts';
import type { ListingOptions } from '../transport.ts';
import type { Client, UploadPack } from './upload-pack.ts';

const COMPLAINT_BYTES = 8 * 1024;

/** Throws a DaemonError, or what the signal was aborted with; the channel is told to close then, and not waited for. */
export async function listRefs(
  uploadPack: UploadPack,
  wanted: WantedRefs,
  signal: AbortSignal,
  options: ListingOptions = {},
): Promise<RefAdvertisement> {
  const lister = createLister(wanted, options);
  const leave = (): void => lister.leave();
  signal.addEventListener('abort', leave, { once: true });
  try {
    await Promise.race([uploadPack.serve(lister.client), aborted(signal)]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
  const refs = lister.refs();
  if (refs !== undefined) return refs;
  signal.throwIfAborted();
  throw lister.failure();
}

interface Lister {
  readonly client: Client;
  readonly refs: () => RefAdvertisement | undefined;
  readonly failure: () => DaemonError;
  readonly leave: () => void;
}

/** Stands where git would: reads what upload-pack says, and answers. */
function createLister(wanted: WantedRefs, { before, onBegin }: ListingOptions): Lister {
  const listing = createRefListing(refPrefixes(wanted), before);
  const input = new PassThrough();
  let leave = (): void => undefined;
  const gone = new Promise<void>((resolve) => {
    leave = resolve;
  });
  let oddity: DaemonError | undefined;
  let complaints = '';
  const complain = (payload: Uint8Array): void => {
    complaints += new TextDecoder().decode(payload.subarray(0, COMPLAINT_BYTES - complaints.length));
  };
  let bytes = 0;
  const take = (chunk: Uint8Array): void => {
    if (bytes === 0) onBegin?.();
    bytes += chunk.length;
    if (bytes > LISTING_BYTES) throw new DaemonError('too-many-refs', 'it has more refs than can be compared');
    input.write(listing.push(chunk));
    if (listing.refs() !== undefined) input.end();
  };
  return {
    client: {
      kind: 'listing',
      input,
      inputEnded: new Promise(() => undefined),
      write: (kind, payload) => {
        if (kind === 'stderr') complain(payload);
        if (kind !== 'stdout' || oddity !== undefined || listing.refs() !== undefined) return true;
        try {
          take(payload);
        } catch (error) {
          oddity = error instanceof DaemonError ? error : new DaemonError('unknown', String(error), { cause: error });
          leave();
        }
        return true;
      },
      drained: (then) => then(),
      finish: leave,
      gone,
    },
    refs: listing.refs,
    failure: () => oddity ?? failureIn(complaints),
    leave,
  };
}

/** Whoever fails without a word that is known is no upload-pack, or one that broke. */
function failureIn(complaints: string): DaemonError {
  if (complaints.trim() === '') return new DaemonError('dropped', 'the server ended without listing its refs');
  const { code, detail } = gitFailure(complaints);
  return new DaemonError(code === 'unknown' ? 'remote-error' : code, detail);
}
