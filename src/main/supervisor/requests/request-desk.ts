// Owns: carrying out what commands ask the daemon for, one request at a time and any number at once.
// Leaves: how it is asked and answered (main/instance/request-socket.ts), each remote's part (remote/asking.ts), and reading config (reloading.ts).
import type { Happened } from '../../../shared/events.ts';
import type { RemoteName, SkippedRemote } from '../../../shared/remote.ts';
import type { Answer, Request } from '../../../shared/requests.ts';
import type { DaemonStatus } from '../../../shared/status.ts';
import type { Asked } from '../remote/asking.ts';
import { NO_NETWORK, pausedFor, whyNotFetched } from '../remote/wish.ts';
import type { Supervisor } from '../supervisor.ts';
import { chooseRemotes, whyNotWatched } from './choose-remotes.ts';
import { explain } from './explain.ts';

export interface DeskTools {
  readonly supervisor: Pick<
    Supervisor,
    'named' | 'records' | 'held' | 'whyHeld' | 'heldOf' | 'pause' | 'unpause' | 'personAsks'
  >;
  readonly describe: () => DaemonStatus;
  readonly skipped: () => readonly SkippedRemote[];
  /** The orders that concern all of it, as the control protocol gives them. */
  readonly all: { readonly pause: () => void; readonly resume: () => void };
  /** Hears of each order by name, and of what `all` has not. */
  readonly note: (happened: Happened) => void;
  /** Says what is to be told, in order. */
  readonly reload: (names: readonly RemoteName[]) => Promise<readonly Whole[]>;
  /** Its parent controls it. */
  readonly hasParent: boolean;
  /** What a moment is called (shared/timing/clock.ts). */
  readonly wallMsOf: (ms: number) => number;
}

export type Whole = Extract<Answer, { say: 'whole' }>;

interface Asking {
  readonly answer: (answer: Answer) => void;
  readonly gone: AbortSignal;
}

export type RequestDesk = (request: Request, asking: Asking) => Promise<void>;

type Of<Ask extends Request['ask']> = Extract<Request, { ask: Ask }>;

