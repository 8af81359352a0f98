// Owns: a terminal while something is shown on all of it: taken, drawn, and given back as it was, however that ends.
// Leaves: what is drawn (../status/watch.ts).

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The user has seen enough, or somebody ends this process by a signal. */
export type Ended = { readonly by: 'user' } | { readonly by: 'signal'; readonly signal: NodeJS.Signals };

export interface LiveScreen {
  readonly redraw: () => void;
  readonly ended: Promise<Ended>;
  /** Gives the terminal back; a second call does nothing. */
  readonly close: () => void;
}

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const TOP = '\u001b[H';
const REST_OF_LINE = '\u001b[K';
const REST_OF_SCREEN = '\u001b[J';
/** Of a terminal that does not say. */
const USUAL: Size = { columns: 80, rows: 24 };
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** As a terminal that asks for each key hands them on: it makes no signals of them. */
const KEYS: Readonly<Record<string, 'quit' | 'interrupt' | 'suspend' | 'redraw'>> = {
  q: 'quit',
  Q: 'quit',
  '\u0003': 'interrupt',
  '\u001a': 'suspend',
  '\u000c': 'redraw',
};

/** Takes the terminal that stdout is. `draw`: lines, none of which is longer than the screen is wide; those past its height are left out. */
export function openScreen(draw: (size: Size) => readonly string[]): LiveScreen {
  const { stdin, stdout } = process;
  let end: (how: Ended) => void = () => undefined;
  const ended = new Promise<Ended>((resolve) => {
    end = resolve;
  });
  let isOpen = false;
  const redraw = (): void => {
    if (isOpen) stdout.write(frame(draw(sizeOf(stdout)), sizeOf(stdout).rows));
  };
  const take = (): void => {
    if (isOpen) return;
    isOpen = true;
    if (stdin.isTTY) stdin.setRawMode(true);
    stdout.write(ENTER);
    redraw();
  };
  const giveBack = (): void => {
    if (!isOpen) return;
    isOpen = false;
    stdout.write(LEAVE);
    if (stdin.isTTY) stdin.setRawMode(false);
  };
  const signalled = (signal: NodeJS.Signals): void => end({ by: 'signal', signal });
  const suspend = (): void => {
    giveBack();
    // git, which may have started this, is to stop as well, so that the shell comes back.
    process.kill(0, 'SIGTSTP');
  };
  const pressed = (keys: Buffer): void => {
    for (const key of keys.toString('latin1')) {
      if (KEYS[key] === 'quit') end({ by: 'user' });
      if (KEYS[key] === 'interrupt') signalled('SIGINT');
      if (KEYS[key] === 'suspend') suspend();
      if (KEYS[key] === 'redraw') redraw();
    }
  };
  const gone = (): void => signalled('SIGHUP');
  const listen = (how: 'on' | 'off'): void => {
    for (const signal of ENDING) process[how](signal, signalled);
    process[how]('SIGCONT', take);
    process[how]('exit', giveBack);
    stdout[how]('resize', redraw);
    stdout[how]('error', gone);
    stdin[how]('data', pressed);
    stdin[how]('error', gone);
  };
  listen('on');
  take();
  return {
    redraw,
    ended,
    close: () => {
      giveBack();
      listen('off');
      stdin.pause();
    },
  };
}

const sizeOf = ({ columns, rows }: NodeJS.WriteStream): Size => ({
  columns: columns || USUAL.columns,
  rows: rows || USUAL.rows,
});

/** Over what was there, so that nothing flickers. */
function frame(lines: readonly string[], rows: number): string {
  const shown = lines.length <= rows ? lines : [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} more lines`];
  return `${TOP}${shown.map((line) => line + REST_OF_LINE).join('\r\n')}${REST_OF_SCREEN}`;
}
