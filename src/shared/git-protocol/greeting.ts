// Owns: knowing protocol v2 by the first bytes that an upload-pack says. Pure.
// Leaves: what is said then (v2-request.ts, ref-listing.ts).

/** What a server of protocol v2 says first, behind four digits (gitprotocol-v2(5)). */
const V2_GREETING = 'version 2\n';
const LENGTH_DIGITS = 4;
const LATIN1 = new TextDecoder('latin1');

/** `unclear`: there are too few bytes to tell. */
export function versionSpoken(first: Uint8Array): 'v2' | 'other' | 'unclear' {
  const text = LATIN1.decode(first.subarray(0, LENGTH_DIGITS + V2_GREETING.length));
  const said = text.slice(LENGTH_DIGITS);
  if (!/^[0-9a-f]*$/.test(text.slice(0, LENGTH_DIGITS)) || !V2_GREETING.startsWith(said)) return 'other';
  return said === V2_GREETING ? 'v2' : 'unclear';
}
