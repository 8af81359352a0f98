// Owns: a request of protocol v2 (gitprotocol-v2(5)) as git makes it and as upload-pack reads it.
// Leaves: the channel it goes over (workers/ssh), and which ones are made (workers/upload-pack/ahead/predict.ts).
import { createPktReader, type PktLine, pktLine } from './pkt-line.ts';

/** `ls-refs` or `fetch`, mostly. Each is complete in itself: a server remembers none of those before. */
export interface V2Request {
  readonly command: string;
  /** Such as `agent=git/2.39.5`, `object-format=sha1`. */
  readonly capabilities: readonly string[];
  /** Such as `ref-prefix refs/heads/`, `want <object name>`, `done`. */
  readonly args: readonly string[];
}

/** How git asks, but for what is different each time; absent where that is not known, or left to git. */
export interface RequestShapes {
  readonly listing?: V2Request;
  /** A listing of one ref alone, without its name. */
  readonly named?: V2Request;
  /** A fetch without its wants and haves. */
  readonly fetch?: V2Request;
}

const COMMAND = 'command=';

/** Reads what a client says up to a flush-pkt; undefined for a goodbye and for what is no request. */
export function parseRequest(bytes: Uint8Array): V2Request | undefined {
  const lines = linesOf(bytes);
  const flush = lines.findIndex(({ kind }) => kind === 'flush');
  if (flush !== lines.length - 1) return undefined;
  // What is no UTF-8 would be said back in other bytes.
  if (textsOf(lines).some((text) => text.includes('\uFFFD'))) return undefined;
  const delimiter = lines.findIndex(({ kind }) => kind === 'delimiter');
  // The command is one of the capabilities, in any order: git before 2.33 says object-format first.
  const head = textsOf(lines.slice(0, delimiter === -1 ? flush : delimiter));
  const [command, ...more] = head.filter((text) => text.startsWith(COMMAND));
  if (command === undefined || more.length > 0) return undefined;
  return {
    command: command.slice(COMMAND.length),
    capabilities: head.filter((text) => text !== command),
    args: delimiter === -1 ? [] : textsOf(lines.slice(delimiter, flush)),
  };
}

export function requestText({ command, capabilities, args }: V2Request): string {
  const data = (text: string): string => pktLine({ kind: 'data', text });
  const delimiter = args.length > 0 ? [pktLine({ kind: 'delimiter' })] : [];
  const lines = [data(COMMAND + command), ...capabilities.map(data), ...delimiter, ...args.map(data)];
  return [...lines, pktLine({ kind: 'flush' })].join('');
}

export const isSameRequest = (one: V2Request, other: V2Request): boolean => requestText(one) === requestText(other);

function linesOf(bytes: Uint8Array): PktLine[] {
  try {
    return createPktReader()(bytes);
  } catch {
    return [];
  }
}

const textsOf = (lines: readonly PktLine[]): string[] =>
  lines.flatMap((line) => (line.kind === 'data' ? [line.text] : []));
