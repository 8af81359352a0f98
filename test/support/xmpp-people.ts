// Owns: people whose repositories meet over XMPP: an account for each at a server of the tests', and who hears whom.
// Leaves: the server (prosody-peer.ts), their daemons, commands and pairing (peer-people.ts).
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AtEnd } from './at-end.ts';
import { makePerson, type Person } from './peer-people.ts';
import type { ProsodyPeer } from './prosody-peer.ts';
import type { Scratch } from './temp-repo.ts';

export interface XmppPerson extends Person {
  readonly password: string;
}

export interface Acquaintance {
  /** Whose words are heard, though no remote names them. */
  readonly friends?: readonly string[];
  /** Other than what is so of every account, in its section of secrets.ini. */
  readonly changed?: Readonly<Record<string, string>>;
}

export async function xmppPerson(
  atEnd: AtEnd,
  at: { readonly scratch: Scratch; readonly server: ProsodyPeer },
  name: string,
  { friends = [], changed }: Acquaintance = {},
): Promise<XmppPerson> {
  const password = at.server.addUser(name);
  const config = friends.map((friend) => `remotedaemon.xmppFriend=${at.server.jid(friend)}`);
  const person = await makePerson(atEnd, name, { scratch: at.scratch, config });
  const folder = join(person.repo.directory, '.git/remote-daemon');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'secrets.ini'), at.server.section(name, changed), { mode: 0o600 });
  return { ...person, password };
}
