// Owns: handing a peer over to git-annex-shell, which speaks the same lines, for annexed content.
// Leaves: what is said then (git-annex), and which lines are for it (conversation.ts).
// git-annex: Command/P2PStdIO.hs. It begins with an AUTH-SUCCESS that nobody has asked for.
import { unattendedGitEnvironment } from '../../../shared/git-environment.ts';
import { formatP2pLine, PROTOCOL_VERSION, parseP2pLine } from '../../../shared/p2p/lines.ts';
import { printable } from '../../../shared/printable.ts';
import type { PeerIdentity, ServeTask } from '../../../shared/serve-messages.ts';
import { collect } from '../../../shared/system/child-process.ts';
import { meaningOf, saysItPasses } from '../../../shared/system/errno.ts';
import { type Child, CommandNotStarted, endChild, type NoteChild, startChild } from '../../run-command.ts';
import type { P2pStream } from '../p2p-stream.ts';
import type { Asked } from './connection.ts';
import { type Guest, waitFor } from './guest.ts';
import { pipeBothWays, readFirstLine } from './object-pipe.ts';
import { createRoom } from './rooms.ts';

export interface ObjectServiceOptions {
  readonly task: ServeTask;
  readonly noteChild: NoteChild;
  readonly log: (text: string) => void;
}

export interface ObjectService {
  /** As Host.objects (connection.ts). */
  readonly serve: (asked: Asked<'objects'>, stream: P2pStream, guest: Guest) => Promise<string | undefined>;
  /** The version that git-annex here and the other side both speak; without git-annex, ours. */
  readonly agree: (version: number, peer: PeerIdentity, guest: Guest) => Promise<number>;
}

const ROOM = { most: 24, mostPerToken: 12, idleMs: 10_000 };
const ROOM_MS = 60_000;
/** Without a byte either way. Longer than git-annex works on any content without a word, as on taking the hash of it. */
const SILENT_MS = 2 * 3_600_000;
/** For its first words. */
const BEGIN_MS = 30_000;
/** That git-annex is not here, or says that it does not serve this repository, holds so long; its version, for longer. */
const LACKING_MS = 60_000;
const KNOWN_MS = 600_000;
const COMPLAINT_BYTES = 4 * 1024;

export function createObjectService(options: ObjectServiceOptions): ObjectService {
  const room = createRoom(ROOM);
  let known: { readonly version: number; readonly untilMs: number } | undefined;
  let lacking: { readonly why: string; readonly untilMs: number } | undefined;

  const begin = async (peer: PeerIdentity, guest: Guest): Promise<Begun | string> => {
    if (lacking !== undefined && performance.now() < lacking.untilMs) return lacking.why;
    const begun = await beginShell(options, peer, guest);
    if (begun.kind === 'begun') return begun;
    // Of one that was ended before it could answer nothing is known.
    if (guest.dropped.aborted) return begun.why;
    if (begun.kind === 'lacking') lacking = { why: begun.why, untilMs: performance.now() + LACKING_MS };
    options.log(`a peer asks for annexed content: ${begun.why}`);
    return begun.why;
  };
  const inRoom = async <T>(peer: PeerIdentity, guest: Guest, work: (note: () => void) => Promise<T>) => {
    const { signal, release } = waitFor(guest, undefined, ROOM_MS);
    const place = await room.enter(peer.tokenId, signal).catch(() => undefined);
    release();
    if (place === undefined) return undefined;
    place.away.addEventListener('abort', guest.drop, { once: true });
    const silence = setTimeout(guest.drop, SILENT_MS);
    const note = (): void => {
      silence.refresh();
      place.note();
    };
    try {
      return await work(note);
    } finally {
      clearTimeout(silence);
      place.leave();
    }
  };
  /** Undefined: there is no git-annex that could speak any. */
  const versionOf = async (peer: PeerIdentity, guest: Guest): Promise<number | undefined> => {
    const begun = await begin(peer, guest);
    if (typeof begun === 'string') return undefined;
    try {
      begun.child.stdin.write(`${formatP2pLine('VERSION', String(PROTOCOL_VERSION))}\n`);
      const { line } = await readFirstLine(begun.child, begun.rest, BEGIN_MS);
      const { word, rest } = parseP2pLine(line ?? '');
      return word === 'VERSION' && /^\d{1,9}$/.test(rest) ? Number(rest) : 0;
    } finally {
      await endChild(begun.child, guest.dropped);
    }
  };
  return {
    serve: async (asked, stream, guest) => {
      const why = await inRoom(asked.peer, guest, async (note) => {
        const begun = await begin(asked.peer, guest);
        if (typeof begun === 'string') return begun;
        const { child, rest } = begun;
        try {
          const left = asked.version === undefined ? rest : await replayVersion(child, rest, asked.version);
          child.stdin.write(`${asked.line}\n`);
          await pipeBothWays({ duplex: stream.handOver(), child, first: left, note, guest });
        } finally {
          await endChild(child, guest.dropped);
        }
        return '';
      });
      if (why === '') return undefined;
      return why ?? 'too many ask for annexed content just now: try again';
    },
    agree: async (version, peer, guest) => {
      if (known !== undefined && performance.now() < known.untilMs) return Math.min(version, known.version);
      const found = await inRoom(peer, guest, async () => (await versionOf(peer, guest)) ?? 'none');
      // Every git-annex speaks the first one, also one that could not be asked.
      if (found === undefined) return 0;
      if (found === 'none') return lacking ? version : 0;
      known = { version: found, untilMs: performance.now() + KNOWN_MS };
      return Math.min(version, found);
    },
  };
}

