// Owns: which Node this program needs, and saying so to whoever has an older one.
// Leaves: who asks (the first files of each program, which that older one has to be able to read).

/** As package.json says. */
const OLDEST_NODE = [20, 17];

/** `version` as in process.versions.node, of the Node at `where`. undefined: it is new enough. */
export function whyTooOld(program: string, version: string, where: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  return `${program} needs Node ${OLDEST_NODE.join('.')} or later, and ${where} is ${version}`;
}
