// Owns: the file of `git-annex-p2p-NETWORK` that a user's Node reads first: where it is too old for it, one line says so.
// Leaves: the program (program.ts), and who starts it (main/relay/network.sh). As old in its words as main/commands/first.ts.
import { whyTooOld } from '../../../shared/oldest-node.ts';

// With a listener Node opens no debugger at this signal.
process.on('SIGUSR1', () => undefined);

const fail = (why: string): void => {
  process.exitCode = 1;
  process.stderr.write(`${why}\n`);
};

const why = whyTooOld(`git-annex-p2p-${process.argv[2]}`, process.versions.node, process.execPath);
if (why === undefined) {
  // The words `import(` alone would keep an old Node from reading this file.
  // biome-ignore lint/security/noGlobalEval: it is a constant, and relative to this file only so
  const program: Promise<unknown> = eval("import('./network-program.js')");
  program.catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
} else {
  fail(why);
}
