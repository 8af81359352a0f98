// Owns: where the program's own files are, all found from this one: in main/ of the source, and of what is built of it.
// Leaves: starting and reading them (commands/start.ts, commands/annex-wrapper.ts, supervisor/threads/, relay/relay-client.ts).
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

const besideThis = (relative: string): URL => new URL(relative, import.meta.url);

/** Of all that the program consists of. */
export const PROGRAM_FOLDER = fileURLToPath(besideThis('./'));
/** What a user runs. */
export const PROGRAM = fileURLToPath(besideThis('./cli.js'));
/** What a daemon in the background begins with. */
export const BACKGROUND_ENTRY = fileURLToPath(besideThis('./background-entry.js'));
/** What a worker thread loads. */
export const WORKER_ENTRY = besideThis('../workers/load-code.cjs');
/** What git runs instead of ssh where this machine has nothing that starts sooner. */
export const RELAY_STAND_IN = fileURLToPath(besideThis('./relay/stand-in.js'));
/** The folder of the remote helpers, by the names that git looks for. */
export const HELPERS = fileURLToPath(besideThis('../helpers'));
/** What speaks for each of the networks that are ours; its first argument is the network's name. */
export const NETWORK_PROGRAM = fileURLToPath(besideThis('../helpers/network.js'));

let version: string | undefined;

/** The version in package.json, which lies two directories up from here: as it was when it was first asked for. */
export function programVersion(): string {
  version ??= readVersion();
  return version;
}

function readVersion(): string {
  const parsed: { readonly version?: unknown } = JSON.parse(fs.readFileSync(besideThis('../../package.json'), 'utf8'));
  return typeof parsed.version === 'string' ? parsed.version : 'unknown';
}
