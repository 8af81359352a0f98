// Owns: a talk with upload-pack that ends once it has listed its refs, in whichever protocol version it speaks.
// Leaves: the channel it goes over (workers/ssh), and comparing what was listed (refs/ref-advertisement.ts).
import { DaemonError } from '../failures.ts';
import { gitFailure } from '../git-failures.ts';
import { printable } from '../printable.ts';
import { gatherRefs, type TakeLine } from '../refs/compact-refs.ts';
import type { RefAdvertisement } from '../refs/ref-advertisement.ts';
import { createPktCutter, lsRefsRequest, pktLine, type TakePkt } from './pkt-line.ts';

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

/**
 * The server's first packet decides (gitprotocol-v2(5)): without `version 2` it is the advertisement of v0 or v1. `before`:
 * what it listed earlier, which is given back where it lists the same.
 */
export function createRefListing(prefixes: readonly string[], before?: RefAdvertisement): RefListing {
  const cut = createPktCutter();
  const gathered = gatherRefs(before);
  const capabilities: string[] = [];
  let stage: Stage = 'greeting';
  let refs: RefAdvertisement | undefined;
  let isV2 = false;

  const onRef: TakeLine = (bytes, from, to) => {
    // A v0 advertisement has its capabilities behind a NUL on its first line.
    const end = isV2 ? -1 : bytes.subarray(from, to).indexOf(0);
    gathered.line(bytes, from, end === -1 ? to : from + end);
    if (gathered.isFull()) throw tooMany();
  };
  const onGreeting = (text: string): void => {
    isV2 = text === 'version 2';
    stage = isV2 ? 'capabilities' : 'refs';
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
  const onData: TakeLine = (bytes, from, to) => {
    const text = stage === 'refs' && !isError(bytes, from) ? undefined : UTF8.decode(bytes.subarray(from, to));
    if (text?.startsWith(ERROR)) throw asFailure(`fatal: remote error: ${text.slice(ERROR.length)}`);
    if (stage === 'greeting') onGreeting(text ?? '');
    if (stage === 'refs') onRef(bytes, from, to);
    // Without it git takes a client for one that knows SHA-1 only, and hangs up where names are SHA-256.
    else if (text?.startsWith('object-format=') && capabilities.length < MOST_CAPABILITIES) capabilities.push(text);
  };
  return {
    push: (chunk) => {
      let said = '';
      const take: TakePkt = (kind, bytes, from, to) => {
        if (kind === 'flush') said += onFlush();
        else if (kind === 'data') onData(bytes, from, to);
      };
      try {
        cut(chunk, take);
      } catch (error) {
        throw error instanceof RangeError ? noGit(chunk, error) : error;
      }
      return said;
    },
    refs: () => refs,
  };
}

const UTF8 = new TextDecoder();
const ERROR = 'ERR ';
const isError = (bytes: Uint8Array, at: number): boolean => bytes[at] === ERROR.charCodeAt(0);

const tooMany = (): DaemonError => new DaemonError('too-many-refs', 'it has more refs than can be compared');

function noGit(chunk: Uint8Array, cause: RangeError): DaemonError {
  const said = printable(new TextDecoder().decode(chunk.subarray(0, 60)));
  return new DaemonError('remote-error', `the remote says other things than git: ${said}`, { cause });
}

function asFailure(complaint: string): DaemonError {
  const { code, detail } = gitFailure(complaint);
  return new DaemonError(code, detail);
}
