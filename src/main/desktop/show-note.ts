// Owns: showing one note on the desktop, each in the place of the one before: by notify-send, on macOS by osascript.
// Leaves: what it says (note-text.ts), and when (notes.ts).
import { existsSync } from 'node:fs';
import { runSystemCommand } from '../host/system-command.ts';
import type { Note } from './note-text.ts';

/** undefined: it is shown; else why not, in a sentence without its end. Never rejects. */
export type ShowNote = (note: Note) => Promise<string | undefined>;

const APP = 'git-remote-daemon';

export function createShowNote(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): ShowNote {
  const show = platform === 'darwin' ? byOsascript(env) : byNotifySend(env);
  return (note) => show(note).catch((error: unknown) => `no note can be shown: ${String(error)}`);
}

/**
 * What is shown goes as arguments: as a part of the script it could be one. So it could as the first argument, which
 * osascript(1) may take for an option: a repository can be cloned into a folder whose name begins like `-e`.
 */
const byOsascript =
  (env: NodeJS.ProcessEnv): ShowNote =>
  async ({ title, body }) => {
    const script = ['on run argv', 'display notification (item 3 of argv) with title (item 2 of argv)', 'end run'];
    const args = [...script.flatMap((line) => ['-e', line]), APP, title, body];
    const outcome = await runSystemCommand('osascript', args, { env });
    return whyNot('osascript', outcome);
  };

function byNotifySend(env: NodeJS.ProcessEnv): ShowNote {
  /** Of the note before, where this notify-send can replace one (libnotify 0.8). */
  let replaces: { readonly id: string | undefined } | undefined = { id: undefined };
  return async (note) => {
    if (!hasDesktop(env)) return 'there is no desktop that this process could show a note on';
    const words = [note.title, forBody(note.body)];
    const send = (...options: readonly string[]) =>
      runSystemCommand('notify-send', [`--app-name=${APP}`, ...options, '--', ...words], { env });
    if (replaces) {
      const { id } = replaces;
      const outcome = await send('--print-id', ...(id === undefined ? [] : [`--replace-id=${id}`]));
      if (outcome.kind === 'missing' || outcome.status === 0) {
        if (outcome.kind !== 'missing') replaces = { id: /^\d{1,10}$/.exec(outcome.stdout.trim())?.[0] };
        return whyNot('notify-send', outcome);
      }
      if (!/unknown option/i.test(outcome.stderr)) return whyNot('notify-send', outcome);
      replaces = undefined;
    }
    return whyNot('notify-send', await send());
  };
}

/** A session bus, or what one could be started for. */
const hasDesktop = ({
  DISPLAY,
  WAYLAND_DISPLAY,
  DBUS_SESSION_BUS_ADDRESS,
  XDG_RUNTIME_DIR,
}: NodeJS.ProcessEnv): boolean =>
  [DISPLAY, WAYLAND_DISPLAY, DBUS_SESSION_BUS_ADDRESS].some(Boolean) ||
  (XDG_RUNTIME_DIR !== undefined && existsSync(`${XDG_RUNTIME_DIR}/bus`));

const MARKS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\\': '\\\\' };

/** A desktop may read markup in it, and notify-send reads backslashes in it (g_strcompress). In the title neither does. */
const forBody = (text: string): string => text.replace(/[&<>\\]/g, (mark) => MARKS[mark] ?? mark);

function whyNot(program: string, outcome: Awaited<ReturnType<typeof runSystemCommand>>): string | undefined {
  if (outcome.kind === 'missing') return `${program} was not found, by which notes are shown on the desktop`;
  if (outcome.status === 0) return undefined;
  return `${program} cannot show a note: ${outcome.stderr.trim().split('\n').at(-1) || `it exited with ${outcome.status}`}`;
}
