// Owns: what a watcher on a server can say, or not say, over a login and channels that are as they should be.
// Leaves: the words that are right (src/shared/watch-protocol), and channels that are not (after-login.ts).
import { randomBytes } from 'node:crypto';
import { afterReady, type Evil, isWatcher, pour } from './behaviour.ts';

/** So much later it begins: the remote has caught up then. */
const AFTER_MS = 1_500;
const MANY = 100_000;
/** A line that is as long as one may be. */
const LONG = 32_000;

const NAMES = Array.from({ length: 1_000 }, () => randomBytes(20).toString('hex'));
const nameOf = (index: number): string => NAMES[index % NAMES.length] ?? '';

/** Says such lines once it is ready, as fast as they are taken or so many a second. */
const saying = (make: (index: number) => string, perSecond?: number): Pick<Evil, 'onExec'> => ({
  onExec: afterReady(({ stream }, { begun }) => {
    setTimeout(() => {
      begun();
      pour(stream, make, perSecond);
    }, AFTER_MS);
  }),
});

/** Says this once, when it is ready. */
const sayingOnce = (words: () => string): Pick<Evil, 'onExec'> => ({
  onExec: afterReady(({ stream }, { begun }) => {
    setTimeout(() => {
      begun();
      stream.write(words());
    }, AFTER_MS);
  }),
});

/** Says this in place of READY. */
const sayingFirst = (make: (index: number) => string, perSecond?: number): Pick<Evil, 'onExec'> => ({
  onExec: (exec) => {
    if (!isWatcher(exec)) return exec.run();
    const { stream } = exec.accept();
    exec.begun();
    pour(stream.resume(), make, perSecond);
  },
});

const byAnnexShell = { config: { remotedaemonNotify: 'annex-shell' } } as const;

export const WATCHERS = {
  'odd lines, ten thousand a second': {
    ...saying((index) => `odd line ${index} ${'y'.repeat(200)}\n`, 10_000),
    seconds: 12,
  },
  'odd lines between others': {
    ...saying((index) => `odd line ${index} ${'y'.repeat(200)}\nHELLO\n`, 10_000),
    seconds: 12,
  },
  'odd lines between news': saying(
    (index) => `odd ${index}\nMOVED ${nameOf(index)} refs/heads/b${index % 50}\nDONE\n`,
    1_000,
  ),
  'odd lines, twenty a second': {
    calm: true,
    ...saying((index) => `odd ${index}\nHELLO\n`, 20),
    mostFetches: 40,
    seconds: 12,
  },
  'odd lines of control characters': saying(() => '\x1b[2J\x07\x00\u200b\u200e\u{e0041}\u202eevil\r\n', 100),
  'bytes that are no UTF-8': saying(() => '\ud800\u0000\ufffe\n', 1_000),
  'a line without end': saying(() => 'x'.repeat(LONG)),
  'lines as long as they may be': saying(() => `${'x'.repeat(LONG)}\nHELLO\n`),
  'lines that are too long': saying(() => `${'x'.repeat(3 * LONG)}\nHELLO\n`),
  'empty lines': saying(() => '\n'.repeat(1_000)),
  'ready again and again': saying(() => 'READY inotifywait\nHELLO\n'.repeat(100)),
  'moved, never done': { ...saying((index) => `MOVED ${nameOf(index)} refs/heads/b${index}\n`), seconds: 12 },
  'moved by long names, never done': saying(
    (index) => `MOVED ${nameOf(index)} refs/heads/${'b/'.repeat(7_000)}${index}\n`,
  ),
  'moved as fast as can be': {
    ...saying((index) => `MOVED ${nameOf(index)} refs/heads/b${index % 50}\nDONE\n`),
    seconds: 20,
  },
  'moved to what is here': {
    calm: true,
    ...saying(() => 'MOVED 0000000000000000000000000000000000000000 refs/heads/main\nDONE\n', 50),
    mostFetches: 40,
  },
  'gone that never were': {
    calm: true,
    ...saying(() => 'GONE refs/heads/zz\nDONE\n', 20),
    mostFetches: 40,
    seconds: 20,
  },
  'done of nothing': { calm: true, ...saying(() => 'DONE\n', 20), mostFetches: 40, seconds: 12 },
  'done as fast as can be': saying(() => 'DONE\n'.repeat(500)),
  'news of 100 000 names': sayingOnce(() => {
    const lines = Array.from({ length: MANY }, (_none, index) => `MOVED ${nameOf(index)} refs/heads/b${index}\n`);
    return `${lines.join('')}DONE\n`;
  }),
  'news of 1000 names, again and again': saying((index) => {
    const lines = Array.from(
      { length: 999 },
      (_none, count) => `MOVED ${nameOf(count)} refs/heads/${index}/b${count}\n`,
    );
    return `${lines.join('')}DONE\n`;
  }),
  'news of odd names': saying(
    (index) =>
      `MOVED ${nameOf(index)} refs/heads/../../x\nGONE refs/heads/a\u200bb\nMOVED ${nameOf(index)} refs/heads/--upload-pack=x\nDONE\n`,
    5,
  ),
  'failed with long words': {
    calm: true,
    onExec: afterReady(({ stream }, { begun }) => {
      setTimeout(() => {
        begun();
        stream.write(`FAILED error ${'\u200b\u202ewords '.repeat(3_000)}\n`);
      }, AFTER_MS);
    }),
  },
  'failed before it is ready': {
    calm: true,
    onExec: (exec) => {
      if (!isWatcher(exec)) return exec.run();
      exec.begun();
      const { stream } = exec.accept();
      stream.resume().write(`HELLO\nFAILED error ${'\x1b[31mwords '.repeat(3_000)}\n`);
    },
  },
  'never ready': { calm: true, ...sayingFirst(() => '', 1), seconds: 40, told: true },
  'greets, never ready': {
    calm: true,
    ...sayingFirst((index) => (index === 0 ? 'HELLO\n' : ''), 1),
    seconds: 40,
    told: true,
  },
  'noise in place of ready': sayingFirst((index) => `noise ${index} ${'n'.repeat(200)}\n`, 10_000),
  'hello without end': sayingFirst(() => 'HELLO\n'),
  'stderr flood': {
    onExec: afterReady(({ stream }, { begun }) => {
      begun();
      pour(stream.stderr, (index) => `complaint ${index} ${'c'.repeat(200)}\n`);
    }),
  },
  'stderr without line ends': {
    onExec: afterReady(({ stream }, { begun }) => {
      begun();
      pour(stream.stderr, () => 'c'.repeat(LONG));
    }),
  },
  'ends as soon as it is ready': {
    calm: true,
    onExec: afterReady(({ stream }, { begun }) => {
      begun();
      stream.exit(0);
      stream.end();
    }),
  },
  'annex-shell: changed of many': {
    ...byAnnexShell,
    ...saying((index) => `CHANGED ${NAMES.slice(index % 200, (index % 200) + 700).join(' ')}\n`),
  },
  'annex-shell: changed, twenty a second': {
    calm: true,
    ...byAnnexShell,
    ...saying((index) => `CHANGED ${nameOf(index)}\n`, 20),
    mostFetches: 40,
    seconds: 12,
  },
  'annex-shell: odd lines': {
    ...byAnnexShell,
    ...saying((index) => `odd ${index} ${'y'.repeat(200)}\nREADY\n`, 10_000),
  },
} as const satisfies Record<string, Evil>;
