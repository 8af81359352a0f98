// Owns: the two doors of a relay: a fetch that news of a move brought about may get answers that are as old as the news.
// Leaves: the sockets (workers/upload-pack/relay.ts), and which one a fetch goes to (main/supervisor/remote/syncing.ts).

/**
 * The second door of the relay whose socket has this path. Through it comes a fetch because of news, and what that
 * fetch starts; whoever asks for another reason may want to see what nobody told of. The names of sockets have no dot,
 * so that it is no other relay's.
 */
export const doorAfterNews = (socketPath: string): string => `${socketPath}.n`;
