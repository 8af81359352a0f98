// Owns: that what is wrong with the config is logged once, however often it is read.
// Leaves: what is wrong with it (whoever reads it), and the log.

/** Passes a text on once: a warning need not be repeated each time a file is read. */
export function createOnceLog(log: (text: string) => void): (text: string) => void {
  const logged = new Set<string>();
  return (text) => {
    if (!logged.has(text)) log(text);
    logged.add(text);
  };
}
