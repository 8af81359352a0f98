// Owns: every way in which reaching a remote or running git can fail, and what is done about each.
// Leaves: telling which one it was (the transport, or git-failures.ts), and when to try again (restart.ts).

/** What the supervisor does after a failure. */
export type Disposition =
  /** Try again after a wait. */
  | 'retry'
  /** Say so once; try again when something has changed that could help, and else ever more rarely. */
  | 'give-up'
  /** Try the remote's next rung at once. */
  | 'fall-back';

const DISPOSITIONS = {
  unreachable: 'retry',
  /** What the system could not do just now (system/errno.ts): nothing is known of the remote. */
  'not-now': 'retry',
  'timed-out': 'retry',
  /** git of ours showed no sign of life for its time; the next one has twice as much. */
  silent: 'retry',
  dropped: 'retry',
  /** A server that is there, and does not answer what it was asked. */
  unanswered: 'retry',
  /** A command runs there, or what stands for it, and not a word comes of it. */
  'says-nothing': 'retry',
  /** The watcher runs there, and does not come to watch. */
  'not-ready': 'retry',
  /** A program that the watcher needs is not there, maybe while it is upgraded. */
  'no-tools': 'retry',
  locked: 'retry',
  /** Ended by us before it was done: PAUSE, LOSTNET, RELOAD or STOP. */
  cancelled: 'retry',
  'remote-error': 'retry',
  'worker-crashed': 'retry',
  'worker-hung': 'retry',
  /** Another remote's loop ended the thread, or it is not known whose. */
  'thread-ended': 'retry',
  'too-much-noise': 'retry',
  /** Somebody has said that the server wants no more logins, and it may have been the server. */
  'maybe-refused': 'retry',
  'auth-refused': 'give-up',
  /** Let in, and not allowed to read this one repository. */
  'not-permitted': 'give-up',
  /** Another peer than the one that was meant answers at its address. */
  'wrong-peer': 'give-up',
  /** What reaches a network of peers is not on this machine, or this repository has no place in it. */
  'not-set-up': 'give-up',
  'host-key-unknown': 'give-up',
  'host-key-changed': 'give-up',
  'bad-ssh-config': 'give-up',
  'no-repository': 'retry',
  /** A path of this machine, as on a disk that is not mounted. */
  'not-there': 'retry',
  'shell-missing': 'fall-back',
  'no-notifychanges': 'fall-back',
  /** No shell for this account, or one that cannot run a watcher. */
  'no-shell': 'fall-back',
  'cannot-watch': 'fall-back',
  /** The watcher on the server would have to look; git-annex-shell may be told of changes there all the same. */
  'cannot-be-told': 'fall-back',
  /** As that, and git-annex-shell would not be told either. */
  'nothing-tells': 'fall-back',
  /** Other machines change what is on it, and nothing tells. */
  'deaf-file-system': 'fall-back',
  /** More came than the config allows. */
  'too-big': 'retry',
  /** The disk that this repository is on is nearly full. */
  'no-room': 'retry',
  /** Refs of this repository are broken, so that git takes nothing in. */
  'broken-here': 'retry',
  /** A hook of this repository does not let refs be moved. */
  'refused-here': 'retry',
  /** More than a thread has memory for. */
  'too-many-refs': 'retry',
  unknown: 'retry',
} as const satisfies Record<string, Disposition>;

export type FailureCode = keyof typeof DISPOSITIONS;

export const dispositionOf = (code: FailureCode): Disposition => DISPOSITIONS[code];

/** A failure as it crosses a port: cloning an Error would drop its class and code. `detail` is one line for a person. */
export interface Failure {
  readonly code: FailureCode;
  readonly detail: string;
  /** The other side asks to be left alone for so long. */
  readonly againInMs?: number;
  /** All that was said, line by line, where it is not known what it means: for the log. */
  readonly said?: readonly string[];
}

/** A failure inside one thread. */
export class DaemonError extends Error {
  override readonly name = 'DaemonError';
  readonly code: FailureCode;
  readonly detail: string;
  readonly againInMs: number | undefined;

  constructor(code: FailureCode, detail: string, options: ErrorOptions & Pick<Failure, 'againInMs'> = {}) {
    super(`${code}: ${detail}`, options);
    this.code = code;
    this.detail = detail;
    this.againInMs = options.againInMs;
  }
}

/** What to send across a port for anything that was thrown; what is no DaemonError is a bug, and keeps its stack. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof DaemonError) {
    const { code, detail, againInMs } = thrown;
    return { code, detail, ...(againInMs !== undefined && { againInMs }) };
  }
  return { code: 'unknown', detail: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) };
}
