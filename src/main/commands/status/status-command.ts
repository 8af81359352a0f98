// Owns: the command `status`: what of the daemon is shown, in which form, and the exit status.
// Leaves: asking (ask.ts), choosing and laying out (view.ts, render.ts), showing it all the while (watch.ts).
import type { DaemonStatus } from '../../../shared/status.ts';
import { type LastEnd, lastEnd } from '../../journal/journal-end.ts';
import { UserError } from '../../user-error.ts';
import type { Handler } from '../handler.ts';
import { paintFor } from '../terminal/colour.ts';
import { terminalWidth } from '../terminal/terminal-width.ts';
import { stateDirectoryHere } from '../this-repository.ts';
import { askHow } from './ask.ts';
import { statusJson } from './json.ts';
import { noneRuns } from './last-end.ts';
import { knowsRemotes } from './named-remotes.ts';
import { asText, statusLines } from './render.ts';
import { shortLines } from './short.ts';
import { viewOf } from './view.ts';

type Form = 'text' | 'short' | 'json' | 'watch';

/** With --exit-code. */
const ONE_IS_DOWN = 2;

export const statusCommand: Handler = async ({ options, words }, { print }) => {
  const form = formOf(options);
  const asked = { only: words, isVerbose: options.has('--verbose') };
  const paint = paintFor(options.get('--color'), process.stdout.isTTY, process.env);
  if (form === 'watch') {
    const { watchStatus } = await import('./watch.ts');
    return watchStatus({ ...asked, paint });
  }
  const directory = await stateDirectoryHere();
  const status = directory && (await askHow(directory));
  if (status === undefined) {
    print(textOfNone(form, directory && lastEnd(directory)));
    return 1;
  }
  knowsRemotes(status, words);
  const named = onlyNamed(status, words);
  if (form === 'json') print(statusJson(named));
  else if (form === 'short') print(asText(shortLines(named)));
  else print(asText(statusLines(viewOf(status, { ...asked, nowMs: Date.now() }), { width: terminalWidth(), paint })));
  return options.has('--exit-code') && named.remotes.some(({ state }) => state === 'down') ? ONE_IS_DOWN : 0;
};

/** Throws a UserError where two are asked for. */
function formOf(options: ReadonlyMap<string, string>): Form {
  const [one, other] = (['--json', '--short', '--watch'] as const).filter((name) => options.has(name));
  if (other !== undefined) throw new UserError(`options '${one}' and '${other}' cannot be used together`);
  return one === undefined ? 'text' : FORMS[one];
}

const FORMS = { '--json': 'json', '--short': 'short', '--watch': 'watch' } as const satisfies Record<string, Form>;

function textOfNone(form: Form, ended: LastEnd | undefined): string {
  if (form === 'short') return '';
  return form === 'json' ? statusJson(undefined, ended) : `${noneRuns(ended, Date.now())}\n`;
}

/** No names stand for all. */
function onlyNamed(status: DaemonStatus, names: readonly string[]): DaemonStatus {
  const isMeant = ({ name }: { readonly name: string }): boolean => names.length === 0 || names.includes(name);
  return { ...status, remotes: status.remotes.filter(isMeant), skipped: status.skipped.filter(isMeant) };
}
