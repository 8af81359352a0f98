// Owns: what an import of a shell or perl script is: its text, which the build puts in its place.
// Leaves: the scripts, each beside the file that imports it.

declare module '*.sh' {
  /** Without comments and indentation. */
  export const script: string;
}

declare module '*.pl' {
  /** Without comments and indentation. */
  export const script: string;
}
