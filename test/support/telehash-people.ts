// Owns: people whose repositories meet over telehash, on loopback.
// Leaves: their daemons, commands and pairing (peer-people.ts), and what they do (end-to-end/peers-telehash.test.ts, the bench).
import type { AtEnd } from './at-end.ts';
import { freePort } from './free-port.ts';
import { makePerson, type Person } from './peer-people.ts';
import type { Scratch } from './temp-repo.ts';

export interface TelehashPerson extends Person {
  /** As the person's programs see it. */
  readonly scratch: Scratch;
  readonly port: number;
}

/** `through`: gives the port where others are to find it, if not where it listens. */
export async function telehashPerson(
  atEnd: AtEnd,
  scratch: Scratch,
  name: string,
  through?: (port: number) => Promise<number>,
): Promise<TelehashPerson> {
  const port = await freePort('127.0.0.1');
  const path = through ? [`remotedaemon.telehashPath=127.0.0.1:${await through(port)}`] : [];
  const config = [`remotedaemon.telehashListen=127.0.0.1:${port}`, ...path];
  const person = await makePerson(atEnd, name, { scratch, config });
  return { ...person, port, scratch: { ...scratch, env: person.env } };
}
