// Owns: the file of the remote helper that a user's Node reads first: where it is too old for the program, one line says so.
// Leaves: the program (program.ts), and who starts it (main/relay/helper.sh). As old in its words as main/commands/first.ts.
import { whyTooOld } from '../../../shared/oldest-node.ts';

// With a listener Node opens no debugger at this signal.
process.on('SIGUSR1', () => undefined);

const fail = (why: string): void => {
  process.exitCode = 128;
  process.stderr.write(`fatal: ${why}\n`);
};

const why = whyTooOld(`git-remote-${process.argv[2]}`, process.versions.node, process.execPath);
if (why === undefined) {
  // The words `import(` alone would keep an old Node from reading this file.
  // biome-ignore lint/security/noGlobalEval: it is a constant, and relative to this file only so
  const program: Promise<unknown> = eval("import('./program.js')");
  program.catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
} else {
  fail(why);
}
