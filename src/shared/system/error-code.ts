// Owns: the code by which Node says what went wrong with a system call.
// Leaves: what is done about it (whoever made the call).

/** `ENOENT` and the like, or undefined for what is thrown without one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
