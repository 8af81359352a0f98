// Owns: an ssh target for decisions that never go there.
// Leaves: targets that are logged in to (test/workers/ssh/link.ts).
import type { SshTarget } from '../../../../src/shared/ssh-target.ts';

export const target: SshTarget = {
  host: 'h',
  path: 'd',
  command: { kind: 'options', program: 'ssh', options: [] },
  annexShell: 'git-annex-shell',
  uploadPack: 'git-upload-pack',
};
