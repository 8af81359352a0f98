// Owns: how a remote is watched and why so: its ways in order, what each came to, and what would make it better. Pure.
// Leaves: which way is tried when (link/rung-choice.ts), and the words for a terminal (main/commands/watch.ts).
import type { Failure, FailureCode } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import type { Remote } from '../../../shared/remote.ts';
import type { Explained, ExplainedWay } from '../../../shared/requests.ts';
import { type Rung, rowOf } from '../../../shared/rungs/rungs.ts';
import type { Held, Instant } from '../../../shared/status.ts';
import { withoutUrlSecrets } from '../../../shared/url-secrets.ts';
import { probeAtMs, type RungChoice } from '../link/rung-choice.ts';
import { instant } from '../remote/history.ts';
import { isUp, type LinkState } from '../remote/link-state.ts';
import type { RemoteRecord } from '../remote/record.ts';

type Explainable = Pick<RemoteRecord, 'config' | 'link' | 'rung'>;

/** `wallMsOf`: what a moment of the record is called. */
export function explain(
  { config, link, rung }: Explainable,
  held: Held,
  wallMsOf = (ms: number): number => ms,
): Explained {
  const at = (ms: number): Instant => instant(wallMsOf(ms));
  const failures = failuresByRung(config, rung);
  const probed = probeAtMs(rung);
  const again = Number.isFinite(probed) ? { again: at(probed) } : {};
  const ways = config.rungs.map((way, index): ExplainedWay => {
    const what = wayOf(way);
    const failure = failures.get(index);
    if (failure) return { what, state: 'failed', why: printable(failure.detail), ...again };
    if (index === rung.index) return { what, state: 'in-use', ...stateOf(link, held, at, rowOf(way).describe(way)) };
    if (index < rung.index || isRuledOut(way, failures))
      return { what, state: 'ruled-out', why: index < rung.index ? RULED_OUT : ruledOutOf(way) };
    return { what, state: 'untried', why: 'it is for when none above it can be had' };
  });
  return { remote: config.name, url: withoutUrlSecrets(config.url), ways, advice: adviceFor(config, failures, rung) };
}

const RULED_OUT = 'it would fail by what has failed above it';

const ruledOutOf = ({ kind }: Rung): string =>
  kind === 'server-watch' ? 'it is for servers that have a shell and nothing that tells of changes' : RULED_OUT;

/** Each rung that was tried and failed, by its place. */
function failuresByRung({ rungs }: Remote, { failures, index }: RungChoice): ReadonlyMap<number, Failure> {
  const found = new Map<number, Failure>();
  let at = 0;
  for (const failure of failures) {
    if (at < 0 || at >= index) break;
    found.set(at, failure);
    const failed = codesOf(found);
    at = rungs.findIndex((rung, place) => place > at && !rowOf(rung).isRuledOut(failed));
  }
  return found;
}

const codesOf = (failures: ReadonlyMap<number, Failure>): ReadonlySet<FailureCode> =>
  new Set([...failures.values()].map(({ code }) => code));

const isRuledOut = (rung: Rung, failures: ReadonlyMap<number, Failure>): boolean =>
  failures.size > 0 && rowOf(rung).isRuledOut(codesOf(failures));

/** More exactly than `status` needs it. */
function wayOf(rung: Rung): string {
  const what = rowOf(rung).describe(rung);
  if (rung.kind !== 'server-watch' || rung.by === undefined) return what;
  return rung.by === 'inotifywait' ? `${what}, told by inotifywait` : `${what}, looking once a second`;
}

function stateOf(
  link: LinkState,
  held: Held,
  at: (ms: number) => Instant,
  usual: string,
): Pick<ExplainedWay, 'why' | 'again'> {
  if (isUp(link)) return { why: link.how === usual ? 'connected' : `connected: ${printable(link.how)}` };
  if ('failure' in link) return { why: `not connected: ${printable(link.failure.detail)}`, again: at(link.wakeAtMs) };
  if (link.kind === 'opening') return { why: `it is being connected to (${link.phase})` };
  if (held === 'paused' || held === 'no-network')
    return { why: held === 'paused' ? 'it is paused' : 'there is no network' };
  return { why: 'its link is being made anew' };
}

/** By the rung that failed, and how; `said`: only where it said that. */
interface Advice {
  readonly of: Rung['kind'];
  readonly codes: readonly FailureCode[];
  readonly said?: RegExp;
  readonly text: string;
}

const ADVICE: readonly Advice[] = [
  {
    of: 'server-watch',
    codes: ['cannot-be-told', 'nothing-tells'],
    said: /inotifywait is not installed/,
    text: 'install inotify-tools on the server: its kernel then tells of changes at once',
  },
  {
    of: 'server-watch',
    codes: ['no-shell', 'says-nothing'],
    text: 'the server offers no shell, as forges do; a webhook can make it live: see remote.NAME.remotedaemonNotifyCommand',
  },
  {
    of: 'server-watch',
    codes: ['no-tools', 'not-ready'],
    text: 'see that the usual programs are on the PATH of this account on the server',
  },
  {
    of: 'annex-shell',
    codes: ['no-notifychanges'],
    text: "a newer git-annex on the server tells of changes, where 'git annex init' was run in the repository",
  },
  {
    of: 'local-watch',
    codes: ['deaf-file-system'],
    text: 'reach it over ssh, by the machine that has the disk: other machines change that file system, and nothing tells of it here',
  },
  {
    of: 'local-watch',
    codes: ['cannot-watch'],
    said: /ENOSPC|EMFILE|limit|too many/i,
    text: 'raise the limits of inotify (sysctl fs.inotify.max_user_watches, fs.inotify.max_user_instances)',
  },
];

function adviceFor(remote: Remote, failures: ReadonlyMap<number, Failure>, choice: RungChoice): readonly string[] {
  const { rungs, pin, name } = remote;
  const inUse = rungs[choice.index];
  const ofFailures = [...failures]
    .flatMap(([index, { code, detail }]) =>
      ADVICE.filter(
        ({ of, codes, said }) => rungs[index]?.kind === of && codes.includes(code) && (said?.test(detail) ?? true),
      ),
    )
    .map(({ text }) => text);
  const ofPin = pin ? [`${pin.key} is ${pin.value}: unset it, and the best way is chosen`] : [];
  const isBestPoll = inUse?.kind === 'poll' && failures.size === 0 && pin === undefined;
  const ofPoll = isBestPoll ? [POLLED_ONLY] : [];
  const ofWhy =
    inUse?.kind === 'server-watch' && inUse.why !== undefined
      ? [`${inUse.why}: that keeps git-annex-shell from being tried`]
      : [];
  return [...new Set([...ofPin, ...ofFailures, ...ofPoll, ...ofWhy])].map((text) => text.replace('NAME', name));
}

const POLLED_ONLY =
  'such a server tells of nothing by itself; a webhook can make it live: see remote.NAME.remotedaemonNotifyCommand (remotedaemon.pollInterval says how often it is asked)';
