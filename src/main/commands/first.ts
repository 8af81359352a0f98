#!/usr/bin/env node
// Owns: the file that a user's Node reads first, whichever that is: where it is too old for the program, one line says so.
// Leaves: the program (../cli.ts). Nothing here is younger than ES2015, and once it is built it is a script, so that all that can read it do.
import { whyTooOld } from '../../shared/oldest-node.ts';

const fail = (why: string): void => {
  process.exitCode = 128;
  process.stderr.write(`fatal: ${why}\n`);
};

// With a listener Node opens no debugger at this signal (../host/no-debugger.ts), not even before that file is loaded.
process.on('SIGUSR1', () => undefined);

const why = whyTooOld('git-remote-daemon', process.versions.node, process.execPath);
if (why === undefined) {
  try {
    module.require('./program.js');
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
} else {
  fail(why);
}