interface Begun {
  readonly kind: 'begun';
  readonly child: Child;
  /** What it said behind its first line. */
  readonly rest: Buffer;
}

/** `lacking`: nor would the next one be; `failed`: it may be. */
interface NotBegun {
  readonly kind: 'lacking' | 'failed';
  readonly why: string;
}

async function beginShell(
  { task, noteChild }: ObjectServiceOptions,
  peer: PeerIdentity,
  guest: Guest,
): Promise<Begun | NotBegun> {
  const child = await startShell(task, peer, noteChild);
  if ('why' in child) return child;
  const complaints = collect(child.stderr, COMPLAINT_BYTES);
  const { line, rest } = await readFirstLine(child, Buffer.alloc(0), BEGIN_MS);
  if (line !== undefined && parseP2pLine(line).word === 'AUTH-SUCCESS') return { kind: 'begun', child, rest };
  await endChild(child, guest.dropped);
  const said = complaints.text().trim();
  if (said === '') return { kind: 'failed', why: 'git-annex does not answer here' };
  const why = `git-annex does not serve this repository: ${printable(said.split('\n')[0] ?? '')}`;
  return { kind: saysItPasses(said) ? 'failed' : 'lacking', why };
}

async function startShell(task: ServeTask, peer: PeerIdentity, noteChild: NoteChild): Promise<Child | NotBegun> {
  const environment = unattendedGitEnvironment(process.env, undefined, task.repositoryVariables);
  const args = ['p2pstdio', task.directory, peer.uuid, '--uuid', task.uuid];
  try {
    return await startChild('git-annex-shell', args, {
      directory: task.directory,
      environment: { ...environment, GIT_ANNEX_SHELL_READONLY: peer.rights === 'read' ? '1' : undefined },
      noteChild,
    });
  } catch (error) {
    if (!(error instanceof CommandNotStarted)) throw error;
    if (meaningOf(error.code) === 'passes')
      return { kind: 'failed', why: 'git-annex cannot be started here just now: try again' };
    return { kind: 'lacking', why: 'there is no git-annex here' };
  }
}

/** It was answered before; what git-annex says to it is nobody's to hear. */
async function replayVersion(child: Child, rest: Buffer, version: number): Promise<Buffer> {
  child.stdin.write(`${formatP2pLine('VERSION', String(version))}\n`);
  return (await readFirstLine(child, rest, BEGIN_MS)).rest;
}
