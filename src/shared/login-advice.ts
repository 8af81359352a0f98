// Owns: what a person is told to do where only he can mend that a remote does not let in: the same by ssh and by the web.
// Leaves: telling which failure it was (git-failures.ts, web-refusals.ts, workers/ssh/connection).
import type { Failure } from './failures.ts';
import { printable } from './printable.ts';
import { shownWord } from './shell-word.ts';

/** The remote stays down until then. */
export const THEN_RESUME = "then 'git remote-daemon resume'";

/** `remote`: its name in git's config. */
export const fetchAdvice = (remote: string): string =>
  `make 'git fetch ${shownWord(printable(remote))}' work without a question, ${THEN_RESUME}`;

/** What git complained of when it reached a remote by itself, with what helps. */
export function advised(failure: Failure, remote: string): Failure {
  const advice = adviceFor(failure, remote);
  return advice === undefined ? failure : { ...failure, detail: `${failure.detail.replace(/\.$/, '')}; ${advice}` };
}

function adviceFor({ code }: Failure, remote: string): string | undefined {
  switch (code) {
    case 'auth-refused':
    case 'host-key-unknown':
      return fetchAdvice(remote);
    case 'host-key-changed':
      return `if it was changed on purpose, correct known_hosts and ${fetchAdvice(remote)}`;
    default:
      return undefined;
  }
}
