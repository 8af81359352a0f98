// Owns: which version of the program this is.
// Leaves: printing it (cli.ts, status.ts).
import fs from 'node:fs';

/** The version in package.json, which lies two directories up from the sources and from what is built of them. */
export function programVersion(): string {
  const parsed: { readonly version?: unknown } = JSON.parse(
    fs.readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return typeof parsed.version === 'string' ? parsed.version : 'unknown';
}
