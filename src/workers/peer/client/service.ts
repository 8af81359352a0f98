// Owns: git's upload-pack or receive-pack of a peer as a channel: DATA both ways, and how it ended.
// Leaves: the session it is asked for in (session.ts), and what is said through it (workers/upload-pack).
// git-annex: P2P/Protocol.hs (connect), P2P/IO.hs (runRelay). A client that has no more to say says nothing: what its
// git said last tells the service there that this was all. The server takes the end of the stream, or CONNECTDONE, for
// its client being gone, and drops what it has not sent yet.
import { Writable } from 'node:stream';
import { formatP2pLine, MOST_DATA_BYTES, parseP2pLine, type Service } from '../../../shared/p2p/lines.ts';
import { saidBy } from '../../../shared/printable.ts';
import { within } from '../../../shared/timing/within.ts';
import { PEER } from '../../patience.ts';
import type { Channel, ChannelExit } from '../../upload-pack/channel.ts';
import { type P2pStream, ProtocolBreach } from '../p2p-stream.ts';
import { createOutput } from './output.ts';
import { failureBehind, type PeerSession } from './session.ts';

export interface ServiceChannel extends Channel {
  /** Whether the peer has said anything; false: the stream ended before. Never rejects. */
  readonly answered: Promise<boolean>;
}

export interface ServiceOptions {
  /** In protocol v2, which the session has to know. */
  readonly v2?: boolean;
  /** The next line of the stream, where somebody has begun to wait for it. */
  readonly nextLine?: Promise<string | undefined> | undefined;
}

/** The session is used up by it. */
export function connectService(
  { stream, features }: Pick<PeerSession, 'stream' | 'features'>,
  service: Service,
  { v2 = false, nextLine }: ServiceOptions = {},
): ServiceChannel {
  const isV2 = v2 && features.has('git-v2');
  const asked = stream.writeLine(formatP2pLine('CONNECT', service, ...(isV2 ? ['version=2'] : [])));
  const first = asked.then(() => nextLine ?? stream.readLine());
  const [stdout, stderr] = [createOutput(), createOutput()];
  const saysEnd = features.has('git-v2');
  const silence = createSilence(saysEnd || service !== 'git-upload-pack' ? undefined : stream.destroy);
  const take = (bytes: Buffer): Promise<void> => {
    silence.note();
    return stdout.write(bytes);
  };
  const outcome = first
    .then((line) => receive(stream, line, take))
    .catch((error: unknown): Outcome => ({ exit: { kind: 'lost' }, complaint: failureBehind(error).detail }));
  void outcome.then(async ({ complaint }) => {
    silence.end();
    if (complaint !== undefined) await stderr.write(Buffer.from(`git-remote-daemon: ${complaint}\n`));
    stdout.readable.push(null);
    stderr.readable.push(null);
    await letGo(stream);
  });
  return {
    // A push that was cut off would wait for the rest of it, with everybody who wants to write behind it.
    stdin: dataTo(stream, saysEnd).once('finish', silence.begin),
    stdout: stdout.readable,
    stderr: stderr.readable,
    exit: Promise.all([outcome, stdout.closed, stderr.closed]).then(([{ exit }]) => exit),
    answered: first.then(
      (line) => line !== undefined,
      () => false,
    ),
    close: () => {
      stream.destroy();
      stdout.readable.destroy();
      stderr.readable.destroy();
    },
  };
}

/** As long as it is at work, upload-pack says so every 5 s. */
const LAST_SILENCE_MS = 15_000;

/**
 * A client that has said its last may have gone without a word: one that is not told so would wait for more for ever, and
 * is left when nothing has come from it for a while. undefined: it is told, or may take its time.
 */
function createSilence(leave: (() => void) | undefined) {
  let timer: NodeJS.Timeout | undefined;
  let isOver = leave === undefined;
  return {
    begin: (): void => {
      if (leave && !isOver) timer = setTimeout(leave, LAST_SILENCE_MS);
    },
    note: (): void => void timer?.refresh(),
    end: (): void => {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

interface Outcome {
  readonly exit: ChannelExit;
  /** For whoever reads stderr. */
  readonly complaint?: string;
}

/** All that the service says, to its end. Throws as the stream does. */
async function receive(
  stream: P2pStream,
  first: string | undefined,
  take: (bytes: Buffer) => Promise<void>,
): Promise<Outcome> {
  for (let text = first; text !== undefined; text = await stream.readLine()) {
    const line = parseP2pLine(text);
    if (line.word === 'CONNECTDONE') return { exit: { kind: 'status', status: statusIn(line.rest) } };
    if (line.word === 'ERROR') return { exit: REFUSED, complaint: saidBy('the peer', line.rest) };
    if (line.word !== 'DATA') throw new ProtocolBreach(`it sent a line that is no DATA: ${saidBy('the peer', text)}`);
    for await (const piece of stream.readData(lengthIn(line.rest))) await take(piece);
  }
  return { exit: { kind: 'lost' }, complaint: 'the peer ended the stream before the service was done' };
}

const REFUSED: ChannelExit = { kind: 'status', status: 1 };

function lengthIn(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ProtocolBreach('it sent DATA without a length');
}

/** Of a service that a signal ended, git-annex says a number below 0. */
function statusIn(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Math.min(Number(text), 255);
  if (/^-\d{1,9}$/.test(text)) return 255;
  throw new ProtocolBreach('it sent CONNECTDONE without a status');
}

/** Its end is said to those of ours alone: in protocol v2 git may end without a word, and upload-pack waits for more then. */
function dataTo(stream: P2pStream, saysEnd: boolean): Writable {
  const send = async (bytes: Buffer): Promise<void> => {
    for (let start = 0; start < bytes.length; start += MOST_DATA_BYTES) {
      const piece = bytes.subarray(start, start + MOST_DATA_BYTES);
      await stream.writeWith(formatP2pLine('DATA', `${piece.length}`), piece);
    }
  };
  const stdin = new Writable({
    highWaterMark: MOST_DATA_BYTES,
    write: (bytes: Buffer, _encoding, done) => void send(bytes).then(() => done(), done),
    final: (done) => {
      const said = saysEnd ? stream.writeLine(formatP2pLine('CONNECTDONE', '0')) : Promise.resolve();
      void said.then(() => done(), done);
    },
  });
  // That the peer is gone is told by the exit.
  return stdin.on('error', () => undefined);
}

/** The end may be said twice; who says it then finds somebody there, for a moment. */
async function letGo(stream: P2pStream): Promise<void> {
  stream.end();
  const rest = async (): Promise<void> => {
    while ((await stream.readLine()) !== undefined);
  };
  await within(
    rest().catch(() => undefined),
    PEER.farewellMs,
  );
  stream.destroy();
}
