// Owns: requests of protocol v2, read and written.
// Leaves: git's own (test/workers/upload-pack/ahead/ask.test.ts).
import { describe, expect, it } from 'vitest';
import { pktLine } from '../../../src/shared/git-protocol/pkt-line.ts';
import {
  isSameRequest,
  parseRequest,
  requestText,
  type V2Request,
} from '../../../src/shared/git-protocol/v2-request.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const data = (text: string): string => pktLine({ kind: 'data', text });

const LISTING: V2Request = {
  command: 'ls-refs',
  capabilities: ['agent=git/2.39.5', 'object-format=sha1'],
  args: ['peel', 'symrefs', 'ref-prefix refs/heads/'],
};

describe('a request of protocol v2', () => {
  it.each([
    ['with capabilities and arguments', LISTING],
    ['without capabilities', { ...LISTING, capabilities: [] }],
    ['without arguments', { ...LISTING, args: [] }],
  ])('%s is read as it was written', (_what, request) => {
    expect(parseRequest(bytes(requestText(request)))).toEqual(request);
  });

  it('is read without the line feeds that some clients leave out', () => {
    expect(parseRequest(bytes('0013command=ls-refs0000'))).toEqual({ command: 'ls-refs', capabilities: [], args: [] });
  });

  it.each([
    ['git 2.31', ['object-format=sha1', 'command=ls-refs', 'agent=git/2.31.8']],
    ['git 2.39', ['command=ls-refs', 'agent=git/2.31.8', 'object-format=sha1']],
    ['a client that says its command last', ['agent=git/2.31.8', 'object-format=sha1', 'command=ls-refs']],
  ])('is read in the order of %s, and is the same when it is asked again', (_who, head) => {
    const request = parseRequest(bytes(`${head.map(data).join('')}0001${data('peel')}0000`));
    const capabilities = head.filter((text) => !text.startsWith('command='));
    expect(request).toEqual({ command: 'ls-refs', capabilities, args: ['peel'] });
    expect(request && parseRequest(bytes(requestText(request)))).toEqual(request);
  });

  it.each([
    ['a goodbye', '0000'],
    ['two commands', `${data('command=ls-refs')}${data('command=fetch')}0000`],
    ['a command among the arguments', `${data('agent=git/2.31.8')}0001${data('command=fetch')}0000`],
    ['one that is not whole', data('command=ls-refs')],
    ['two of them', requestText(LISTING).repeat(2)],
    ['a want of protocol v0', `${data('want 0123')}0000`],
    ['no pkt-lines', 'hello'],
  ])('is not seen in %s', (_what, text) => {
    expect(parseRequest(bytes(text))).toBeUndefined();
  });

  it('is not seen in what is no UTF-8, which could not be said again as it was', () => {
    const listing = requestText({ ...LISTING, args: ['ref-prefix refs/heads/?'] });
    const odd = bytes(listing).map((byte) => (byte === '?'.charCodeAt(0) ? 0xe9 : byte));
    expect(parseRequest(odd)).toBeUndefined();
  });

  it('is another when one argument is', () => {
    expect(isSameRequest(LISTING, { ...LISTING, args: [...LISTING.args] })).toBe(true);
    expect(isSameRequest(LISTING, { ...LISTING, args: ['peel'] })).toBe(false);
  });
});
