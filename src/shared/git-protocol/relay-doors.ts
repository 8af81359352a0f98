// Owns: the doors of a relay: to which of them git comes says how old its answers may be; and what the way to one is noted as.
// Leaves: the sockets (workers/upload-pack/relay.ts), and which one a fetch goes to (main/supervisor/remote/syncing.ts).

// The names of sockets have no dot, so that none of these is another relay's.

/**
 * The door of the relay whose socket has this path through which a fetch because of news comes, and what that fetch
 * starts; whoever asks for another reason may want to see what nobody told of.
 */
export const doorAfterNews = (socketPath: string): string => `${socketPath}.n`;

/** The one where each is answered by a process that is started for it. */
export const doorToFresh = (socketPath: string): string => `${socketPath}.f`;

/**
 * The name under which the way to a remote's relay is noted, of the remote's own name: every byte that might be more than
 * itself in a path is spelled out (as main/relay/helper.pl does).
 */
export const noteOf = (remote: string): string =>
  [...new TextEncoder().encode(remote)]
    .map((byte) => String.fromCharCode(byte))
    .map((byte) => (/[A-Za-z0-9]/.test(byte) ? byte : `%${hexadecimal(byte.charCodeAt(0))}`))
    .join('');

const hexadecimal = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');
