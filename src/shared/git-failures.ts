// Owns: what git's complaints mean, read from its stderr under LC_ALL=C.
// Leaves: what is done about each (failures.ts).
import { dispositionOf, type Failure, type FailureCode } from './failures.ts';
import { printable, saidBy } from './printable.ts';
import { ownWordsOfSsh } from './ssh-words.ts';
import { webRefusal } from './web-refusals.ts';

/** Says that the other side ended, and never why: that was said before, by whoever ended. */
const NO_ANSWER = /Could not read from remote repository/;

/** What is told where the line with the sign is not enough: of all lines, and of which one shows the sign. */
type Tell = (lines: readonly string[], at: number) => string;

/** First match wins: the more particular sign stands higher. A line that shows the sign is what a person is told. */
const STDERR_SIGNS: readonly (readonly [RegExp, FailureCode, Tell?])[] = [
  // git up to 2.54, and from 2.55 on. What the other side complains of, when git ends, comes of this.
  [/^(?:fatal|error): .*(?:ref updates|update) aborted by (?:the reference-transaction )?hook/, 'refused-here', byHook],
  [/^(?!remote: ).*: reference broken$|^(?:fatal|error): bad object refs\//, 'broken-here'],
  [/^git: 'remote-(\S+)' is not a git command|^fatal: unable to find remote helper for '(\S+)'/i, 'unknown', noHelper],
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
  [/hung up unexpectedly|early EOF|unexpected disconnect|RPC failed|transfer closed|link to the peer ended/, 'dropped'],
  [NO_ANSWER, 'dropped'],
];

/** What is looked at of a stderr, from its end: the reason stands last, and a server may have written all the rest. */
const MOST_CHARACTERS = 32 * 1024;
/** Of one line; the expressions above are tried on each, and some take the square of its length. */
const LINE_CHARACTERS = 1024;

/** The failure that a git command's stderr tells of; `detail` is the line that tells it. */
export function gitFailure(stderr: string): Failure {
  const start = Math.max(0, stderr.length - MOST_CHARACTERS);
  const lines = linesOf(wholeSentences(stderr.slice(start)));
  // What an ssh that git has started repeats of others proves nothing, whatever it looks like.
  const own = linesOf(ownWordsOfSsh(stderr).slice(start));
  const refusal = webRefusal(own);
  if (refusal) {
    const { line, means, ...failure } = refusal;
    return { ...failure, detail: means ?? inWhoseWords(line) };
  }
  for (const [sign, code, tell] of STDERR_SIGNS) {
    const believed = dispositionOf(code) === 'give-up' ? own : lines;
    const at = believed.findIndex((line) => sign.test(line));
    const telling = lines[at];
    if (telling === undefined) continue;
    if (tell) return { code, detail: tell(lines, at) };
    const before = sign === NO_ANSWER ? complaintIn(lines.slice(0, at)) : undefined;
    return { code, detail: inWhoseWords(before ?? telling) };
  }
  const said = lines.filter((line) => line !== '').slice(-MOST_SAID);
  const detail = inWhoseWords(complaintIn(lines) ?? 'git failed and gave no reason');
  return { code: 'unknown', detail, ...(said.length > 1 && { said }) };
}

/** A person looks for more than the line that is told, and no further than this. */
const MOST_SAID = 40;

/** Whether the refs here may be broken: git says so of one, or that the other side did not send what they name. */
export const tellsOfBrokenRef = (stderr: string): boolean =>
  /^(?!remote: ).*reference broken$|^(?:fatal|error): bad object refs\/|did not send all necessary objects/m.test(
    stderr,
  );

/** What git breaks into lines by itself it indents, as it does a row of what became of a ref. */
const wholeSentences = (stderr: string): string =>
  stderr.replace(/^((?:fatal|error): [^\n]*)\n[ \t]+(?=\S)(?!\S+ [^\n]* -> )/gm, '$1 ');

/** So git marks what the other side said, which may be a peer. */
const OF_REMOTE = /^(?:remote: |(?:fatal|error): remote error: )/;

/** That it is fatal is told by whoever says what failed. */
const inWhoseWords = (line: string): string =>
  OF_REMOTE.test(line) ? saidBy('the remote', line.replace(OF_REMOTE, '')) : line.replace(COMPLAINT, '');

/**
 * Whether somebody else wrote the same refs meanwhile, or holds shallow.lock, for which git has no patience of its own.
 * Running the command again tells at once: a ref that now has the wanted value is up to date, and that is a success.
 */
export function isLostRace(stderr: string): boolean {
  return LOST_RACE.test(stderr);
}

const LOST_RACE =
  /is at [0-9a-f]+ but expected|incorrect old value|reference already exists|failed: reference does not exist|unable to resolve reference(?! '[^'\n]*': reference broken)|shallow\.lock|shallow file has changed/;

const linesOf = (stderr: string): string[] =>
  stderr.split('\n').map((line) => printable(line.slice(0, LINE_CHARACTERS)));

/** Says that a part of git failed, and never why: that was said before, by the part itself, or a hook. */
const HELPER_FAILED =
  /^(?:fatal|error): (?:(?:unpack-objects|index-pack|git pack-objects) failed|fetch-pack: invalid index-pack output|failed to write object|error in sideband demultiplexer|failed to push some refs to .*|could not fetch \S+)$/i;

/** The first one, but for those that only say that something else failed: then it is what was said last before them. */
function complaintIn(lines: readonly string[]): string | undefined {
  const nonEmpty = lines.filter((line) => line !== '');
  const complaints = nonEmpty.filter((line) => COMPLAINT.test(line));
  const others = nonEmpty.filter((line) => !OF_GIT.test(line));
  return complaints.find((line) => !HELPER_FAILED.test(line)) ?? others.at(-1) ?? complaints.at(-1) ?? nonEmpty.at(-1);
}

const COMPLAINT = /^(?:fatal|error): /;
/** What git itself prints, or hands on of the server's: rows of refs, progress and advice. */
const OF_GIT =
  /^(?:fatal|error|warning|hint|remote): |^(?:From|To) | -> |^(?:Receiving|Unpacking|Resolving|Counting|Compressing|Enumerating|Writing|Indexing|Delta|Total|Checking|Auto) /;

/** So many lines of a hook are shown. */
const MOST_WORDS = 3;

function byHook(lines: readonly string[], at: number): string {
  const words = lines.slice(0, at).filter((line) => line !== '' && !OF_GIT.test(line));
  const shown = [...new Set(words)].slice(-MOST_WORDS).join('; ');
  return printable(`a hook of this repository, reference-transaction, lets no ref be moved: ${shown || lines[at]}`);
}

function noHelper(lines: readonly string[], at: number): string {
  const [, helper = lines[at]] = /remote-(\S+)' is not|helper for '(\S+)'/.exec(lines[at] ?? '')?.filter(Boolean) ?? [];
  return `git cannot reach "${helper}" URLs: the URL is misspelled, or git-remote-${helper} is not installed`;
}
