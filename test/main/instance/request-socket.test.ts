// Owns: that a running daemon is asked over its socket by whoever may, by older and newer programs, and that nobody there costs it anything.
// Leaves: what comes of the requests (test/end-to-end/requests.test.ts).
import { execFileSync } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { askDaemon, askForStatus } from '../../../src/main/instance/ask-daemon.ts';
import { type RequestServer, serveRequests } from '../../../src/main/instance/request-socket.ts';
import { prepareStateDirectory, type StateDirectory } from '../../../src/main/instance/state-directory.ts';
import type { Answer, Request } from '../../../src/shared/requests.ts';
import { aborted } from '../../../src/shared/timing/wait.ts';
import { createLineLog, type LineLog, logLines, until } from '../../support/next-line.ts';
import { makeScratch } from '../../support/temp-repo.ts';
import { BARE_STATUS } from './bare-status.ts';

/** More than goes at once. */
const STATUS = { ...BARE_STATUS, skipped: [{ name: 'x'.repeat(300_000), why: 'much to tell' }] };
const PAUSE: Request = { ask: 'pause', remotes: ['o'] };
const WAIT: Request = { ask: 'wait', remotes: [] };

function makeDirectory(below = ''): StateDirectory {
  const commonDir = path.join(makeScratch(onTestFinished).directory, below);
  fs.mkdirSync(commonDir, { recursive: true });
  return prepareStateDirectory(commonDir);
}

/** Says how it is; pauses; waits until nobody waits any more. */
const carryOut: RequestServer['carryOut'] = (request, { answer, gone }) => {
  if (request.ask === 'status') return answer({ say: 'status', status: STATUS });
  if (request.ask === 'wait') return aborted(gone);
  if (request.ask === 'explain') throw new Error('a fault');
  answer({ say: 'whole', ok: true, text: request.ask });
};

interface Served {
  readonly close: () => void;
  readonly logged: string[];
}

async function serve(directory: StateDirectory, tools: Partial<RequestServer> = {}): Promise<Served> {
  const logged: string[] = [];
  const close = await serveRequests(directory, {
    carryOut,
    isInPlace: () => true,
    log: (text: string) => void logged.push(text),
    ...tools,
  });
  onTestFinished(close);
  return { close, logged };
}

async function ask(directory: StateDirectory, request: Request, signal?: AbortSignal) {
  const answers: Answer[] = [];
  const onAnswer = (answer: Answer): void => void answers.push(answer);
  const asked = await askDaemon(directory, request, { onAnswer, ...(signal && { signal }) });
  return { kind: asked.kind, answers };
}

/** Somebody who is no program of ours. */
async function connect({
  requests,
}: StateDirectory): Promise<{ readonly socket: net.Socket; readonly lines: LineLog }> {
  const socket = net.connect(requests);
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  const lines = createLineLog('the daemon');
  logLines(socket, lines);
  await once(socket, 'connect');
  return { socket, lines };
}

describe('a running daemon', () => {
  test('tells how it is to all who ask at once, and is private', async () => {
    const directory = makeDirectory();
    const { logged } = await serve(directory);
    const answers = await Promise.all(Array.from({ length: 8 }, () => askForStatus(directory)));
    for (const answer of answers) expect(answer).toEqual(STATUS);
    expect(fs.statSync(directory.requests).mode & 0o777).toBe(0o600);
    expect(logged).toEqual([]);
  });

  test('answers a request line by line, to its end', async () => {
    const directory = makeDirectory();
    await serve(directory);
    const { socket, lines } = await connect(directory);
    socket.write(JSON.stringify(PAUSE).slice(0, 10));
    socket.write(`${JSON.stringify(PAUSE).slice(10)}\r\n`);
    await lines.next('{"say":"whole","ok":true,"text":"pause"}');
    await lines.next('{"say":"end"}');
    await once(socket, 'close');
  });

  test('answers also who has no more to say, and closes his side', async () => {
    const directory = makeDirectory();
    let isOver = (): void => undefined;
    await serve(directory, {
      carryOut: async (_request, { answer }) => {
        await new Promise<void>((resolve) => {
          isOver = resolve;
        });
        answer({ say: 'whole', ok: true, text: 'at last' });
      },
    });
    const { socket, lines } = await connect(directory);
    socket.end(`${JSON.stringify(WAIT)}\n`);
    await lines.next('{"say":"working"}');
    isOver();
    await lines.next('{"say":"whole","ok":true,"text":"at last"}');
    await lines.next('{"say":"end"}');
  });

  test.runIf(process.platform === 'linux')('is asked where its path is longer than a socket may have', async () => {
    const directory = makeDirectory(`${'long/'.repeat(40)}.git`);
    await serve(directory);
    expect(await askForStatus(directory)).toEqual(STATUS);
    expect(await ask(directory, PAUSE)).toMatchObject({ kind: 'answered' });
  });

  test('takes the place of what a killed one left, and leaves nothing', async () => {
    const directory = makeDirectory();
    const killed = net.createServer().listen(directory.requests);
    await new Promise((resolve) => killed.once('listening', resolve));
    fs.linkSync(directory.requests, `${directory.requests}.kept`);
    await new Promise((resolve) => killed.close(resolve));
    fs.renameSync(`${directory.requests}.kept`, directory.requests);
    expect(await askForStatus(directory)).toBeUndefined();
    const { close } = await serve(directory);
    await until('the new one answers', async () => (await askForStatus(directory)) !== undefined);
    close();
    expect(fs.readdirSync(directory.path)).toEqual([]);
    expect(await askForStatus(directory)).toBeUndefined();
    expect(await ask(directory, PAUSE)).toEqual({ kind: 'nobody', answers: [] });
  });

  test('removes no socket but its own', async () => {
    const directory = makeDirectory();
    const { close } = await serve(directory);
    fs.rmSync(directory.requests);
    execFileSync('mkfifo', [directory.requests]);
    close();
    expect(fs.statSync(directory.requests).isFIFO()).toBe(true);
    expect(await askForStatus(directory)).toBeUndefined();
  });
});

