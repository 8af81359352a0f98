// Owns: how much of what a command complains of is logged, over time.
// Leaves: real commands (notify-command.test.ts).
import { expect, test } from 'vitest';
import { createComplaints } from '../../../src/workers/notify-command/complaints.ts';

test('in each minute twenty lines are logged, and that there are more; the last is known all the same', () => {
  let nowMs = 0;
  const logged: string[] = [];
  const complaints = createComplaints(
    (text) => logged.push(text),
    () => nowMs,
  );
  const complain = (text: string) => complaints.take({ kind: 'line', text });
  for (let line = 1; line <= 50; line += 1) complain(`bad ${line}`);
  expect(logged).toHaveLength(21);
  expect(logged.slice(-2)).toEqual(['its notify command: bad 20', 'its notify command says more than is logged']);
  expect(complaints.last()).toBe('bad 50');
  nowMs = 60_000;
  complain('worse');
  complain(' ');
  expect(logged.slice(21)).toEqual(['its notify command: worse']);
  expect(complaints.last()).toBe('worse');
});

test('what is logged is fit to be shown', () => {
  const logged: string[] = [];
  const complaints = createComplaints(
    (text) => logged.push(text),
    () => 0,
  );
  complaints.take({ kind: 'line', text: `\u001b[31mfetching https://me:secret@host/${'x'.repeat(1_000)}` });
  complaints.take({ kind: 'skipped', why: 'not-utf8' });
  expect(logged.join()).toMatch(/^its notify command: \[31mfetching https:\/\/me:\*\*\*@host\/x{400,}…$/);
});
