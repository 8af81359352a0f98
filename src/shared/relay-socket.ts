// Owns: the two doors of a relay: a fetch that news of a move brought about may get answers that are as old as the news.
// Leaves: the sockets (workers/ssh/relay.ts), and which one a fetch goes to (main/supervisor/remote-sync.ts).

/**
 * The second door of the relay whose socket has this path. Through it comes only who heard of a move, and asks because
 * of it; whoever asks for another reason may want to see what nobody told of.
 */
export const doorAfterNews = (socketPath: string): string => `${socketPath}n`;
