// Owns: `--all`: a command is run in each registered repository, some at a time, and each tells of itself in one line.
// Leaves: which repositories these are (registered.ts), and what the command does: it is this program, run once more there.
import { spawn } from 'node:child_process';
import os from 'node:os';
import { shownWord } from '../../../shared/shell-word.ts';
import { allSaid, collect, exitOf } from '../../../shared/system/child-process.ts';
import { within } from '../../../shared/timing/within.ts';
import { withoutSignal } from '../../host/no-debugger.ts';
import { runSystemCommand } from '../../host/system-command.ts';
import { PROGRAM } from '../../places.ts';
import { reasonOf, UserError } from '../../user-error.ts';
import type { Call } from '../command-line.ts';
import type { CommandTools } from '../handler.ts';
import { rowNamed } from '../table/table.ts';
import { type Registered, registered } from './registered.ts';
import { jsonOfAll, lineOf, linesOf, type Told, worstStatus } from './told.ts';
import { environmentElsewhere } from './top-here.ts';

/** Each is a node of its own, which is busy for a tenth of a second and then mostly waits. */
const AT_ONCE = Math.max(4, 2 * os.availableParallelism());
/** These write to files that all share. */
const ONE_AT_A_TIME = /^service (?:install|remove)$/;
/** What is printed is put together here, without colours. */
const NOT_PASSED_ON: ReadonlySet<string> = new Set(['--all', '--color']);
/** Longer than any of them takes by its own limits. */
const LIMIT_MS = 120_000;
/** A disk has to spin up; one that is dead, as a server's that is away, would be waited for without end. */
const PLACE_WITHIN_MS = 5_000;
const LAST_WORDS_MS = 1_000;
const MOST_BYTES = 4 * 1024 * 1024;

/** Returns the exit status: 0 only if it is that of all. Throws a UserError where none is registered. */
export async function inEachRepository(call: Call, { print, note }: CommandTools): Promise<number> {
  const why = whyNotInAll(call);
  if (why !== undefined) {
    note(`error: ${why}: it does not go with --all`);
    return 129;
  }
  const all = await registered(process.env);
  if (all.length === 0) throw new UserError("no repository is registered: 'git remote-daemon register' in each", 1);
  const isJson = call.options.has('--json');
  const atOnce = ONE_AT_A_TIME.test(call.command) ? 1 : AT_ONCE;
  const run = (one: Registered): Promise<Told> => runAt(one, call);
  const show = call.options.has('--short') ? linesOf : lineOf;
  const told = await inTurns(all, atOnce, run, isJson ? () => undefined : (each) => print(`${show(each)}\n`));
  if (isJson) print(jsonOfAll(told));
  return worstStatus(told);
}

function whyNotInAll({ command, words, options }: Call): string | undefined {
  if (options.has('--watch')) return '--watch shows one repository';
  const [said] = words;
  return said !== undefined && rowNamed(command)?.words[0]?.kind === 'directory'
    ? `'${said}' is one repository`
    : undefined;
}

/** All in their order; each is shown as soon as those before it are. */
async function inTurns<In, Out>(
  all: readonly In[],
  atOnce: number,
  run: (one: In) => Promise<Out>,
  show: (out: Out) => void,
): Promise<Out[]> {
  const left = all.entries();
  const done: Out[] = [];
  let shown = 0;
  const work = async (): Promise<void> => {
    // An iterator that they share: each takes the next one.
    for (const [index, one] of left) {
      done[index] = await run(one);
      for (let next = done[shown]; next !== undefined; next = done[shown]) {
        show(next);
        shown += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return done;
}

function argumentsOf({ command, words, options }: Call): string[] {
  const said = [...options].filter(([name]) => !NOT_PASSED_ON.has(name));
  const given = said.map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  return [...command.split(' '), ...given, ...(words.length > 0 ? ['--', ...words] : [])];
}

async function runAt({ top, value }: Registered, call: Call): Promise<Told> {
  const args = argumentsOf(call);
  try {
    const place = await placeAt(top);
    if (place === 'there') return { top, ...(await runOnce(top, args)) };
    if (place === 'hangs') return { top, status: 128, out: '', error: 'the disk that it is on does not answer' };
    // Of this nothing but the path is needed.
    if (call.command === 'service remove') return { top, ...(await runOnce('/', [...args, '--', top])) };
    const error = `is gone; to forget it: git remote-daemon unregister ${shownWord(value)}`;
    return { top, status: 1, out: '', error };
  } catch (error) {
    return { top, status: 128, out: '', error: `it cannot be run there: ${reasonOf(error)}` };
  }
}

async function runOnce(top: string, args: readonly string[]): Promise<Omit<Told, 'top'>> {
  const child = spawn(process.execPath, [...withoutSignal(), PROGRAM, ...args], {
    cwd: top,
    env: environmentElsewhere(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const started = new Promise<never>((_resolve, reject) => child.once('error', reject));
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const [out, error] = [collect(child.stdout, MOST_BYTES), collect(child.stderr, MOST_BYTES)];
  try {
    const { status } = await Promise.race([exitOf(child), started]);
    await within(allSaid([child.stdout, child.stderr]), LAST_WORDS_MS);
    const why = status === null ? `it did not end within ${LIMIT_MS / 1000} s` : error.text();
    return { status: status ?? 128, out: out.text(), error: why };
  } finally {
    clearTimeout(timer);
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
  }
}

/**
 * Asked by another process: whoever touches what is on a disk that hangs is held there, and so would be this one, with
 * all that it has to tell of the others. `gone`: or on a disk that is not mounted.
 */
async function placeAt(top: string): Promise<'there' | 'gone' | 'hangs'> {
  const script = ['-c', 'test -d "$1"', 'sh', top];
  const asked = runSystemCommand('sh', script, { env: process.env, cwd: '/', limitMs: PLACE_WITHIN_MS });
  let place: 'there' | 'gone' | 'hangs' = 'hangs';
  const answered = asked.then((outcome) => {
    if (outcome.kind === 'exited' && outcome.status <= 1) place = outcome.status === 0 ? 'there' : 'gone';
  });
  // What the kernel keeps is not to be killed either.
  await within(answered, PLACE_WITHIN_MS + LAST_WORDS_MS);
  return place;
}
