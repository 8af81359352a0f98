// Owns: finding in tor's config the hidden service of a repository, as git-annex has it put there. Pure.
// Leaves: reading that file, and the socket (tor.ts).
// git-annex: Utility/Tor.hs.

export interface HiddenService {
  /** Where tor keeps its keys and its name, for itself. */
  readonly directory: string;
  readonly port: number;
  readonly socket: string;
}

/** By a name of its directory that ends in both; `uid`: of whose repository it is. */
export function findHiddenService(torrc: string, uid: number, uuid: string): HiddenService | undefined {
  let directory: string | undefined;
  for (const line of torrc.split('\n')) {
    const [said = ''] = line.split('#', 1);
    const [word = ''] = said.trim().split(/\s/, 1);
    const value = said.trim().slice(word.length).trim();
    // The names of options are those of tor, which does not care for capitals.
    if (word.toLowerCase() === 'hiddenservicedir') directory = unquoted(value).replace(/\/+$/, '');
    if (word.toLowerCase() !== 'hiddenserviceport' || directory === undefined) continue;
    const found = isNamed(directory, `${uid}_${uuid}`) && targetIn(value);
    if (found) return { directory, ...found };
  }
  return undefined;
}

/** Without the name of the program before it, as in git-annex's first ones. */
function isNamed(directory: string, ending: string): boolean {
  const name = directory.slice(directory.lastIndexOf('/') + 1);
  return name === ending || name.endsWith(`_${ending}`);
}

function targetIn(value: string): Pick<HiddenService, 'port' | 'socket'> | undefined {
  const [, port = '', socket = ''] = /^(\d{1,5})\s+"?unix:(.+)$/.exec(value) ?? [];
  const at = unquoted(socket);
  return at.startsWith('/') ? { port: Number(port), socket: at } : undefined;
}

const unquoted = (text: string): string => text.replace(/^"|"$/g, '');

/** The two lines that make one, for a person. */
export const linesFor = (uid: number, uuid: string): readonly string[] => [
  `HiddenServiceDir /var/lib/tor/tor-annex_${uid}_${uuid}`,
  `HiddenServicePort 4242 unix:/var/lib/tor-annex/${uid}_${uuid}/s`,
];
