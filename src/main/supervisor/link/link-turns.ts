// Owns: the turns that one link has, or waits for, and which account has refused it.
// Leaves: how many there are (gates.ts), who may log in (accounts.ts), and asking for them (workers/turns.ts).
import type { Account, Denial, LoginOutcome } from '../../../shared/account.ts';
import type { RemoteName } from '../../../shared/remote.ts';
import type { Gate, Login, TurnReport } from '../../../shared/thread-messages.ts';
import type { Accounts } from './accounts.ts';
import type { Gates } from './gates.ts';

export interface LinkTurns {
  readonly onReport: (report: TurnReport) => void;
  /** The link is gone: all its turns are over, however its thread ended. */
  readonly end: () => void;
  /** The account by which it was refused last. */
  readonly refusedBy: () => Account | undefined;
}

export interface LinkTurnsTools {
  readonly gates: Gates;
  readonly accounts: Accounts;
  readonly remote: RemoteName;
  /** It is that one's turn, or it has none. */
  readonly give: (turn: number, denial?: Denial) => void;
}

type GiveUp = (outcome?: LoginOutcome) => void;

export function createLinkTurns({ gates, accounts, remote, give }: LinkTurnsTools): LinkTurns {
  const giveUp = new Map<number, GiveUp>();
  let refusedBy: Account | undefined;
  /** First the account's, as one may find out for all that there is no use in it, then the server's. */
  const takeLogin = (turn: number, gate: Gate, login: Login): GiveUp => {
    let leaveGate = (): void => undefined;
    const waits = gate.kind === 'login';
    const leaveAccount = accounts.take({ ...login, remote, waits }, (denial) => {
      if (denial?.kind === 'refused') refusedBy = login.account;
      if (denial) give(turn, denial);
      else leaveGate = gates.take(gate, () => give(turn));
    });
    return (outcome) => {
      if (outcome?.kind === 'refused') refusedBy = login.account;
      leaveGate();
      leaveAccount(outcome);
    };
  };
  const take = (turn: number, gate: Gate): GiveUp =>
    'login' in gate && gate.login ? takeLogin(turn, gate, gate.login) : gates.take(gate, () => give(turn));
  return {
    onReport: (report) => {
      const { turn } = report;
      if (report.kind === 'wants-turn') giveUp.set(turn, take(turn, report.gate));
      else giveUp.get(turn)?.(report.outcome);
      if (report.kind === 'turn-over') giveUp.delete(turn);
    },
    end: () => {
      for (const each of giveUp.values()) each();
      giveUp.clear();
    },
    refusedBy: () => refusedBy,
  };
}