describe('of those who ask', () => {
  test.each([
    ['garbage', Buffer.from([0xff, 0x00, 0x7b, 0x0a]), /odd/],
    ['another language', 'PAUSE\n', /no line of JSON/],
    ['a request that there is not', '{"ask":"dance"}\n', /knows no such request/],
    ['names that are none', '{"ask":"pause","remotes":[7]}\n', /must be a list of names/],
    ['what we fail at', '{"ask":"explain","remote":"o"}\n', /a fault in the daemon itself/],
  ])('who says %s is told what is wrong, and the next is answered', async (_what, said, why) => {
    const directory = makeDirectory();
    await serve(directory);
    const { socket, lines } = await connect(directory);
    socket.write(said);
    const { text } = await lines.next(/refused/);
    expect(text).toMatch(why);
    await lines.next('{"say":"end"}');
    expect(await ask(directory, PAUSE)).toMatchObject({ kind: 'answered' });
  });

  test('who says too much is told so or hung up on, and costs no memory', async () => {
    const directory = makeDirectory();
    await serve(directory);
    const { socket, lines } = await connect(directory);
    const over = once(socket, 'close');
    for (let piece = 0; piece < 64 && !socket.destroyed; piece += 1) socket.write('x'.repeat(64 * 1024));
    socket.write('\n');
    await Promise.race([over, lines.next(/too long/).catch(() => undefined)]);
    expect(await ask(directory, PAUSE)).toMatchObject({ kind: 'answered' });
  });

  test('who says nothing, or half a line, is hung up on', async () => {
    const directory = makeDirectory();
    await serve(directory);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const [silent, half] = [await connect(directory), await connect(directory)];
    half.socket.write('{"ask":');
    const closed = Promise.all([once(silent.socket, 'close'), once(half.socket, 'close')]);
    // Who came later is answered: they were let in.
    expect(await askForStatus(directory)).toEqual(STATUS);
    vi.advanceTimersByTime(4_900);
    expect([silent, half].map(({ socket }) => socket.closed)).toEqual([false, false]);
    vi.advanceTimersByTime(100);
    await closed;
    expect([silent, half].map(({ lines }) => lines.seen.length)).toEqual([0, 0]);
  });

  test('who goes away ends what he waited for', async () => {
    const directory = makeDirectory();
    const ended: string[] = [];
    await serve(directory, {
      carryOut: async (request, asking) => {
        await carryOut(request, asking);
        ended.push(request.ask);
      },
    });
    const { socket } = await connect(directory);
    socket.write(`${JSON.stringify(WAIT)}\n`);
    const giving = new AbortController();
    const waiting = ask(directory, WAIT, giving.signal);
    expect(await ask(directory, PAUSE)).toMatchObject({ kind: 'answered' });
    socket.destroy();
    giving.abort();
    expect(await waiting).toEqual({ kind: 'given-up', answers: [] });
    await until('nobody waits any more', () => ended.filter((word) => word === 'wait').length === 2);
  });

  test('too many are hung up on, those who wait leave room for a question, and then all is as before', async () => {
    const directory = makeDirectory();
    await serve(directory);
    const giving = new AbortController();
    setMaxListeners(200, giving.signal);
    const waiting = Array.from({ length: 200 }, () => ask(directory, WAIT, giving.signal));
    let open = waiting.length;
    for (const each of waiting) void each.then(() => (open -= 1));
    await until('no more wait than may', () => open === 48);
    expect(await askForStatus(directory)).toEqual(STATUS);
    giving.abort();
    const kinds = (await Promise.all(waiting)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'given-up')).toHaveLength(48);
    await until('there is room again', async () => (await ask(directory, PAUSE)).kind === 'answered');
  });

  test('who never reads what he is told is hung up on', async () => {
    const directory = makeDirectory();
    let isGone = false;
    await serve(directory, {
      carryOut: async (_request, asking) => {
        for (let line = 0; line < 100 && !asking.gone.aborted; line += 1)
          asking.answer({ say: 'whole', ok: true, text: 'x'.repeat(100_000) });
        await aborted(asking.gone);
        isGone = true;
      },
    });
    const socket = net.connect(directory.requests).on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    socket.pause();
    socket.write(`${JSON.stringify(WAIT)}\n`);
    await until('it is hung up on', () => isGone);
  });
});

describe('of two versions', () => {
  test('a newer program understands an older daemon, which says how it is whatever it is asked', async () => {
    const directory = makeDirectory();
    const older = net.createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(`${JSON.stringify(STATUS)}\n`);
    });
    onTestFinished(() => void older.close());
    await once(older.listen(directory.requests), 'listening');
    expect(await askForStatus(directory)).toEqual(STATUS);
    expect(await ask(directory, PAUSE)).toEqual({ kind: 'older', answers: [] });
  });

  test('a daemon that dies before it has answered is told from one that is not there', async () => {
    const directory = makeDirectory();
    const dying = net.createServer((socket) => socket.on('data', () => socket.destroy()));
    onTestFinished(() => void dying.close());
    await once(dying.listen(directory.requests), 'listening');
    expect(await ask(directory, PAUSE)).toEqual({ kind: 'broken', answers: [] });
    expect(await askForStatus(directory)).toBeUndefined();
  });
});
