// Owns: what the remote helper throws for what only a person can mend.
// Leaves: failures of a peer (shared/failures.ts), and how either is told (program.ts).

/** `message` is one line that says what to do. */
export class CannotHelp extends Error {
  override readonly name = 'CannotHelp';
}
