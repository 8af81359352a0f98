// Owns: what is to be done about each line of a peer, by what it said before: pure.
// Leaves: doing it (connection.ts), and whether a token lets anybody in (admission.ts, tokens.ts).
// git-annex: P2P/Protocol.hs (serveAuth, serveAuthed).
import { holdsSecret } from '../../../shared/kept-secrets.ts';
import { parseInvitation } from '../../../shared/p2p/address.ts';
import {
  FEATURES,
  FEATURES_VERSION,
  FEATURES_WORD,
  fieldsOf,
  formatP2pLine,
  OBJECT_WORDS,
  PROTOCOL_VERSION,
  parseP2pLine,
  type Service,
} from '../../../shared/p2p/lines.ts';
import { parseToken, type Token } from '../../../shared/p2p/token.ts';
import type { PeerIdentity } from '../../../shared/serve-messages.ts';

export type Conversation =
  | { readonly kind: 'stranger'; readonly badLines: number }
  | {
      readonly kind: 'admitted';
      readonly peer: PeerIdentity;
      readonly badLines: number;
      /** Of git-annex's protocol, as it was asked for and answered; undefined: it was not. */
      readonly version?: number;
    };

/** How changes are told: to git-annex by object names, to whom else knows it by refs. */
export type TellBy = 'CHANGED' | 'MOVED';

export type Effect =
  | { readonly kind: 'say'; readonly line: string }
  /** Finds out whether this lets it in. */
  | { readonly kind: 'judge'; readonly uuid: string; readonly token: Token }
  /** Answers which version is spoken, no newer than this one. */
  | { readonly kind: 'agree'; readonly version: number }
  | { readonly kind: 'tell-changes'; readonly by: TellBy }
  | { readonly kind: 'connect'; readonly service: Service; readonly gitProtocol?: string; readonly peer: PeerIdentity }
  /** Tells it to git, and lets go. */
  | { readonly kind: 'refuse-git'; readonly why: string }
  /** Whoever said this line is handed over to git-annex. */
  | { readonly kind: 'objects'; readonly line: string; readonly peer: PeerIdentity; readonly version?: number }
  /** `text` is a secret. */
  | { readonly kind: 'invite'; readonly text: string; readonly peer: PeerIdentity }
  /** Says this, if anything, and lets go. */
  | { readonly kind: 'end'; readonly line?: string };

export interface Step {
  readonly next: Conversation;
  readonly effect: Effect;
}

export const FIRST: Conversation = { kind: 'stranger', badLines: 0 };

/** The last of so many ends a connection. */
const MOST_BAD_LINES = 10;
/** What a peer calls itself: an argument of a program, and shown. Empty where git-annex has no name for it yet, as in `git clone`. */
const UUID = /^(?:[!-,.-~][!-~]{0,127})?$/;

export function hear(state: Conversation, text: string): Step {
  const { word, rest } = parseP2pLine(text);
  // It is not known then what it means, and whatever is answered may be taken for something else.
  if (word === 'ERROR') return { next: state, effect: { kind: 'end' } };
  const effect = state.kind === 'stranger' ? askedByStranger(word, rest) : askedByPeer(state, word, rest, text);
  return typeof effect === 'string' ? complain(state, effect) : { next: state, effect };
}

/** Its token is none: one more line that was wrong, which is answered when its time has come. */
export function refused(state: Conversation): Step {
  const { next, effect } = complain(state, '');
  const line = 'AUTH-FAILURE';
  return { next, effect: effect.kind === 'end' ? { kind: 'end', line } : { kind: 'say', line } };
}

export const letIn = (state: Conversation, peer: PeerIdentity): Conversation => ({
  kind: 'admitted',
  peer,
  badLines: state.badLines,
});

export const agreed = (state: Conversation, version: number): Conversation =>
  state.kind === 'admitted' ? { ...state, version } : state;

/** What could not be done for it, in words; the connection goes on, as far as that makes sense. */
export function complain(state: Conversation, why: string): Step {
  const badLines = state.badLines + 1;
  const line = formatP2pLine('ERROR', why);
  return {
    next: { ...state, badLines },
    effect: badLines < MOST_BAD_LINES ? { kind: 'say', line } : { kind: 'end', line },
  };
}

type EffectOrComplaint = Effect | string;

function askedByStranger(word: string, rest: string): EffectOrComplaint {
  if (word !== 'AUTH') return 'unexpected command: AUTH comes first';
  const [uuid = '', given = '', ...more] = rest.split(' ');
  const token = parseToken(given);
  // What it calls itself is shown, and its token is not.
  const isNamed = UUID.test(uuid) && !holdsSecret(uuid, given);
  if (token === undefined || more.length > 0 || !isNamed) return 'unreadable AUTH';
  return { kind: 'judge', uuid, token };
}

function askedByPeer({ peer, version }: Admitted, word: string, rest: string, line: string): EffectOrComplaint {
  switch (word) {
    case 'VERSION':
      return agree(rest);
    case 'NOTIFYCHANGE':
      return rest === '' ? { kind: 'tell-changes', by: 'CHANGED' } : UNKNOWN;
    case 'NOTIFYMOVED':
      return rest === '' ? { kind: 'tell-changes', by: 'MOVED' } : UNKNOWN;
    case FEATURES_WORD:
      return fieldsOf(rest)[0] === FEATURES_VERSION ? { kind: 'say', line: OUR_FEATURES } : UNKNOWN;
    case 'CONNECT':
      return connect(rest, peer);
    case 'INVITATION':
      return invite(rest, peer);
    default:
      return OBJECT_WORDS.has(word) ? objects(line, peer, version) : UNKNOWN;
  }
}

type Admitted = Extract<Conversation, { kind: 'admitted' }>;

const UNKNOWN = 'unknown command';
const OUR_FEATURES = formatP2pLine(FEATURES_WORD, FEATURES_VERSION, ...FEATURES);

const agree = (asked: string): EffectOrComplaint =>
  /^\d{1,9}$/.test(asked) ? { kind: 'agree', version: Math.min(Number(asked), PROTOCOL_VERSION) } : UNKNOWN;

function connect(rest: string, peer: PeerIdentity): EffectOrComplaint {
  switch (rest) {
    case 'git-upload-pack':
      return { kind: 'connect', service: 'git-upload-pack', peer };
    case 'git-upload-pack version=2':
      return { kind: 'connect', service: 'git-upload-pack', gitProtocol: 'version=2', peer };
    case 'git-receive-pack':
      if (peer.rights === 'write') return { kind: 'connect', service: 'git-receive-pack', peer };
      return { kind: 'refuse-git', why: 'this repository is read-only for you; write access denied' };
    default:
      return UNKNOWN;
  }
}

function invite(text: string, peer: PeerIdentity): EffectOrComplaint {
  const invitation = parseInvitation(text);
  return 'why' in invitation ? `unreadable invitation: ${invitation.why}` : { kind: 'invite', text, peer };
}

function objects(line: string, peer: PeerIdentity, version: number | undefined): EffectOrComplaint {
  // Bytes that are no text were lost when it was read: it would speak of another key.
  if (line.includes('\uFFFD')) return 'that line is not UTF-8';
  if (peer.uuid === '') return 'only who has a uuid is served annexed content';
  return { kind: 'objects', line, peer, ...(version !== undefined && { version }) };
}
