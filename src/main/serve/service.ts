// Owns: one served network: its state, its loop, its timer, who is let in; carries out what service-step.ts decides.
// Leaves: the decisions (service-step.ts), pushes (pushes.ts), what is shown (service-record.ts), and the loop (workers/peer/server).
import { isDeepStrictEqual } from 'node:util';
import { failureOf } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import type { ObjectName, RefMove } from '../../shared/remote.ts';
import type { Acquaintances, PeerIdentity, ServeReport, ServeTask } from '../../shared/serve-messages.ts';
import type { Held } from '../../shared/status.ts';
import type { CloseHow } from '../../shared/thread-messages.ts';
import { timerMs } from '../../shared/timing/timer-ms.ts';
import { createInvitations, type Invitations } from './invitations.ts';
import { createPushes, type Pushes } from './pushes.ts';
import {
  comings,
  describeService,
  newcomers,
  newRecord,
  type ServiceRecord,
  servedStatus,
  shownPeer,
} from './service-record.ts';
import { dueAtMs, type ServiceEffect, type ServiceEvent, type ServiceState, waitsForPerson } from './service-state.ts';
import { stepService } from './service-step.ts';
import type { ServeLoop, Service, ServiceTools } from './service-tools.ts';

/** What is there while a loop runs. */
interface RunningLoop {
  readonly loop: ServeLoop;
  readonly task: ServeTask;
  readonly pushes: Pushes;
  readonly invitations: Invitations;
}

/** Numbers of turns are each loop's own; what an earlier one has asked for is never taken for it. */
let loops = 0;

