// Owns: which parts of ssh2 are bundled for the threads. Each thread loads them anew, and keeps their text in memory.
// Leaves: what is changed in them (changes.ts), and what is asked of them (ssh2-connection.ts, which imports ssh2 whole).
import Client from 'ssh2/lib/client.js';
import keyParser from 'ssh2/lib/protocol/keyParser.js';

// Its server, its key generator and its http agents are left out, and with them Node's http and tls.
export { OpenSSHAgent } from 'ssh2/lib/agent.js';
export { Client };
export const utils = { parseKey: keyParser.parseKey };
