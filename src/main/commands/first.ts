#!/usr/bin/env node
// Owns: the file that a user's Node reads first, whichever that is: where it is too old for the program, one line says so.
// Leaves: the program (../cli.ts). Nothing here is younger than ES2015, nor import or export, so that all that can read it do.

/** As package.json says. */
const OLDEST_NODE = [20, 17];

const isNewEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
};

const fail = (why: string): void => {
  process.exitCode = 128;
  process.stderr.write(`fatal: ${why}\n`);
};

// With a listener Node opens no debugger at this signal (../host/no-debugger.ts), not even before that file is loaded.
process.on('SIGUSR1', () => undefined);

if (isNewEnough(process.versions.node)) {
  // The words `import(` alone would keep an old Node from reading this file.
  // biome-ignore lint/security/noGlobalEval: it is a constant, and relative to this file only so
  const program: Promise<unknown> = eval("import('./program.js')");
  program.catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
} else {
  const [found, where] = [process.versions.node, process.execPath];
  fail(`git-remote-daemon needs Node ${OLDEST_NODE.join('.')} or later, and ${where} is ${found}`);
}
