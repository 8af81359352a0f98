// Owns: what a remote that is polled tells of its refs, with listings that are made up.
// Leaves: listing real ones (polling/, ssh/poll.test.ts).
import { expect, onTestFinished, test } from 'vitest';
import { parseRefLines } from '../../../src/shared/refs/ref-advertisement.ts';
import { unlessAborted } from '../../../src/shared/timing/wait.ts';
import { type Listing, pollRefs } from '../../../src/workers/refs/poll-loop.ts';
import type { RemoteRefs } from '../../../src/workers/transport.ts';
import { createLineLog, until } from '../../support/next-line.ts';
import { WANTED } from '../loop.ts';

const listingOf = (digit: string, isCut = false): Listing => ({
  refs: parseRefLines(`${digit.repeat(40)} refs/heads/main`),
  isCut,
});

/** Polls listings that are made up, every so many ms. */
function startPolling(first: Listing, everyMs: number) {
  const reports = createLineLog('the poll');
  const closing = new AbortController();
  const now = { listing: first, listings: 0, fails: false, hangs: false };
  let doubt = (): void => undefined;
  let refs: RemoteRefs | undefined;
  const polling = {
    everyMs,
    wanted: WANTED,
    connected: { kind: 'connected', how: 'a test', relay: false },
    list: async (signal: AbortSignal) => {
      now.listings += 1;
      if (now.hangs) return unlessAborted(new Promise<never>(() => undefined), signal);
      if (now.fails) throw new Error('no answer');
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
    (listener) => {
      doubt = () => listener(1_000);
    },
  );
  onTestFinished(async () => {
    closing.abort();
    await over.catch(() => undefined);
  });
  return {
    now,
    reports,
    over,
    doubt: () => doubt(),
    close: () => closing.abort(),
    listNow: () => refs?.list(closing.signal),
  };
}

const NEVER_MS = 1_000_000;

test('whoever compares right after the first listing is given that, and the remote is not asked again', async () => {
  const { now, reports, listNow } = startPolling(listingOf('1'), NEVER_MS);
  await reports.next('connected');
  expect(await listNow()).toEqual(listingOf('1').refs);
  expect(now.listings).toBe(1);
});

test('whoever compares later makes the next poll come at once, which tells what moved', async () => {
  const { now, reports, listNow } = startPolling(listingOf('1'), NEVER_MS);
  await reports.next('connected');
  now.listing = listingOf('2');
  await until('it is no longer fresh', async () => {
    await listNow();
    return now.listings > 1;
  });
  expect(await listNow()).toEqual(listingOf('2').refs);
  await reports.next('moved');
});

test('where the network is another it is listed at once, and what hangs over the old one is begun anew', async () => {
  const { now, reports, over, doubt, close } = startPolling(listingOf('1'), NEVER_MS);
  await reports.next('connected');
  now.hangs = true;
  doubt();
  await until('a listing hangs', () => now.listings === 2);
  doubt();
  await until('another hangs', () => now.listings === 3);
  [now.hangs, now.listing] = [false, listingOf('2')];
  doubt();
  await reports.next('moved');
  now.hangs = true;
  doubt();
  await until('a listing hangs', () => now.listings === 5);
  close();
  await expect(over).rejects.toThrow();
});

test('each answer is reported, whether anything moved or not', async () => {
  const { now, reports } = startPolling(listingOf('1'), 1);
  await reports.next('connected');
  for (let polls = 0; polls < 3; polls += 1) await reports.next('polled');
  now.listing = listingOf('2');
  await reports.next('moved');
  expect(reports.count('moved')).toBe(1);
});

test('a listing that was cut is polled, and not compared with', async () => {
  const { now, reports, listNow } = startPolling(listingOf('1', true), 1);
  await reports.next('connected');
  await expect(listNow()).rejects.toMatchObject({ code: 'too-many-refs' });
  now.listing = listingOf('2', true);
  await reports.next('moved');
});

test('whoever compares when the polls have failed is told so at once', async () => {
  const { now, reports, listNow, over } = startPolling(listingOf('1'), 1);
  await reports.next('connected');
  now.fails = true;
  await expect(over).rejects.toThrow('no answer');
  await until('it is no longer fresh', () =>
    Promise.resolve(listNow()).then(
      () => false,
      (error: unknown) => String(error).includes('not polled any more'),
    ),
  );
});
