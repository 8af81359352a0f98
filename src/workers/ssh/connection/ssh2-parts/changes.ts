// Owns: what of ssh2 is replaced or left out in the bundle that threads load, and the very files that this was made for.
// Leaves: the replacements (poly1305.ts, sftp.ts), what is bundled (client.ts), and doing it (test/support/ssh2-bundle.mjs).

/** Files as they are named below node_modules. */
export interface Replacement {
  readonly file: string;
  /** Beside this file. Its `replacement` is what the file exports. */
  readonly by: string;
  /**
   * SHA-256 of each file that was read for it: the one it replaces, those that call it, those that it calls. The build
   * fails where one differs. Whoever brings a new version reads what has changed in it, then writes its hash here.
   */
  readonly madeFor: Readonly<Record<string, string>>;
}

export const REPLACED: readonly Replacement[] = [
  {
    file: 'ssh2/lib/protocol/crypto/poly1305.js',
    by: 'poly1305.ts',
    madeFor: {
      'ssh2/lib/protocol/crypto/poly1305.js': '55a579ed6a30022054fd1dd822b1b49e2fc51bfbdfa933bfe441de8b7e4dce40',
      'ssh2/lib/protocol/crypto.js': 'a729d2064e787e2a4589c25a284444fe54a58b7434a4e6e5e8e9c73c6d91e28e',
      'tweetnacl/nacl-fast.js': '432333a18cef679d16c71328fcc18cc547e58d7d1c2b880a581b2d7ee4248027',
    },
  },
  {
    file: 'ssh2/lib/protocol/SFTP.js',
    by: 'sftp.ts',
    madeFor: {
      'ssh2/lib/protocol/SFTP.js': '615871028340d9be98eb564ab6bdd021fe8ae44a4a25df928038e14e3bc5c201',
      'ssh2/lib/client.js': 'edd3484daa9d942bc5a6412edc9cf11f85df40b2db10b07877bbfe694beac7f4',
      'ssh2/lib/utils.js': 'bbae8286bc64b049499ce353e8dc4eefbbedefca8f50591432c1057276097aee',
    },
  },
];

/**
 * Native code that ssh2 asks for within a `try`, as it requires it: it need not have been compiled (`--ignore-scripts`),
 * each thread would look for it, and Node's own ciphers do as well.
 */
export const LEFT_OUT: readonly string[] = ['cpu-features', './crypto/build/Release/sshcrypto.node'];
