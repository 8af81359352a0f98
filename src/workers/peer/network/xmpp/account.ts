// Owns: which account of XMPP this repository has, and what secrets.ini says of it. Pure but for the file of its CA.
// Leaves: reading secrets.ini, and refusing what would be misread there (main/config/secrets.ts).
import path from 'node:path';
import { DaemonError } from '../../../../shared/failures.ts';
import { type Jid, parseJid } from '../../../../shared/p2p/jid.ts';
import { printable } from '../../../../shared/printable.ts';
import { homeHere } from '../../../../shared/system/home.ts';
import { readRegularFile } from '../../../../shared/system/read-regular-file.ts';
import { throwIfItPasses } from '../../../../shared/system/unread.ts';
import type { NetworkContext } from '../network.ts';

/** Where a server is. `direct`: TLS from the first byte, instead of STARTTLS. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly direct: boolean;
}

export interface Account {
  readonly jid: Jid;
  readonly password: string;
  /** undefined: it is where the domain's name servers say. */
  readonly service?: Place;
  /** In PEM: by whom the server's certificate is signed; undefined: by whom this machine trusts. */
  readonly ca?: string;
}

const MOST_CA_BYTES = 1024 * 1024;
const STARTTLS_PORT = 5222;
const DIRECT_PORT = 5223;

/** Throws a DaemonError, with what is to be done. */
export function accountOf({ settings, secrets }: Pick<NetworkContext, 'settings' | 'secrets'>): Account {
  const [name, keys] = chosen(Object.entries(secrets), settings.xmppAccount);
  const jid = parseJid(name);
  if (jid === undefined || jid.resource !== undefined)
    throw notSetUp(`[xmpp "${printable(name)}"] in secrets.ini is no account such as joe@example.org`);
  const { password, service, ca } = keys;
  if (!password) throw notSetUp(`${named(jid)} in secrets.ini has no password`);
  return {
    jid,
    password,
    ...(service !== undefined && { service: placeIn(service, jid) }),
    ...(ca !== undefined && { ca: readCa(ca) }),
  };
}

type Section = readonly [string, Readonly<Record<string, string>>];

function chosen(sections: readonly Section[], wanted: string | undefined): Section {
  if (wanted !== undefined) {
    const found = sections.find(([name]) => parseJid(name)?.bare === wanted);
    if (found) return found;
    throw notSetUp(`remotedaemon.xmppAccount is ${wanted}, for which secrets.ini has no section [xmpp "${wanted}"]`);
  }
  const [first, ...others] = sections;
  if (first === undefined)
    throw notSetUp('no account: write [xmpp "joe@example.org"] and password = "…" into .git/remote-daemon/secrets.ini');
  if (others.length > 0) throw notSetUp('secrets.ini has several accounts: say which by remotedaemon.xmppAccount');
  return first;
}

/** `host`, `host:port`, and either of them behind xmpp:// or xmpps://. */
function placeIn(text: string, jid: Jid): Place {
  const [, scheme, v6, name, digits] =
    /^(?:(xmpps?):\/\/)?(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = v6 ?? name;
  const isDirect = scheme?.toLowerCase() === 'xmpps' || (scheme === undefined && digits === `${DIRECT_PORT}`);
  const port = digits === undefined ? (isDirect ? DIRECT_PORT : STARTTLS_PORT) : Number(digits);
  if (host !== undefined && port > 0 && port < 65_536) return { host, port, direct: isDirect };
  throw notSetUp(`the service of ${named(jid)} in secrets.ini is no host:port`);
}

function readCa(written: string): string {
  const file = written.replace(/^~(?=\/)/, () => homeHere());
  if (!path.isAbsolute(file)) throw notSetUp('write the whole path of the ca in secrets.ini, or begin it with ~/');
  const read = readRegularFile(file, { mostBytes: MOST_CA_BYTES });
  throwIfItPasses(file, read);
  if (read.kind !== 'read') throw notSetUp(`the ca ${printable(file)} of secrets.ini cannot be read`);
  const text = new TextDecoder().decode(read.bytes);
  if (/-----BEGIN (?:TRUSTED )?CERTIFICATE-----/.test(text)) return text;
  throw notSetUp(`the ca ${printable(file)} of secrets.ini has no certificate in it (PEM)`);
}

export const named = ({ bare }: Jid): string => `the account ${bare}`;

const notSetUp = (detail: string): DaemonError => new DaemonError('not-set-up', detail);
