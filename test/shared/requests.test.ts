import { expect, test } from 'vitest';
import { parseRequest, type Request } from '../../src/shared/requests.ts';

test.each<Request>([
  { ask: 'status' },
  { ask: 'fetch', remotes: ['a'], waits: true },
  { ask: 'wait', remotes: [] },
  { ask: 'wait', remotes: ['a', 'b'], limitMs: 0 },
  { ask: 'pause', remotes: [] },
  { ask: 'resume', remotes: ['a'] },
  { ask: 'reload', remotes: [] },
  { ask: 'explain', remote: 'a' },
])('$ask is understood as it was meant, and what else is said with it is passed over', (request) => {
  expect(parseRequest(JSON.stringify({ ...request, later: 'versions say more' }))).toEqual(request);
});

test.each([
  '',
  'status',
  'null',
  '[]',
  '7',
  '{}',
  '{"ask":"stop"}',
  '{"ask":"explain"}',
  '{"ask":"pause"}',
  '{"ask":"pause","remotes":"a"}',
  '{"ask":"pause","remotes":[null]}',
  '{"ask":"fetch","remotes":[]}',
  '{"ask":"fetch","remotes":[],"waits":1}',
  '{"ask":"wait","remotes":[],"limitMs":-1}',
  '{"ask":"wait","remotes":[],"limitMs":1e300}',
  '{"ask":"wait","remotes":[],"limitMs":"1"}',
])('%s is told what is wrong with it', (line) => {
  expect(parseRequest(line)).toEqual(expect.any(String));
});
