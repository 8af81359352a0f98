// Owns: ending one worker thread from outside, at SIGUSR2; loaded into the daemon with NODE_OPTIONS=--require.
// Leaves: noticing it to the daemon, which knows nothing of this.
const threads = require('node:worker_threads');
const { syncBuiltinESMExports } = require('node:module');

if (threads.isMainThread) {
  const living = new Set();
  threads.Worker = class extends threads.Worker {
    constructor(...args) {
      super(...args);
      living.add(this);
      this.on('exit', () => living.delete(this));
    }
  };
  syncBuiltinESMExports();
  process.on('SIGUSR2', () => {
    const [first] = living;
    first?.terminate();
  });
}
