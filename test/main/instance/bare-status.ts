// Owns: the status of a daemon of which there is nothing to tell, for tests of how it comes to whoever asks.
// Leaves: what status tells (test/main/commands/status).
import type { DaemonStatus } from '../../../src/shared/status.ts';

export const BARE_STATUS: DaemonStatus = {
  pid: 42,
  version: 1,
  programVersion: '1',
  startedAt: '',
  mode: 'run',
  held: 'no',
  remotes: [],
  skipped: [],
  droppedLines: 0,
};
