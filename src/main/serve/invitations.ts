// Owns: invitations that peers give us over a served network: one after the other, and what each peer is told.
// Leaves: whether one is taken, and what comes of it (main/peers).
import { printable } from '../../shared/printable.ts';
import type { PeerIdentity, ServeOrder, ServeReport } from '../../shared/serve-messages.ts';
import type { Taken } from '../peers/return-invitation.ts';
import { reasonOf } from '../user-error.ts';

/** `text` is a secret. Rejects where what it invites to could not be kept. */
export type TakeInvitation = (text: string, peer: PeerIdentity) => Promise<Taken>;

export interface Invitations {
  /** `peer`: as it is called here. */
  readonly take: (invited: Invited, peer: string) => void;
}

type Invited = Extract<ServeReport, { kind: 'invited' }>;

/** Each is looked at for a moment only; whoever sends more than these at once is no person. */
const MOST_WAITING = 8;

export function createInvitations(
  takeInvitation: TakeInvitation,
  order: (order: ServeOrder) => void,
  log: (text: string) => void,
): Invitations {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  const done = (invitation: number, why: string | undefined): void =>
    order({ kind: 'invitation-done', invitation, ...(why !== undefined && { why: printable(why) }) });
  const takeOne = async ({ invitation, text, peer }: Invited, name: string): Promise<void> => {
    const taken = await takeInvitation(text, peer).catch((error: unknown): Taken => {
      // Of this machine, and so for nobody else; it may tell of what was given.
      log(`the invitation of ${name} could not be kept: ${reasonOf(error).replaceAll(text, '…')}`);
      return { kind: 'refused', why: 'it could not be kept here' };
    });
    waiting -= 1;
    if (taken.kind === 'taken') log(`${name} invites in return, and is the remote ${taken.remote}`);
    else log(`an invitation of ${name} was not taken: ${taken.why}`);
    done(invitation, taken.kind === 'refused' ? taken.why : undefined);
  };
  return {
    take: (invited, name) => {
      if (waiting >= MOST_WAITING) return done(invited.invitation, 'too many invitations at once');
      waiting += 1;
      last = last.then(() => takeOne(invited, name));
    },
  };
}
