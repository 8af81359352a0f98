// Owns: what is passed on of what a command complains of.
// Leaves: how much of it (test/workers/outbox.test.ts), and real commands (notify-command.test.ts).
import { expect, test } from 'vitest';
import { createComplaints } from '../../../src/workers/notify-command/complaints.ts';

test('each line that says something is logged, and the last is known', () => {
  const logged: string[] = [];
  const complaints = createComplaints((text) => logged.push(text));
  for (const text of ['bad', 'worse', ' ']) complaints.take({ kind: 'line', text });
  expect(logged).toEqual(['its notify command: bad', 'its notify command: worse']);
  expect(complaints.last()).toBe('worse');
});

test('what is logged is fit to be shown', () => {
  const logged: string[] = [];
  const complaints = createComplaints((text) => logged.push(text));
  complaints.take({ kind: 'line', text: `\u001b[31mfetching https://me:secret@host/${'x'.repeat(1_000)}` });
  complaints.take({ kind: 'skipped', why: 'not-utf8' });
  expect(logged.join()).toMatch(/^its notify command: \[31mfetching https:\/\/\*\*\*@host\/x{400,}…$/);
});
