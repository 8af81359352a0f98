// Owns: worker threads that hang in a call of the system, for which no exit waits in vain; loaded with NODE_OPTIONS=--require.
// Leaves: ending all the same to the daemon, which knows nothing of this.
const fs = require('node:fs');
const { isMainThread } = require('node:worker_threads');

// A named pipe that nobody ever writes to.
if (!isMainThread) fs.openSync(process.env.HANG_IN, 'r');
