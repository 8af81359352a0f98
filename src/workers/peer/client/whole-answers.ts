// Owns: that a fetch from a peer of git-annex gets the whole pack: what was cut off at the end is asked for once more.
// Leaves: the channels (service.ts), and what git says through them.
// git-annex's server may hear that its upload-pack has exited before it has read the last of its output, and drops that
// then (P2P/IO.hs, runRelayService; seen with 10.20230126 in one fetch of five on a busy machine). In protocol v0 git
// says `done` last, and what it is answered then ends with a flush-pkt: until that has come the answer is held back, and
// where it does not come, another upload-pack is told the same.
import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gatherBytes } from '../../../shared/gathered-bytes.ts';
import { createFlushSplitter } from '../../../shared/git-protocol/flush-splitter.ts';
import type { Channel, ChannelExit } from '../../upload-pack/channel.ts';
import { createOutput } from './output.ts';

/** What git says, all in all; of a longer talk nothing is said twice. */
const MOST_ASKED_BYTES = 1024 * 1024;
/** Of an answer that is longer, or takes longer, nothing is held back: git is to see that it is alive. */
const MOST_HELD_BYTES = 1024 * 1024;
const HELD_MS = 3_000;
const MOST_TRIES = 5;
const DONE = '0009done\n';

/** `held`: git has said `done`, and what it is answered is kept here. `open`: all goes to git as it comes, for good. */
type Stage = 'talking' | 'held' | 'open';

/** The same channel to an upload-pack of protocol v0. `again` opens another one. */
export function withWholeAnswers(first: Channel, again: () => Promise<Channel>): Channel {
  const asked = gatherBytes();
  const held = gatherBytes();
  const given = { hash: createHash('sha256'), bytes: 0 };
  const [stdout, stderr] = [createOutput(), createOutput()];
  let stage: Stage = 'talking';
  let current = first;
  let timer: NodeJS.Timeout | undefined;

  const give = async (bytes: Uint8Array): Promise<void> => {
    if (stage === 'talking') given.hash.update(bytes);
    given.bytes += bytes.length;
    if (bytes.length > 0) await stdout.write(Buffer.from(bytes));
  };
  const release = async (): Promise<void> => {
    clearTimeout(timer);
    stage = 'open';
    await give(held.view().slice());
    held.clear();
  };
  const hold = (): void => {
    stage = 'held';
    timer = setTimeout(() => void release(), HELD_MS);
  };
  const noteAsked = (bytes: Uint8Array): void => {
    if (stage !== 'talking') return;
    asked.add(bytes);
    if (asked.length() > MOST_ASKED_BYTES) stage = 'open';
    else if (Buffer.from(asked.view().subarray(-DONE.length)).toString('latin1') === DONE) hold();
  };
  /** Whether there is nothing more to wait for. `skip`: so much of it git has got from another one, and the hash of it. */
  const pass = async (channel: Channel, skip?: Skip): Promise<boolean> => {
    const split = createFlushSplitter();
    const rest = skipping(skip);
    for await (const chunk of channel.stdout) {
      for (const { bytes, ends } of split(chunk)) {
        const fresh = rest(bytes);
        if (fresh === 'other') {
          channel.close();
          return true;
        }
        if (stage !== 'held') await give(fresh);
        else held.add(fresh);
        // What was skipped has a flush-pkt of its own.
        const isEnd = ends && fresh.length > 0;
        if (stage === 'held' && (isEnd || held.length() > MOST_HELD_BYTES)) await release();
      }
    }
    return stage !== 'held';
  };
  const stdin = stdinTo(() => current, noteAsked);
  const converse = async (): Promise<ChannelExit> => {
    let complaints = said(current);
    let isWhole = await pass(current);
    for (let tries = 1; !isWhole && tries < MOST_TRIES && !stdout.readable.destroyed; tries += 1) {
      // What is held was cut off: however long it takes to get there again, git is not to have it.
      clearTimeout(timer);
      const next = await again().catch(() => undefined);
      if (next === undefined) break;
      current = next;
      if (stdout.readable.destroyed) next.close();
      else hold();
      held.clear();
      complaints = said(next);
      next.stdin.write(asked.view().slice());
      if (stdin.writableEnded) next.stdin.end();
      isWhole = await pass(next, { bytes: given.bytes, digest: given.hash.copy().digest('hex') });
    }
    await release();
    await stderr.write(Buffer.from(await complaints));
    return current.exit;
  };
  const outcome = converse().catch((): ChannelExit => ({ kind: 'lost' }));
  void outcome.then(() => {
    stdout.readable.push(null);
    stderr.readable.push(null);
  });
  return {
    stdin,
    stdout: stdout.readable,
    stderr: stderr.readable,
    exit: Promise.all([outcome, stdout.closed, stderr.closed]).then(([exit]) => exit),
    close: () => {
      clearTimeout(timer);
      current.close();
      stdout.readable.destroy();
      stderr.readable.destroy();
    },
  };
}

const said = ({ stderr }: Channel): Promise<string> => text(stderr).catch(() => '');

interface Skip {
  readonly bytes: number;
  readonly digest: string;
}

/** What is left of each piece behind those bytes; `other`: they are not the same as those that git has got. */
function skipping({ bytes: left, digest }: Skip = { bytes: 0, digest: '' }) {
  const hash = createHash('sha256');
  let toSkip = left;
  return (bytes: Uint8Array): Uint8Array | 'other' => {
    if (toSkip === 0) return bytes;
    const part = bytes.subarray(0, toSkip);
    hash.update(part);
    toSkip -= part.length;
    return toSkip === 0 && hash.digest('hex') !== digest ? 'other' : bytes.subarray(part.length);
  };
}

/** To whichever is spoken to at that moment. */
function stdinTo(current: () => Channel, note: (bytes: Uint8Array) => void): Writable {
  const stdin = new Writable({
    write: (bytes: Buffer, _encoding, done) => {
      note(bytes);
      current().stdin.write(bytes, done);
    },
    final: (done) => void current().stdin.end(() => done()),
  });
  return stdin.on('error', () => undefined);
}
