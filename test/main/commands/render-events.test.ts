// Owns: events as a person is shown them, whatever stands in them.
// Leaves: the words for refs that moved (test/shared), and the command (test/end-to-end/events.test.ts).
import { expect, test } from 'vitest';
import { renderEvent } from '../../../src/main/commands/render-events.ts';
import { parseEvent } from '../../../src/main/journal/lines.ts';

test.each([
  ['"event":"CHANGED","refs":["a\\u001b[31m","b"]', 'told CHANGED a [31m b'],
  ['"event":"DISCONNECTED","remote":"o\u202e","why":"x\u2028y"', 'o: disconnected: x y'],
  ['"event":"GREETED","by":"a newer version"', 'GREETED'],
  ['"event":"DONESYNCING","remote":"origin"', 'DONESYNCING (in a form that this version does not know)'],
  ['"event":"FORWARDED","remote":7', 'FORWARDED (in a form that this version does not know)'],
])('%s is shown as %s', (what, words) => {
  const event = parseEvent(`{"id":1,"at":"2025-03-04T12:00:00.000Z",${what}}`) ?? expect.unreachable();
  expect(renderEvent(event)).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /);
  expect(renderEvent(event).slice(20)).toBe(`${words}\n`);
});