export function createRequestDesk(tools: DeskTools): RequestDesk {
  const { supervisor, describe, skipped, all, hasParent } = tools;
  const choose = (names: readonly string[], watched = supervisor.records().map(({ config }) => config.name)) =>
    chooseRemotes(names, watched, skipped());
  /** Of all of them, those that are left to `git fetch` are meant by nobody. */
  const chooseToFetch = (names: readonly string[]) => {
    const fetched = supervisor.records().flatMap(({ config }) => (config.fetches ? config.name : []));
    return names.length === 0 && fetched.length > 0 ? choose(names, fetched) : choose(names);
  };
  /** Does it for each that is to be fetched, all at once; those that are not watched are answered. */
  const forEach = async (
    names: readonly string[],
    { answer }: Asking,
    act: (name: RemoteName) => Promise<Told> | Told,
  ): Promise<void> => {
    const chosen = chooseToFetch(names);
    if (chosen.kind === 'refused') return answer({ say: 'refused', why: chosen.why });
    for (const each of chosen.skipped)
      answer({ say: 'remote', remote: each.name, ok: false, text: whyNotWatched(each) });
    await Promise.all(
      chosen.watched.map(async (name) => answer({ say: 'remote', remote: name, ...(await act(name)) })),
    );
  };
  const ask = async (name: RemoteName, asked: Asked): Promise<Told> => {
    const told = await supervisor.named(name)?.ask(asked);
    return told ? { ok: told.ok, ...(told.text !== undefined && { text: told.text }) } : GONE;
  };

  const fetch = async ({ remotes, waits }: Of<'fetch'>, asking: Asking): Promise<void> => {
    const why = whyNoFetch(supervisor, hasParent);
    if (why !== undefined) return asking.answer({ say: 'refused', why });
    supervisor.personAsks();
    await forEach(remotes, asking, (name) => {
      if (waits) return ask(name, { wish: 'fetched', gone: asking.gone });
      const not = whyNot(name);
      if (not === undefined) supervisor.named(name)?.fetchNow();
      return not === undefined ? { ok: true } : { ok: false, text: not };
    });
  };
  const whyNot = (name: RemoteName): string | undefined => {
    if (supervisor.heldOf(name) !== 'no') return pausedFor(supervisor.whyHeld());
    return supervisor.named(name)?.record().config.fetches ? undefined : whyNotFetched(name);
  };
  const waitFor = ({ remotes, limitMs }: Of<'wait'>, asking: Asking): Promise<void> =>
    forEach(remotes, asking, (name) => ask(name, { wish: 'all-here', gone: asking.gone, limitMs }));

  const steer = async (
    { ask: order, remotes }: Of<'pause' | 'resume' | 'reload'>,
    { answer }: Asking,
  ): Promise<void> => {
    if (remotes.length === 0 && hasParent) return answer({ say: 'refused', why: BY_PARENT });
    const chosen = remotes.length === 0 ? { kind: 'chosen' as const, watched: [], skipped: [] } : choose(remotes);
    if (chosen.kind === 'refused') return answer({ say: 'refused', why: chosen.why });
    const [odd] = chosen.skipped;
    if (odd && order !== 'reload') return answer({ say: 'refused', why: `${odd.name}: ${whyNotWatched(odd)}` });
    if (order === 'reload' || remotes.length > 0) {
      const event = ({ pause: 'PAUSE', resume: 'RESUME', reload: 'RELOAD' } as const)[order];
      tools.note({ event, ...(remotes.length > 0 && { remotes: [...new Set(remotes)] }) });
    }
    if (order === 'reload') for (const told of await tools.reload(chosen.watched)) answer(told);
    else if (order === 'pause') pause(chosen.watched);
    else resume(chosen.watched, answer);
  };
  const pause = (names: readonly RemoteName[]): void => (names.length > 0 ? supervisor.pause(names) : all.pause());
  const resume = (names: readonly RemoteName[], answer: Asking['answer']): void => {
    if (names.length > 0) supervisor.unpause(names);
    else {
      supervisor.unpause();
      all.resume();
    }
    const why = supervisor.whyHeld();
    if (why !== undefined) answer({ say: 'whole', ok: false, text: `still paused: ${why}` });
  };

  const explainOne = async ({ remote }: Of<'explain'>, { answer }: Asking): Promise<void> => {
    const chosen = choose([remote]);
    if (chosen.kind === 'refused') return answer({ say: 'refused', why: chosen.why });
    for (const odd of chosen.skipped) answer({ say: 'refused', why: `${odd.name}: ${whyNotWatched(odd)}` });
    for (const name of chosen.watched) {
      const record = supervisor.named(name)?.record();
      if (record) answer({ say: 'explained', explained: explain(record, supervisor.heldOf(name), tools.wallMsOf) });
    }
  };

  return async (request, asking) => {
    switch (request.ask) {
      case 'status':
        return asking.answer({ say: 'status', status: describe() });
      case 'fetch':
        return fetch(request, asking);
      case 'wait':
        return waitFor(request, asking);
      case 'pause':
      case 'resume':
      case 'reload':
        return steer(request, asking);
      case 'explain':
        return explainOne(request, asking);
      default:
        return request satisfies never;
    }
  };
}

type Told = Pick<Extract<Answer, { say: 'remote' }>, 'ok' | 'text'>;

const GONE: Told = { ok: false, text: 'it is not watched any more' };
const BY_PARENT = 'the daemon is controlled by the program that started it; only remotes by their names are for you';

/** What is to be done where nothing at all is fetched. */
function whyNoFetch(supervisor: Pick<Supervisor, 'held' | 'whyHeld'>, hasParent: boolean): string | undefined {
  const [held, why] = [supervisor.held(), supervisor.whyHeld()];
  const isNotForYou = why !== undefined || hasParent;
  const advice = isNotForYou ? "'git fetch' does not ask it" : "'git remote-daemon resume' first, or 'git fetch'";
  switch (held) {
    case 'no':
      return undefined;
    case 'paused':
      return `the daemon is paused${why === undefined ? '' : `, as ${why}`}: ${advice}`;
    case 'no-network':
      return `${NO_NETWORK}: ${advice}`;
    case 'stopping':
      return 'the daemon stops';
    default:
      return held satisfies never;
  }
}
