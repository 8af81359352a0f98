// Owns: asking main for a turn to write here, and for what becomes of invitations: numbered questions on the port.
// Leaves: the answers (main), and what is done with a turn (connect.ts).
import type { PeerIdentity, ServeReport } from '../../../shared/serve-messages.ts';
import { unlessAborted } from '../../../shared/timing/wait.ts';

export interface WriteTurn {
  readonly moved: (bytes: number) => void;
  readonly over: (outcome: { readonly ok: boolean; readonly detail?: string }) => void;
}

export interface Questions {
  /**
   * Resolves with a turn, or with why there is none. Throws what the signal was aborted with: the turn is given back.
   * `end` is called when main wants what it was for to end.
   */
  readonly writeTurn: (peer: PeerIdentity, signal: AbortSignal, end: () => void) => Promise<WriteTurn | string>;
  /** Resolves with why it was not taken, if it was not. One for each token at a time. */
  readonly invite: (text: string, peer: PeerIdentity, signal: AbortSignal) => Promise<string | undefined>;
  readonly turnGiven: (turn: number, denial: string | undefined) => void;
  readonly endWrite: (turn: number) => void;
  readonly invitationDone: (invitation: number, why: string | undefined) => void;
}

/** Of main to an invitation, which it may have to write down. */
const INVITATION_MS = 60_000;

export function createQuestions(report: (report: ServeReport) => void): Questions {
  const turns = new Map<number, (denial: string | undefined) => void>();
  const ends = new Map<number, () => void>();
  const invitations = new Map<number, (why: string | undefined) => void>();
  const inviting = new Set<string>();
  let last = 0;

  /** What main answers to the question of that number. */
  const answerTo = (open: Map<number, (answer: string | undefined) => void>, number: number, ask: () => void) =>
    new Promise<string | undefined>((resolve) => {
      open.set(number, resolve);
      ask();
    });
  return {
    writeTurn: async (peer, signal, end) => {
      signal.throwIfAborted();
      last += 1;
      const turn = last;
      ends.set(turn, end);
      const over: WriteTurn['over'] = ({ ok, detail }) => {
        ends.delete(turn);
        report({ kind: 'write-over', turn, ok, ...(detail !== undefined && { detail }) });
      };
      const answer = answerTo(turns, turn, () => report({ kind: 'wants-write', turn, peer }));
      try {
        const denial = await unlessAborted(answer, signal);
        if (denial !== undefined) {
          ends.delete(turn);
          return denial;
        }
      } catch (error) {
        turns.delete(turn);
        over({ ok: false, detail: 'whoever wanted to write is gone' });
        throw error;
      }
      return { moved: (bytes) => report({ kind: 'write-activity', turn, bytes }), over };
    },
    invite: async (text, peer, signal) => {
      if (inviting.has(peer.tokenId)) return 'an invitation of yours is being dealt with';
      last += 1;
      const invitation = last;
      inviting.add(peer.tokenId);
      const late = setTimeout(() => invitations.get(invitation)?.('nobody has dealt with it in time'), INVITATION_MS);
      try {
        const ask = (): void => report({ kind: 'invited', invitation, text, peer });
        return await unlessAborted(answerTo(invitations, invitation, ask), signal);
      } finally {
        clearTimeout(late);
        invitations.delete(invitation);
        inviting.delete(peer.tokenId);
      }
    },
    turnGiven: (turn, denial) => {
      turns.get(turn)?.(denial);
      turns.delete(turn);
    },
    endWrite: (turn) => ends.get(turn)?.(),
    invitationDone: (invitation, why) => invitations.get(invitation)?.(why),
  };
}
