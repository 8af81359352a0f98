// Owns: the commands that wait for remotes: fetch and wait.
// Leaves: waiting (main/supervisor/remote/asking.ts), and asking the daemon (ask-here.ts).
import { printable } from '../../shared/printable.ts';
import { askHere } from './ask-here.ts';
import type { Handler } from './handler.ts';

const START = "'git remote-daemon start'";
/** Longer than the daemon takes to say that the time is up. */
const GRACE_MS = 3_000;
const PATIENCE_MS = 20_000;

export const fetchCommand: Handler = async ({ words, options }, { print }) => {
  const waits = !options.has('--no-wait');
  let ok = true;
  await askHere(
    { ask: 'fetch', remotes: words, waits },
    {
      onAnswer: (answer) => {
        if (answer.say !== 'remote') return;
        ok &&= answer.ok;
        const { remote, text } = answer;
        const line = answer.ok ? (text ?? (waits ? 'fetched' : undefined)) : `failed: ${text ?? 'the log says more'}`;
        if (line !== undefined) print(`${printable(`${remote}: ${line}`)}\n`);
      },
      instead: `${START}, or 'git fetch'`,
    },
  );
  return ok ? 0 : 1;
};

export const waitCommand: Handler = async ({ words, options }, { note }) => {
  const seconds = options.get('--timeout');
  const limitMs = seconds === undefined ? undefined : Number(seconds) * 1_000;
  let ok = true;
  await askHere(
    { ask: 'wait', remotes: words, ...(limitMs !== undefined && { limitMs }) },
    {
      onAnswer: (answer) => {
        if (answer.say !== 'remote' || answer.ok) return;
        ok = false;
        note(printable(`${answer.remote}: ${answer.text ?? 'not all is here'}`));
      },
      patienceMs: Math.min(PATIENCE_MS, (limitMs ?? PATIENCE_MS) + GRACE_MS),
      instead: START,
    },
  );
  return ok ? 0 : 1;
};
