// Owns: the lines that peers say to each other: their words and fields, git-annex's and ours. Pure.
// Leaves: the stream they travel on (workers/peer/p2p-stream.ts), and who says what when (workers/peer/client, server).
// git-annex: P2P/Protocol.hs, Utility/SimpleProtocol.hs.

/** Longer ones end a connection. In bytes, the line end not counted. */
export const MOST_LINE_BYTES = 32 * 1024;
/**
 * Of one DATA that is sent. Who receives takes one of any length as it comes: git-annex puts all into one that its git
 * has ready (P2P/IO.hs, relayReader).
 */
export const MOST_DATA_BYTES = 64 * 1024;
/** The newest version of git-annex's protocol that is known here. */
export const PROTOCOL_VERSION = 4;

export interface P2pLine {
  readonly word: string;
  /** What follows the word and one space; empty where nothing does. */
  readonly rest: string;
}

export function parseP2pLine(text: string): P2pLine {
  const line = text.replace(/\r$/, '');
  const space = line.indexOf(' ');
  return space === -1 ? { word: line, rest: '' } : { word: line.slice(0, space), rest: line.slice(space + 1) };
}

/** The fields of a rest; of none, none. */
export const fieldsOf = (rest: string): string[] => (rest === '' ? [] : rest.split(' '));

/** Without its line end. A field holds no space but the last, and none a line end. */
export const formatP2pLine = (word: string, ...fields: readonly string[]): string => [word, ...fields].join(' ');

/**
 * What both sides may know beyond git-annex's lines. The client asks `REMOTEDAEMON 1`; who knows it answers
 * `REMOTEDAEMON 1 FEATURE …`, git-annex an ERROR, after which the connection goes on.
 */
export const FEATURES_WORD = 'REMOTEDAEMON';
export const FEATURES_VERSION = '1';
export const FEATURES_QUESTION = formatP2pLine(FEATURES_WORD, FEATURES_VERSION);

/**
 * `git-v2`: `CONNECT git-upload-pack version=2` speaks protocol v2.
 * `moved`: `NOTIFYMOVED` is as NOTIFYCHANGE, and is answered by `MOVED REF OBJECT REF OBJECT …`, of a ref that is gone
 * with `-` as its object; without any where it is not known what moved; by CHANGED where only objects are known.
 * `invitation`: `INVITATION ADDRESS:TOKEN` invites the server's side to the client's; answered by `INVITATION-TAKEN` or ERROR.
 */
export type Feature = 'git-v2' | 'moved' | 'invitation';
export const FEATURES: readonly Feature[] = ['git-v2', 'moved', 'invitation'];

/** The services of CONNECT. */
export type Service = 'git-upload-pack' | 'git-receive-pack';

/** For annexed content: words that only git-annex understands, so that whoever says one is handed over to it. */
export const OBJECT_WORDS: ReadonlySet<string> = new Set([
  'CHECKPRESENT',
  'LOCKCONTENT',
  'UNLOCKCONTENT',
  'REMOVE',
  'REMOVE-BEFORE',
  'GETTIMESTAMP',
  'GET',
  'PUT',
  'PUT-FROM',
  'BYPASS',
  'DATA-PRESENT',
]);
