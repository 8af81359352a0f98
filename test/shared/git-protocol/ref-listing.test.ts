// Owns: how upload-pack is asked for its refs in each protocol version, and what is made of other answers.
// Leaves: real servers (test/workers/ssh/poll-openssh.test.ts).
import { expect, test } from 'vitest';
import { DaemonError } from '../../../src/shared/failures.ts';
import { type PktLine, pktLine } from '../../../src/shared/git-protocol/pkt-line.ts';
import { createRefListing } from '../../../src/shared/git-protocol/ref-listing.ts';

const one = '1'.repeat(40);
const two = '2'.repeat(64);
const FLUSH: PktLine = { kind: 'flush' };

const said = (...lines: readonly (string | PktLine)[]): Uint8Array =>
  new TextEncoder().encode(
    lines.map((line) => pktLine(typeof line === 'string' ? { kind: 'data', text: line } : line)).join(''),
  );

test('a server that begins with version 2 is asked for what is wanted, and then lists it', () => {
  const listing = createRefListing(['refs/heads/', 'refs/tags/']);
  expect(listing.push(said('version 2', 'agent=git/2', 'ls-refs=unborn'))).toBe('');
  expect(listing.push(said(FLUSH))).toBe(
    '0014command=ls-refs\n0001001bref-prefix refs/heads/\n001aref-prefix refs/tags/\n00000000',
  );
  expect(listing.refs()).toBeUndefined();
  expect(listing.push(said(`${one} refs/heads/main`, `${one} refs/tags/v1 peeled:${one}`, FLUSH))).toBe('');
  expect([...(listing.refs() ?? [])]).toEqual([
    ['refs/heads/main', one],
    ['refs/tags/v1', one],
  ]);
});

test('a server with SHA-256 names is told that they are understood', () => {
  const listing = createRefListing([]);
  const request = listing.push(said('version 2', 'object-format=sha256', FLUSH));
  expect(request).toBe('0014command=ls-refs\n0019object-format=sha256\n000100000000');
  listing.push(said(`${two} refs/heads/main`, FLUSH));
  expect([...(listing.refs() ?? [])]).toEqual([['refs/heads/main', two]]);
});

test.each([
  ['v0', []],
  ['v1', ['version 1']],
])('a server of %s has listed all by itself, and is told that nothing is wanted', (_version, greeting) => {
  const listing = createRefListing(['refs/heads/']);
  const lines = [
    `${one} HEAD\0multi_ack symref=HEAD:refs/heads/main`,
    `${one} refs/heads/main`,
    `${one} refs/tags/v1^{}`,
  ];
  expect(listing.push(said(...greeting, ...lines))).toBe('');
  expect(listing.push(said(FLUSH))).toBe('0000');
  expect([...(listing.refs() ?? [])]).toEqual([['refs/heads/main', one]]);
});

test('a repository without refs has none', () => {
  const v0 = createRefListing([]);
  v0.push(said(`${'0'.repeat(40)} capabilities^{}\0multi_ack`, FLUSH));
  expect(v0.refs()?.size).toBe(0);
});

test('a server that says no is quoted', () => {
  const hear = () => createRefListing([]).push(said('ERR access denied or repository not exported: /x'));
  expect(hear).toThrow(DaemonError);
  expect(hear).toThrow(/no-repository: .*access denied or repository not exported/);
});

test('what is not git is told with its beginning', () => {
  const hear = () => createRefListing([]).push(new TextEncoder().encode('Welcome to this machine!\n'));
  expect(hear).toThrow(/remote-error: the remote says other things than git: Welcome to this machine!/);
});
