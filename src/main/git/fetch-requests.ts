// Owns: what a fetch is asked to do once its turn has come: from the config of the remote, from what is told of it, and from what is here.
// Leaves: doing it (fetch.ts), and when it is asked for (supervisor).
import type { Environment } from '../../shared/git-environment.ts';
import type { Remote, RemoteName } from '../../shared/remote.ts';
import type { RelayedTo } from '../../shared/rungs/rung.ts';
import { rowOf } from '../../shared/rungs/rungs.ts';
import { type FetchRequest, startFetch } from './fetch.ts';
import { mirrorOf } from './fetch-commands.ts';
import { createExactChooser } from './fetch-exactly.ts';
import { createFoundTips, type MayBeHere } from './found-here.ts';
import type { FetchTurn, NamedMoves } from './git-requests.ts';
import type { Operation } from './lane-turn.ts';
import type { GitPlace, Outcome, Work } from './operation.ts';

export interface FetchRequestTools extends Required<Pick<FetchRequest, 'isShort'>> {
  readonly commonDir: string;
  /** As in RepositoryWorkOptions, as the next two are. */
  readonly besideDirectory: string;
  readonly placeFor: (remote: RemoteName) => GitPlace;
  readonly fetchMode: () => FetchRequest['mode'];
  readonly relayEnvironment: (socketPath: string, target: RelayedTo) => Environment | undefined;
  readonly mended: (remote: RemoteName, refs: Parameters<NonNullable<FetchRequest['onMended']>>[0]) => void;
}

export interface FetchRequests {
  readonly of: (turn: FetchTurn) => Required<Pick<Operation, 'start' | 'isQuick'>>;
  /** What came of one is known to those that follow. */
  readonly done: (remote: Remote, outcome: Outcome, work: Work) => void;
  /** Some file of the config is another. */
  readonly configChanged: () => void;
}

export function createFetchRequests(tools: FetchRequestTools): FetchRequests {
  const { commonDir, besideDirectory, placeFor, fetchMode, relayEnvironment, isShort, mended } = tools;
  const exactly = createExactChooser(commonDir, besideDirectory);
  const foundTips = createFoundTips(commonDir);
  const mayBeHere = (remote: Remote, named: NamedMoves | undefined): MayBeHere | undefined =>
    fetchMode() === 'fetch' ? foundTips.mayBeHere(remote, named, () => exactly.refspecsFor(remote, named)) : undefined;
  const start = (turn: FetchTurn): ReturnType<Operation['start']> => {
    const { name, sshCommand, plan, pruning, refs, comparison } = turn.remote;
    const { relay, named, looksForGone: isDue, doubt } = turn.how();
    const found = mayBeHere(turn.remote, named);
    const target = relayTargetOf(turn.remote);
    const over = <Key extends 'relay' | 'freshRelay'>(key: Key, socket: string | undefined) => {
      const environment = socket !== undefined && target ? relayEnvironment(socket, target) : undefined;
      return environment ? { [key]: environment } : {};
    };
    return startFetch(placeFor(name), {
      remote: name,
      mode: fetchMode(),
      ...over('relay', relay?.socket),
      ...over('freshRelay', relay?.freshSocket),
      refspecs: refs.refspecs,
      ...(comparison && { tags: !refs.tags ? 'none' : comparison.allTags ? 'all' : 'followed' }),
      ...(sshCommand && { sshCommand }),
      ...(plan ? { plan } : mirrorOf(turn.remote)),
      ...(fetchMode() === 'fetch' && exactly.requestFor(turn.remote, named, turn.named)),
      ...(found && { found }),
      ...(pruning && { prune: { pruning, isDue, ...(doubt && { doubt }) } }),
      isShort,
      onMended: (refs) => mended(name, refs),
    });
  };
  return {
    of: (turn) => ({
      start: () => start(turn),
      isQuick: () => mayBeHere(turn.remote, turn.named())?.look().kind === 'here',
    }),
    configChanged: () => {
      exactly.configChanged();
      foundTips.configChanged();
    },
    done: (remote, outcome, work) => {
      if (outcome.ok) exactly.worked(remote.name, outcome.isPart === true);
      foundTips.brought(remote, work.moved);
    },
  };
}

/** All its rungs that have a relay lead to the same. */
const relayTargetOf = ({ rungs }: Remote): RelayedTo | undefined =>
  rungs.flatMap((rung) => rowOf(rung).relay(rung) ?? [])[0];