export function createService(network: string, tools: ServiceTools): Service {
  let record: ServiceRecord = newRecord(network);
  let running: RunningLoop | undefined;
  let timer: { readonly atMs: number; readonly set: NodeJS.Timeout } | undefined;
  const log = (text: string): void => tools.log(network, text);
  const set = (part: Partial<ServiceRecord>): void => {
    record = { ...record, ...part };
    plan(dueAtMs(record.state));
    tools.statusChanged();
  };
  const plan = (atMs: number | undefined): void => {
    if (timer?.atMs === atMs) return;
    clearTimeout(timer?.set);
    const onTime = (): void => {
      timer = undefined;
      dispatch({ kind: 'due' });
      // It may have come early, as a timer cannot be set further off.
      plan(dueAtMs(record.state));
    };
    timer = atMs === undefined ? undefined : { atMs, set: setTimeout(onTime, timerMs(atMs - tools.nowMs())) };
  };
  const dispatch = (event: ServiceEvent): void => {
    const inputs = { nowMs: tools.nowMs(), held: tools.held() !== 'no', random: tools.random };
    const { state, effects } = stepService(record.state, event, inputs);
    set({ state });
    effects.forEach(carryOut);
  };
  const carryOut = (effect: ServiceEffect): void => {
    switch (effect.kind) {
      case 'open':
        open();
        break;
      case 'finish':
        running?.loop.order({ kind: 'finish' });
        break;
      case 'close':
        running?.loop.close(effect.how);
        break;
      case 'tell':
        (effect.level === 'warn' ? tools.warn : tools.log)(network, effect.text);
        break;
      case 'failed':
        set({ lastError: { atMs: tools.wallMsOf(tools.nowMs()), text: effect.failure.detail } });
        break;
      case 'forget':
        tools.gone(network);
        break;
      default:
        effect satisfies never;
    }
  };
  const open = (): void => {
    const task = tools.taskFor(network);
    const loop = tools.openLoop(task, (report) => onReport(report));
    loops += 1;
    const { requestWrite, withdrawWrite } = tools;
    const pushes = createPushes({
      keys: `${network} ${loops}`,
      order: loop.order,
      whyNot: () => WHY_NOT[tools.held()],
      nameOf: shown,
      log,
      onIdle: () => dispatch({ kind: 'pushed' }),
      requestWrite,
      withdrawWrite,
    });
    // Who asked over a loop that has ended is gone: the next one's questions have the same numbers.
    running = { loop, task, pushes, invitations: createInvitations(tools.takeInvitation, loop.order, log) };
  };
  const shown = (peer: PeerIdentity): string => shownPeer(peer, tools.names());
  const became = (peers: ServiceRecord['peers']): void => {
    const nameOf = tools.names();
    const before = record.peers;
    for (const text of comings(before, peers, (peer) => shownPeer(peer, nameOf))) log(text);
    set({ peers });
    newcomers(before, peers).forEach(tools.came);
  };
  const onReport = guarded((report: ServeReport): void => {
    switch (report.kind) {
      case 'started':
        break;
      case 'listening':
        dispatch({ ...report, how: printable(report.how) });
        break;
      case 'peers': {
        became(report.peers);
        report.peers.forEach(tools.seen);
        break;
      }
      case 'wants-write':
      case 'write-activity':
      case 'write-over':
        running?.pushes.onReport(report);
        break;
      case 'invited':
        running?.invitations.take(report, shown(report.peer));
        break;
      case 'told':
        tools.told(report.uuids);
        break;
      case 'peer-seen':
        tools.peerSeen(report.address);
        break;
      case 'log':
        log(printable(report.text));
        break;
      case 'child':
        tools.noteChild(network, report.pgid, report.running);
        break;
      case 'ended':
        left();
        dispatch(report);
        break;
      default:
        report satisfies never;
    }
  });
  const left = (): void => {
    const pushes = running?.pushes;
    running = undefined;
    // Until then what they have started may write here.
    void tools.endChildren(network).then(pushes?.loopEnded);
    became([]);
  };
  /** A fault here ends the loop, from which all begins anew; it is no reason for the daemon to end. */
  function guarded<Args extends unknown[]>(act: (...args: Args) => void): (...args: Args) => void {
    return (...args) => {
      try {
        act(...args);
      } catch (error) {
        log(`fault here: ${failureOf(error).detail}`);
        running?.loop.close('now');
      }
    };
  }
  return {
    network,
    want: guarded(() => dispatch({ kind: 'want' })),
    configured: guarded((isAsked: boolean) => {
      const wanted = tools.taskFor(network);
      if (running && !isDeepStrictEqual(withoutAcquaintances(running.task), withoutAcquaintances(wanted)))
        dispatch({ kind: 'renew' });
      // Also one on its way out is wanted again.
      else if (isAsked || isLeaving(record.state) || waitsForPerson(record.state)) dispatch({ kind: 'want' });
      if (running && !isDeepStrictEqual(running.task, wanted)) {
        running = { ...running, task: wanted };
        running.loop.order({ kind: 'acquaint', acquaintances: acquaintancesIn(wanted) });
      }
      running?.loop.order({ kind: 'recheck' });
    }),
    wake: guarded(() => {
      if (record.state.kind === 'waiting') dispatch({ kind: 'want' });
    }),
    hold: guarded((how: CloseHow) => dispatch({ kind: 'hold', how, isPushedTo: running?.pushes.isRunning() ?? false })),
    remove: guarded((how: CloseHow) => dispatch({ kind: 'remove', how })),
    offer: guarded((refs: readonly RefMove[], objects: readonly ObjectName[]) =>
      running?.loop.order({ kind: 'offer', refs, ...(objects.length > 0 && { objects }) }),
    ),
    isListening: () => record.state.kind === 'listening',
    status: (held) => ({
      ...servedStatus(record, held, { nameOf: tools.names(), wallMsOf: tools.wallMsOf }),
      ...(tools.taskFor(network).news?.isAll && { onlyNews: true }),
    }),
    describe: () => describeService(record),
  };
}

const acquaintancesIn = ({ settings, news }: ServeTask): Acquaintances => ({ settings, shared: news?.shared ?? [] });

/** Peers that are connected need not go for it that others may come. */
function withoutAcquaintances({ settings: { xmppFriends: _, ...settings }, news, ...task }: ServeTask): unknown {
  return { ...task, settings, tellsAndHears: news?.isAll };
}

const isLeaving = ({ kind }: ServiceState): boolean => kind === 'finishing' || kind === 'closing';

/** By what is held. */
const WHY_NOT: Readonly<Record<Held, string | undefined>> = {
  no: undefined,
  paused: 'this repository takes nothing just now, as it is paused: try it again later',
  'no-network': 'this repository takes nothing just now: try it again later',
  stopping: 'this repository takes nothing any more: it is about to stop being served',
};
