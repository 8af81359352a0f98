import { describe, expect, test } from 'vitest';
import { createLineHandler, formatAnnouncement } from '../../../src/main/control/line-handler.ts';
import type { Announcement } from '../../../src/shared/control-protocol/control.ts';
import { createLineSplitter, type Line } from '../../../src/shared/control-protocol/line-splitter.ts';
import { type RemoteIdentity, remoteName } from '../../../src/shared/remote.ts';

const SHA = 'a'.repeat(40);

function makeHandler() {
  const calls: string[] = [];
  const logged: string[] = [];
  const commands = {
    pause: () => void calls.push('pause'),
    lostnet: () => void calls.push('lostnet'),
    resume: () => void calls.push('resume'),
    reload: () => void calls.push('reload'),
    changed: (refs: readonly string[]) => void calls.push(`changed ${refs.join('+')}`),
    stop: (why: string) => void calls.push(`stop ${why}`),
  };
  const periods: (() => void)[] = [];
  const { line: handle, end } = createLineHandler(
    commands,
    (text) => logged.push(text),
    (callBack) => void periods.push(callBack),
  );
  return { calls, logged, periods, handle, end, read: (text: string) => handle({ kind: 'line', text }) };
}

describe('an order', () => {
  test.each([
    ['PAUSE', 'pause'],
    ['LOSTNET', 'lostnet'],
    ['RESUME', 'resume'],
    ['RELOAD', 'reload'],
    ['STOP', 'stop STOP'],
    ['STOP \r', 'stop STOP'],
    [`CHANGED refs/heads/main ${SHA}`, `changed refs/heads/main+${SHA}`],
  ])('%j makes one call', (line, call) => {
    const { read, calls, logged } = makeHandler();
    read(line);
    expect([calls, logged]).toEqual([[call], []]);
  });

  test.each(['pause', 'PAUSE now', 'CHANGED', 'NONSENSE', 'constructor', 'CHANGED main', '\u001b[31m'])(
    '%j makes no call, and the next line is read',
    (line) => {
      const { read, calls, logged } = makeHandler();
      read(line);
      read('RESUME');
      expect(calls).toEqual(['resume']);
      expect(logged).toHaveLength(1);
      expect(logged[0]).not.toContain('\u001b');
    },
  );

  test('after STOP none is obeyed, nor complained of', () => {
    const { read, calls, logged } = makeHandler();
    for (const line of ['PAUSE', 'STOP', 'RESUME', 'CHANGED refs/heads/main', 'NONSENSE', 'STOP']) read(line);
    expect([calls, logged]).toEqual([['pause', 'stop STOP'], []]);
  });

  test('an empty line is nothing', () => {
    const { read, calls, logged } = makeHandler();
    read('');
    read(' \t');
    expect([calls, logged]).toEqual([[], []]);
  });

  test('CHANGED goes through with the refs that are refs', () => {
    const { read, calls, logged } = makeHandler();
    read(`CHANGED main refs/heads/x..y refs/heads/main`);
    expect(calls).toEqual(['changed refs/heads/main']);
    expect(logged).toEqual(['CHANGED: passed over what is no full ref name or object name: "main"']);
  });

  test.each<[string, Uint8Array]>([
    ['longer than 32 KiB', Buffer.from(`PAUSE${' '.repeat(33_000)}\n`)],
    ['not UTF-8', Buffer.from([0xff, 0x0a])],
    ['NUL', Buffer.from('PA\0USE\n')],
  ])('a line that is %s is said to be so', (why, bytes) => {
    const { handle, calls, logged } = makeHandler();
    for (const line of createLineSplitter().push(bytes)) handle(line);
    expect(calls).toEqual([]);
    expect(logged.join()).toContain(why);
  });

  test('of a flood of bad lines few are logged, and the rest is counted', () => {
    const { read, logged, calls, periods } = makeHandler();
    for (let count = 0; count < 1000; count += 1) read('NONSENSE');
    expect(logged).toHaveLength(10);
    read('PAUSE');
    expect(calls).toEqual(['pause']);
    expect(periods).toHaveLength(1);
    periods[0]?.();
    expect(logged.slice(10)).toEqual(['skipped 990 more control lines']);
    read('NONSENSE');
    expect(logged.slice(11)).toEqual([expect.stringContaining('NONSENSE')]);
    periods[1]?.();
    expect(logged).toHaveLength(12);
  });

  test('how many were kept back is said at the end, too, and once', () => {
    const { read, logged, periods, end } = makeHandler();
    for (let count = 0; count < 12; count += 1) read('NONSENSE');
    read('STOP');
    end();
    expect(logged.slice(10)).toEqual(['skipped 2 more control lines']);
    periods[0]?.();
    end();
    expect(logged).toHaveLength(11);
  });

  test('of few bad lines nothing more is said at the end', () => {
    const { read, logged, end } = makeHandler();
    read('NONSENSE');
    end();
    expect(logged).toHaveLength(1);
  });

  test.each([
    [' RESUME', '" RESUME"'],
    ['RESUME now ', '"RESUME now "'],
    ['\tPAUSE', '"\\tPAUSE"'],
    ['a"b', '"a\\"b"'],
    ['\u202epause', '" pause"'],
  ])('%j, which is no message, is logged so that its blanks show', (line, shown) => {
    const { read, logged } = makeHandler();
    read(line);
    expect(logged).toEqual([`skipped a control line that is no message: ${shown}`]);
  });

  test('whatever a line is, it never throws', () => {
    const { handle } = makeHandler();
    const lines: Line[] = ['\ud800', 'CHANGED \ud800', 'x'.repeat(32_768)].map((text) => ({ kind: 'line', text }));
    for (const line of lines) expect(() => handle(line)).not.toThrow();
  });
});

describe('what is announced', () => {
  const remote: RemoteIdentity = { name: remoteName('my remote'), uri: 'ssh://host/d' };
  const spell = ({ name }: RemoteIdentity): string => name.replace(' ', '%20');

  test.each<[string, Announcement]>([
    ['CONNECTED my%20remote', { kind: 'CONNECTED', remote }],
    ['DISCONNECTED my%20remote', { kind: 'DISCONNECTED', remote }],
    ['SYNCING my%20remote', { kind: 'SYNCING', remote }],
    ['DONESYNCING my%20remote 0', { kind: 'DONESYNCING', remote, ok: false }],
    ['WARNING my%20remote two lines', { kind: 'WARNING', remote, text: 'two\nlines\u0007' }],
  ])('%j', (line, said) => {
    expect(formatAnnouncement(said, spell)).toBe(line);
  });
});
