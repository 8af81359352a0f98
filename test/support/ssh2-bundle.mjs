// Owns: which parts of ssh2 are bundled for the threads. Each thread loads them anew, and keeps their text in memory.
// Leaves: the bundles themselves (bundle.mjs), and what is asked of ssh2 (src/workers/ssh/connection/ssh2-connection.ts).

/** Its server, its key generator and its http agents are left out, and with them Node's http and tls. */
export const SSH2_CLIENT = `
exports.Client = require('ssh2/lib/client.js');
exports.OpenSSHAgent = require('ssh2/lib/agent.js').OpenSSHAgent;
exports.utils = { parseKey: require('ssh2/lib/protocol/keyParser.js').parseKey };
`;

/** Only `client.sftp()` makes one; elsewhere ssh2 asks whether a channel is one. */
const NO_SFTP = 'exports.SFTP = class SFTP {};';

/**
 * For chacha20, which is what ssh2 speaks last, it compiles WebAssembly in each thread that loads it: 15 ms of processor
 * time. bcrypt-pbkdf, which reads encrypted keys, brings the same function. To be called as ssh2 calls its own.
 */
export const POLY1305 = `
const { crypto_onetimeauth } = require('tweetnacl').lowlevel;
const HEAPU8 = new Uint8Array(16);
const authenticate = (at, first, firstBytes, second, secondBytes, key) => {
  const whole = new Uint8Array(firstBytes + secondBytes);
  whole.set(first);
  whole.set(second, firstBytes);
  crypto_onetimeauth(HEAPU8, at, whole, 0, whole.length, key);
};
module.exports = async () => ({ HEAPU8, _malloc: () => 0, cwrap: () => authenticate });
`;

/** For esbuild. ssh2's native code need not be there (`--ignore-scripts`), and each thread would look for it. */
export const leanSsh2 = {
  name: 'lean ssh2',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^cpu-features$|\.node$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    // ssh2 asks for it within a try.
    onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => ({ contents: `throw new Error('no ${path} here');` }));
    onLoad({ filter: /\/ssh2\/lib\/protocol\/SFTP\.js$/ }, () => ({ contents: NO_SFTP }));
    onLoad({ filter: /\/ssh2\/lib\/protocol\/crypto\/poly1305\.js$/ }, () => ({ contents: POLY1305 }));
  },
};
