// Owns: a remote with nothing particular about it, for tests of decisions.
// Leaves: remotes that are read from a config (test/main/config).
import { type Remote, remoteName } from '../../../../src/shared/remote.ts';

export const ORIGIN: Remote = {
  name: remoteName('origin'),
  url: 'https://example.invalid/x.git',
  uri: 'https://example.invalid/x.git',
  onThisHost: false,
  rungs: [{ kind: 'poll', why: 'servers tell of no changes over https', everyMs: 60_000 }],
  refs: { refspecs: ['+refs/heads/*:refs/remotes/origin/*'], tags: true },
  fetches: true,
};
