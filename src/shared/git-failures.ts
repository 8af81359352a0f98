// Owns: what git's complaints mean, read from its stderr under LC_ALL=C.
// Leaves: what is done about each (failures.ts).
import { dispositionOf, type Failure, type FailureCode } from './failures.ts';
import { printable, saidBy } from './printable.ts';
import { ownWordsOfSsh } from './ssh-words.ts';
import { webRefusal } from './web-refusals.ts';

/** Says that the other side ended, and never why: that was said before, by whoever ended. */
const NO_ANSWER = /Could not read from remote repository/;

/** First match wins: the more particular sign stands higher. A line that shows the sign is what a person is told. */
const STDERR_SIGNS: readonly (readonly [RegExp, FailureCode])[] = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED|REVOKED HOST KEY|host key does not match/i, 'host-key-changed'],
  [/Host key verification failed|No \S+ host key is known for|host key is not cached/i, 'host-key-unknown'],
  // A directory stands where a ref is wanted, or the reverse: nobody holds a lock, and only `git remote prune` helps.
  [/cannot lock ref '[^:]*': '[^:]*' exists; cannot create/, 'unknown'],
  [/cannot lock ref|Unable to create '.*\.lock'|could not lock |shallow file has changed/, 'locked'],
  [/incorrect old value provided|reference already exists|Another git process seems to be running/, 'locked'],
  [/Repository not found|repository '.*' not found|does not appear to be a git repository/i, 'no-repository'],
  [/repository '.*' does not exist|repository not exported|returned error: 404/, 'no-repository'],
  [/Permission denied \(/, 'auth-refused'],
  [/Too many authentication failures|No supported authentication methods/, 'auth-refused'],
  [/Permission to \S+ denied|^(?:remote: )?FATAL: .* DENIED by/m, 'not-permitted'],
  [/Connection timed out|Operation timed out|Timeout, server .* not responding|Timeout was reached/i, 'timed-out'],
  [
    /Could not resolve|Unable to look up|Name or service not known|name resolution|nodename nor servname/,
    'unreachable',
  ],
  [/Connection refused|No route to host|Network is (?:unreachable|down)|Host is down/, 'unreachable'],
  [/Failed to connect to|Couldn't connect to server|unable to connect to|Network unreachable/, 'unreachable'],
  [/remote error:|protocol error|couldn't find remote ref|not our ref|dubious ownership/, 'remote-error'],
  [/returned error: [45]\d\d|\[remote rejected\]|upload-pack: /, 'remote-error'],
  [/Connection (?:reset|closed)|Connection to .* closed|kex_exchange_identification|Broken pipe/, 'dropped'],
  [/hung up unexpectedly|early EOF|unexpected disconnect|RPC failed|transfer closed/, 'dropped'],
  [NO_ANSWER, 'dropped'],
];

/** What is looked at of a stderr, from its end: the reason stands last, and a server may have written all the rest. */
const MOST_CHARACTERS = 32 * 1024;
/** Of one line; the expressions above are tried on each, and some take the square of its length. */
const LINE_CHARACTERS = 1024;

/** The failure that a git command's stderr tells of; `detail` is the line that tells it. */
export function gitFailure(stderr: string): Failure {
  const start = Math.max(0, stderr.length - MOST_CHARACTERS);
  const lines = linesOf(stderr.slice(start));
  // What an ssh that git has started repeats of others proves nothing, whatever it looks like.
  const own = linesOf(ownWordsOfSsh(stderr).slice(start));
  const refusal = webRefusal(own);
  if (refusal) {
    const { line, ...means } = refusal;
    return { ...means, detail: inWhoseWords(line) };
  }
  for (const [sign, code] of STDERR_SIGNS) {
    const believed = dispositionOf(code) === 'give-up' ? own : lines;
    const at = believed.findIndex((line) => sign.test(line));
    const telling = lines[at];
    if (telling === undefined) continue;
    const before = sign === NO_ANSWER ? lastComplaint(lines.slice(0, at)) : undefined;
    return { code, detail: inWhoseWords(before ?? telling) };
  }
  return { code: 'unknown', detail: inWhoseWords(lastComplaint(lines) ?? 'git failed and gave no reason') };
}

/** So git marks what the server said. */
const OF_SERVER = /^(?:remote: |(?:fatal|error): remote error: )/;

const inWhoseWords = (line: string): string =>
  OF_SERVER.test(line) ? saidBy('the server', line.replace(OF_SERVER, '')) : line;

/**
 * Whether somebody else wrote the same refs meanwhile, or holds shallow.lock, for which git has no patience of its own.
 * Running the command again tells at once: a ref that now has the wanted value is up to date, and that is a success.
 */
export function isLostRace(stderr: string): boolean {
  return LOST_RACE.test(stderr);
}

const LOST_RACE =
  /is at [0-9a-f]+ but expected|incorrect old value|reference already exists|unable to resolve reference|shallow\.lock|shallow file has changed/;

const linesOf = (stderr: string): string[] =>
  stderr.split('\n').map((line) => printable(line.slice(0, LINE_CHARACTERS)));

/** Says that a part of git failed, and never why: that was said before, by the part itself. */
const HELPER_FAILED =
  /^(?:fatal|error): (?:(?:unpack-objects|index-pack|git pack-objects) failed|fetch-pack: invalid index-pack output|failed to write object|error in sideband demultiplexer|failed to push some refs to .*|could not fetch \S+)$/i;

/** The last one, but for those that only say that something else failed. */
function lastComplaint(lines: readonly string[]): string | undefined {
  const nonEmpty = lines.filter((line) => line !== '');
  const complaints = nonEmpty.filter((line) => /^(?:fatal|error): /.test(line));
  return complaints.findLast((line) => !HELPER_FAILED.test(line)) ?? complaints.at(-1) ?? nonEmpty.at(-1);
}
