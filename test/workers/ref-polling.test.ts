// Owns: what a remote that is polled tells of its refs, with listings that are made up.
// Leaves: listing real ones (polling/, ssh/poll.test.ts).
import { expect, onTestFinished, test } from 'vitest';
import { parseRefLines } from '../../src/shared/ref-advertisement.ts';
import { type Listing, pollRefs } from '../../src/workers/ref-polling.ts';
import type { RemoteRefs } from '../../src/workers/transport.ts';
import { createLineLog } from '../support/next-line.ts';
import { WANTED } from './loop.ts';

const listingOf = (digit: string, isCut = false): Listing => ({
  refs: parseRefLines(`${digit.repeat(40)} refs/heads/main`),
  isCut,
});

/** Polls listings that are given one by one. */
function startPolling(first: Listing) {
  const reports = createLineLog('the poll');
  const closing = new AbortController();
  const now = { listing: first, listings: 0 };
  let refs: RemoteRefs | undefined;
  const polling = {
    everyMs: 1,
    wanted: WANTED,
    connected: { kind: 'connected', how: 'a test', relay: false },
    list: async () => {
      now.listings += 1;
      return now.listing;
    },
  } as const;
  const over = pollRefs(
    polling,
    (report) => {
      if (report.kind === 'connected') refs = report.refs;
      reports.push(report.kind);
    },
    closing.signal,
  );
  const close = async (): Promise<number> => {
    closing.abort();
    await over;
    return now.listings;
  };
  onTestFinished(async () => void (await close()));
  return { now, reports, close, known: () => refs?.list(closing.signal) };
}

test('whoever compares is given what was listed last, and the remote is not asked for that', async () => {
  const { now, reports, close, known } = startPolling(listingOf('1'));
  await reports.next('connected');
  expect(await known()).toEqual(listingOf('1').refs);
  now.listing = listingOf('2');
  await reports.next('moved');
  const listings = await close();
  expect(await known()).toEqual(listingOf('2').refs);
  expect(now.listings).toBe(listings);
});

test('a listing that was cut is polled, and not compared with', async () => {
  const { now, reports, known } = startPolling(listingOf('1', true));
  await reports.next('connected');
  await expect(known()).rejects.toMatchObject({ code: 'too-many-refs' });
  now.listing = listingOf('2', true);
  await reports.next('moved');
});
