// Owns: what is wrong with the lines that a daemon said, taken by themselves and against what was done to it.
// Leaves: the refs (ref-image.ts), and who said the lines and did the things (world.ts).

export interface Said {
  readonly text: string;
  /** `performance.now()` when it came. */
  readonly atMs: number;
}

/** Something that was done, for which a remote may complain until all is quiet again. */
export interface Excuse {
  /** undefined: any of them. */
  readonly remotes: readonly string[] | undefined;
  /** A WARNING, or a `DONESYNCING … 0`. */
  readonly complaints: readonly Complaint[];
  readonly fromMs: number;
  untilMs: number;
}

export type Complaint = 'WARNING' | 'FAILED';

/** A time in which no remote (or only not this one) may connect or sync, or only not sync. */
export interface Silence {
  readonly remote: string | undefined;
  readonly what: 'all' | 'syncs';
  readonly why: string;
  readonly fromMs: number;
  untilMs: number;
}

/** Who is connected and who syncs after these lines, and each line that should not have come where it did. */
export interface Standing {
  readonly connected: ReadonlySet<string>;
  readonly syncing: ReadonlySet<string>;
  readonly faults: readonly string[];
}

const LINE = /^(CONNECTED|DISCONNECTED|SYNCING|DONESYNCING|WARNING) (\S+)(?: (.*))?$/;

/** SYNCING and DONESYNCING come in pairs for each remote, and so do CONNECTED and DISCONNECTED; none is nested. */
export function standingAfter(said: readonly Said[]): Standing {
  const connected = new Set<string>();
  const syncing = new Set<string>();
  const faults: string[] = [];
  for (const { text } of said) {
    const [, word, remote = '', rest] = LINE.exec(text) ?? [];
    const isRight = ((): boolean => {
      switch (word) {
        case 'CONNECTED':
          return rest === undefined && enter(connected, remote);
        case 'DISCONNECTED':
          return rest === undefined && connected.delete(remote);
        case 'SYNCING':
          return rest === undefined && enter(syncing, remote);
        case 'DONESYNCING':
          return /^[01]$/.test(rest ?? '') && syncing.delete(remote);
        default:
          return word === 'WARNING' && rest !== undefined && rest.trim() !== '';
      }
    })();
    if (!isRight) faults.push(`out of place: ${text}`);
  }
  return { connected, syncing, faults };
}

/** As `standingAfter`, of a daemon that has ended: all it said of a remote has come to its end. */
export function faultsAtTheEnd(said: readonly Said[]): string[] {
  const { connected, syncing, faults } = standingAfter(said);
  return [
    ...faults,
    ...[...syncing].map((remote) => `no DONESYNCING ${remote} at the end`),
    ...[...connected].map((remote) => `no DISCONNECTED ${remote} at the end`),
  ];
}

/** The complaints for which nothing was done that could be their cause. */
export function withoutCause(said: readonly Said[], excuses: readonly Excuse[]): string[] {
  return said.flatMap(({ text, atMs }) => {
    const complaint = complaintOf(text);
    if (complaint === undefined) return [];
    const isExcused = excuses.some(
      ({ remotes, complaints, fromMs, untilMs }) =>
        complaints.includes(complaint.kind) &&
        (remotes === undefined || remotes.includes(complaint.remote)) &&
        fromMs <= atMs &&
        atMs <= untilMs,
    );
    return isExcused ? [] : [`without a cause: ${text}`];
  });
}

/** What was said in times of silence. */
export function brokenSilences(said: readonly Said[], silences: readonly Silence[]): string[] {
  return said.flatMap(({ text, atMs }) => {
    const [, word, remote] = LINE.exec(text) ?? [];
    if (word !== 'CONNECTED' && word !== 'SYNCING') return [];
    const broken = silences.find(
      (silence) =>
        (silence.remote === undefined || silence.remote === remote) &&
        (silence.what === 'all' || word === 'SYNCING') &&
        silence.fromMs < atMs &&
        atMs < silence.untilMs,
    );
    return broken ? [`${broken.why}, and yet: ${text}`] : [];
  });
}

function complaintOf(text: string): { kind: Complaint; remote: string } | undefined {
  const [, word, remote = '', rest] = LINE.exec(text) ?? [];
  if (word === 'WARNING') return { kind: 'WARNING', remote };
  return word === 'DONESYNCING' && rest === '0' ? { kind: 'FAILED', remote } : undefined;
}

function enter(set: Set<string>, remote: string): boolean {
  if (set.has(remote)) return false;
  set.add(remote);
  return true;
}
