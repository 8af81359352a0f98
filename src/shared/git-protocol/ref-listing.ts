// Owns: a talk with upload-pack that ends once it has listed its refs, in whichever protocol version it speaks.
// Leaves: the channel it goes over (workers/ssh), and comparing what was listed (refs/ref-advertisement.ts).
import { DaemonError } from '../failures.ts';
import { gitFailure } from '../git-failures.ts';
import { printable } from '../printable.ts';
import { gatherRefs } from '../refs/compact-refs.ts';
import { MOST_REFS, type RefAdvertisement } from '../refs/ref-advertisement.ts';
import { createPktReader, lsRefsRequest, type PktLine, pktLine } from './pkt-line.ts';

export interface RefListing {
  /** What is to be said to a piece of what upload-pack says, maybe nothing. Throws a DaemonError if that is not git. */
  readonly push: (chunk: Uint8Array) => string;
  /** All of them, once they are known. */
  readonly refs: () => RefAdvertisement | undefined;
}

/** More than any server of git has. */
const MOST_CAPABILITIES = 100;

/** `greeting`: nothing was said yet; `capabilities`: of protocol v2; `refs`: they are being listed; `done`. */
type Stage = 'greeting' | 'capabilities' | 'refs' | 'done';

/** The server's first packet decides (gitprotocol-v2(5)): without `version 2` it is the advertisement of v0 or v1. */
export function createRefListing(prefixes: readonly string[]): RefListing {
  const read = createPktReader();
  const gathered = gatherRefs();
  let lines = 0;
  const capabilities: string[] = [];
  let stage: Stage = 'greeting';
  let refs: RefAdvertisement | undefined;
  let isV2 = false;

  const onRef = (text: string): void => {
    // Peeled tags are no refs.
    if (text.endsWith('^{}')) return;
    lines += 1;
    gathered.line(withoutCapabilities(text));
    if (lines >= MOST_REFS || gathered.isFull()) throw tooMany();
  };
  const onGreeting = (text: string): void => {
    isV2 = text === 'version 2';
    stage = isV2 ? 'capabilities' : 'refs';
    if (!isV2) onRef(text);
  };
  const onFlush = (): string => {
    if (stage === 'capabilities') {
      stage = 'refs';
      return lsRefsRequest(prefixes, capabilities);
    }
    if (stage === 'done') return '';
    stage = 'done';
    refs = gathered.refs();
    // v2 was told with the request that nothing more is wanted.
    return isV2 ? '' : pktLine({ kind: 'flush' });
  };
  const onLine = (line: PktLine): string => {
    if (line.kind === 'flush') return onFlush();
    if (line.kind !== 'data') return '';
    const { text } = line;
    if (text.startsWith('ERR ')) throw asFailure(`fatal: remote error: ${text.slice('ERR '.length)}`);
    if (stage === 'greeting') onGreeting(text);
    else if (stage === 'refs') onRef(text);
    // Without it git takes a client for one that knows SHA-1 only, and hangs up where names are SHA-256.
    else if (text.startsWith('object-format=') && capabilities.length < MOST_CAPABILITIES) capabilities.push(text);
    return '';
  };
  return {
    push: (chunk) => pktLinesOf(read, chunk).map(onLine).join(''),
    refs: () => refs,
  };
}

const tooMany = (): DaemonError => new DaemonError('too-many-refs', 'it has more refs than can be compared');

/** A v0 advertisement has them behind a NUL on its first line. */
const withoutCapabilities = (line: string): string => {
  const end = line.indexOf('\0');
  return end === -1 ? line : line.slice(0, end);
};

function pktLinesOf(read: (chunk: Uint8Array) => PktLine[], chunk: Uint8Array): PktLine[] {
  try {
    return read(chunk);
  } catch (error) {
    const said = printable(new TextDecoder().decode(chunk.subarray(0, 60)));
    throw new DaemonError('remote-error', `the remote says other things than git: ${said}`, { cause: error });
  }
}

function asFailure(complaint: string): DaemonError {
  const { code, detail } = gitFailure(complaint);
  return new DaemonError(code, detail);
}
