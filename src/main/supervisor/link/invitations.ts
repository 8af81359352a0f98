// Owns: which peers are to be invited in return over their links, as far as it is known now.
// Leaves: what they are invited by, and what follows from their answer (main/peers), and saying it (workers/peer/client).
import type { Remote, RemoteName } from '../../../shared/remote.ts';

export interface Invitations {
  /** For the next link with it; a secret. */
  readonly for: (remote: RemoteName) => string | undefined;
  /** Finds out anew for the peers among these. */
  readonly look: (remotes: readonly Pick<Remote, 'name' | 'rungs'>[]) => void;
  /** A peer has answered; `why`: it does not take it. */
  readonly given: (remote: RemoteName, why: string | undefined) => void;
}

export interface InvitationsTools {
  /** What the peer of a remote is to be invited by; undefined: by nothing. */
  readonly pendingInvitation: (remote: RemoteName) => Promise<string | undefined>;
  /** False: another is due by now. */
  readonly invitationGiven: (remote: RemoteName, text: string, taken: boolean) => Promise<boolean>;
  /** There is one that the link which it has does not know of. */
  readonly found: (remote: RemoteName) => void;
  readonly warn: (remote: RemoteName, text: string) => void;
}

export function createInvitations({ pendingInvitation, invitationGiven, found, warn }: InvitationsTools): Invitations {
  const pending = new Map<RemoteName, string>();
  /** By which each was invited last. */
  const told = new Map<RemoteName, string>();
  /** One after the other: a person's command may hold what is asked for. */
  let last: Promise<void> = Promise.resolve();
  const inTurn = (remote: RemoteName, act: () => Promise<void>): void => {
    last = last.then(act).catch((error: unknown) => {
      // It may name what was given, which is a secret.
      warn(remote, `it cannot be invited in return: ${withoutText(String(error), pending.get(remote))}`);
    });
  };
  const lookFor = async (name: RemoteName): Promise<void> => {
    const text = await pendingInvitation(name);
    const isNew = text !== undefined && text !== pending.get(name);
    if (text === undefined) pending.delete(name);
    else pending.set(name, text);
    if (isNew) found(name);
  };
  return {
    for: (remote) => {
      const text = pending.get(remote);
      if (text !== undefined) told.set(remote, text);
      return text;
    },
    look: (remotes) => {
      for (const { name, rungs } of remotes) if (rungs[0].kind === 'peer') inTurn(name, () => lookFor(name));
    },
    given: (remote, why) => {
      const text = told.get(remote);
      // Behind whoever asks just now whether it is due: it still is, until then.
      inTurn(remote, async () => {
        if (text === undefined || !(await invitationGiven(remote, text, why === undefined))) return lookFor(remote);
        pending.delete(remote);
        told.delete(remote);
        if (why !== undefined) warn(remote, `it is not invited in return (${why}), and cannot come here: ${OTHER_WAY}`);
      });
    },
  };
}

const OTHER_WAY = "if it is to, send it what 'git remote-daemon peer invite' says";

const withoutText = (text: string, secret: string | undefined): string =>
  secret === undefined ? text : text.replaceAll(secret, '…');
