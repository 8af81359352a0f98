// Owns: the failures that are told to the user in one line, without a stack.
// Leaves: failures of one remote (shared/failures.ts), and printing (cli.ts).

/** Ends the program. `message` is one line and says what to do; 1 means that the answer is no, 128 that nothing works. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly exitStatus: 1 | 128;

  constructor(message: string, exitStatus: 1 | 128 = 128, options?: ErrorOptions) {
    super(message, options);
    this.exitStatus = exitStatus;
  }
}

/** Also one that another of the program's files has made, which has a class of its own (the bundles of the build). */
export const isUserError = (error: unknown): error is UserError =>
  error instanceof Error && error.name === 'UserError' && 'exitStatus' in error;

/** An error of the system in words for a person, without its code, its call and the paths that stand in it. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^E[A-Z0-9]+: ([^,]*), .*$/s, '$1');
}
