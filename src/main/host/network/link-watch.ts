// Owns: being told by the system the moment an address or a route changes: a child that waits for that, and its restarts.
// Leaves: what has changed, if anything has (network.ts looks).
import { type ChildProcess, spawn } from 'node:child_process';
import { decideWait } from '../../../shared/restart.ts';
import { signalGroup } from '../../../shared/system/child-process.ts';

export interface LinkWatch {
  /** Starts it, a moment later, where it is wanted and does not run, ends it where it is not. */
  readonly configured: () => void;
  readonly close: () => void;
}

export interface LinkWatchOptions {
  /** What writes lines at each change, for as long as it runs; undefined: nothing does on this system. */
  readonly command: readonly string[] | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Whether anything here goes over a network at all. */
  readonly isWanted: () => boolean;
  readonly look: () => void;
  /** Whether it tells just now. */
  readonly tells: (isTelling: boolean) => void;
  readonly log: (text: string) => void;
  readonly random?: () => number;
  readonly firstMs?: number;
  readonly listensAfterMs?: number;
}

/** By what a system tells. That of busybox cannot, and says so. */
export const COMMANDS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: ['ip', '-o', 'monitor', 'address', 'route'],
  darwin: ['route', '-n', 'monitor'],
  freebsd: ['route', '-n', 'monitor'],
  openbsd: ['route', '-n', 'monitor'],
};

/** What belongs together comes within this: an address, and the routes that go with it. */
const GATHER_MS = 100;
/** A network that changes all the time costs no more than a look so often, and the reading of a pipe that is full. */
const LOOKS_APART_MS = 1_000;
/** A start is not to share the processor with two programs more; until then it is looked. */
const FIRST_MS = 1_000;
/** By then it has begun to listen, or has ended as it cannot. */
const LISTENS_AFTER_MS = 15_000;

/**
 * It does not read its input, and would notice only at the next change that nobody reads what it says: a shell waits for
 * the end of ours, however that comes. `$!` is the program itself. That it has ended shows in the end of the output.
 */
const SCRIPT = 'command -v "$1" >/dev/null || exit 127; "$@" & exec >/dev/null; read -r end; kill $!';

export function watchLinks(options: LinkWatchOptions): LinkWatch {
  const { command, env, isWanted, look, tells, log, random = Math.random } = options;
  const { firstMs = FIRST_MS, listensAfterMs = LISTENS_AFTER_MS } = options;
  /** `missing`: there is no such program, and none is looked for again. */
  type State =
    | { readonly kind: 'off' | 'missing' | 'closed' }
    | { readonly kind: 'runs'; readonly child: ChildProcess; readonly listens: NodeJS.Timeout }
    | { readonly kind: 'waits'; readonly timer: NodeJS.Timeout };
  let state: State = command === undefined ? { kind: 'missing' } : { kind: 'off' };
  let failures = 0;
  const start = (): void => {
    const startedMs = performance.now();
    const child = startTelling(command ?? [], env, look, (isMissing) => {
      if (state.kind !== 'runs' || state.child !== child) return;
      silent(state.listens);
      state = isMissing ? { kind: 'missing' } : waitAgain(performance.now() - startedMs);
    });
    state = { kind: 'runs', child, listens: setTimeout(begins, listensAfterMs).unref() };
  };
  let isTelling = false;
  const begins = (): void => {
    isTelling = true;
    tells(true);
  };
  const silent = (listens: NodeJS.Timeout): void => {
    clearTimeout(listens);
    if (isTelling) tells(false);
    isTelling = false;
  };
  const waitAgain = (livedMs: number): State => {
    const wait = decideWait(failures, livedMs, random);
    if (wait.failures === 1)
      log(`${command?.join(' ')} has ended: changes of the network are looked for every few seconds meanwhile`);
    failures = wait.failures;
    return { kind: 'waits', timer: setTimeout(start, wait.waitMs).unref() };
  };
  const stop = (next: 'off' | 'closed'): void => {
    const last = state;
    state = { kind: next };
    if (last.kind === 'waits') clearTimeout(last.timer);
    if (last.kind !== 'runs') return;
    silent(last.listens);
    endNow(last.child);
  };
  return {
    configured: () => {
      const wanted = isWanted();
      if (wanted && state.kind === 'off') state = { kind: 'waits', timer: setTimeout(start, firstMs).unref() };
      if (!wanted && (state.kind === 'runs' || state.kind === 'waits')) stop('off');
    },
    close: () => stop('closed'),
  };
}

/** `ended` is called once, at the latest when there is nothing more to read. */
function startTelling(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  look: () => void,
  ended: (isMissing: boolean) => void,
): ChildProcess {
  const child = spawn('sh', ['-c', SCRIPT, 'sh', ...command], {
    // What is sent to the group of this process, such as the terminal's Ctrl-C, is this process's to obey.
    detached: true,
    cwd: '/',
    env: { ...env, LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let lastMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const over = (isMissing: boolean): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    endNow(child);
    ended(isMissing);
  };
  child.once('error', () => over(false));
  child.once('exit', (status) => over(status === 127));
  child.stdin?.on('error', () => undefined);
  const { stdout } = child;
  stdout?.on('error', () => undefined);
  // Where the program is missing, its exit tells that a moment later.
  stdout?.once('end', () => setTimeout(() => over(false), GATHER_MS).unref());
  stdout?.on('data', () => {
    // Until it was looked: whoever writes more than a pipe holds waits for us.
    stdout.pause();
    const dueMs = Math.max(GATHER_MS, lastMs + LOOKS_APART_MS - performance.now());
    timer = setTimeout(() => {
      lastMs = performance.now();
      stdout.resume();
      look();
    }, dueMs).unref();
  });
  letGo(child);
  return child;
}

/** It does not keep this process from its end. */
function letGo(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout]) (stream as { unref?: () => void } | null)?.unref?.();
}

/** It has nothing to clear away. */
function endNow({ pid, stdin, stdout }: ChildProcess): void {
  stdin?.destroy();
  stdout?.destroy();
  if (pid !== undefined) signalGroup(pid, 'SIGKILL');
}
