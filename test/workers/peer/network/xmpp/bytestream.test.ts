// Owns: that a stream which the other side has lost without a word does not stay for ever.
// Leaves: streams over a real server (xmpp.test.ts).
import { afterEach, expect, test, vi } from 'vitest';
import { createBytestream } from '../../../../../src/workers/peer/network/xmpp/bytestream.ts';
import { type Element, xml } from '../../../../../src/workers/peer/network/xmpp/library.ts';
import { StanzaRefused } from '../../../../../src/workers/peer/network/xmpp/requests.ts';

afterEach(() => void vi.useRealTimers());

function openAt(hasIt: () => boolean) {
  vi.useFakeTimers();
  const said: string[] = [];
  const gone = vi.fn();
  const request = async (iq: Element): Promise<Element> => {
    const [about] = iq.getChildElements();
    said.push(`${about?.name} ${about?.attrs.seq ?? ''}`);
    if (!hasIt()) throw new StanzaRefused('item-not-found');
    return iq;
  };
  const stream = createBytestream({ sid: 's', peer: 'ann@host/x', blockBytes: 16, request, onGone: gone });
  const failed = vi.fn();
  stream.duplex.on('error', failed);
  return { stream, said, gone, failed };
}

test('a stream on which nothing comes is asked for once a minute, and ends when the other side has lost it', async () => {
  let hasIt = true;
  const { said, gone, failed } = openAt(() => hasIt);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(said).toEqual(['data 0', 'data 1']);
  hasIt = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(failed).toHaveBeenCalledOnce();
  expect(gone).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(said).toEqual(['data 0', 'data 1', 'data 2', 'close ']);
});

test('a stream on which something comes is not asked for', async () => {
  const { stream, said } = openAt(() => true);
  for (let seq = 0; seq < 5; seq += 1) {
    await vi.advanceTimersByTimeAsync(50_000);
    await stream.take(xml('data', { seq }, ''));
  }
  expect(said).toEqual([]);
  stream.duplex.destroy();
  await vi.advanceTimersByTimeAsync(0);
});
