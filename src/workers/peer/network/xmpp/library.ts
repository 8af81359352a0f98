// Owns: a client of @xmpp/client as it is used here, which only this file imports: over a socket that is secure already.
// Leaves: the socket (secure-socket.ts), when it is connected, and again (session.ts), and all that is said.
import type { TLSSocket } from 'node:tls';
import { type Client, client, type Element, xml } from '@xmpp/client';
import { DaemonError } from '../../../../shared/failures.ts';
import { printable } from '../../../../shared/printable.ts';
import { PEER } from '../../../patience.ts';
import { type Account, named } from './account.ts';
import { useQuickScram } from './scram.ts';

export type { Client, Element };
export { xml };

/** One stanza; what servers take of a client is less. */
const MOST_CHARS = 1024 * 1024;
/** Of the ways to log in that the library has, the better first. */
const MECHANISMS = ['SCRAM-SHA-1', 'PLAIN'];

/** It is not connected yet, and never connects by itself. */
export function createClient({ jid, password }: Account, resource: string): Client {
  const entity = client({
    domain: jid.domain,
    service: 'xmpps://localhost',
    resource,
    timeout: PEER.serverMs,
    credentials: async (authenticate, mechanisms) => {
      const mechanism = MECHANISMS.find((each) => mechanisms.includes(each));
      if (mechanism === undefined)
        throw new DaemonError('not-set-up', `the server has no way to log in that is known here, for ${named(jid)}`);
      await authenticate({ username: jid.local, password }, mechanism);
    },
  });
  useQuickScram(entity.saslFactory);
  entity.reconnect.stop();
  // A ping now and then does for it.
  entity.streamManagement.requestAckInterval = 0;
  // Another host would be asked without our CA, and not for the account's domain.
  entity._onSeeOtherHost = async () => undefined;
  limitStanzas(entity);
  return entity;
}

/** The library lets a stanza be as long as it likes, and throws where it likes for one that is none. */
function limitStanzas(entity: Client): void {
  const onData = entity._onData.bind(entity);
  let chars = 0;
  entity.on('element', () => {
    chars = 0;
  });
  entity._onData = (text) => {
    const { socket } = entity;
    try {
      chars += text.length;
      if (chars > MOST_CHARS) throw new DaemonError('remote-error', 'the server sends a stanza without an end');
      onData(text);
    } catch (error) {
      socket?.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };
}

/** As it does by itself, but over a socket that is there. */
export async function openOver(entity: Client, socket: TLSSocket): Promise<void> {
  const transport = entity._findTransport('xmpps://localhost');
  if (transport === undefined) throw new DaemonError('unknown', 'the library has no way over TLS');
  entity._status('connecting');
  entity.Transport = transport;
  entity.Socket = transport.prototype.Socket;
  entity.Parser = transport.prototype.Parser;
  // Characters may be cut by the borders of what comes at once.
  entity._attachSocket(Object.assign(socket.setEncoding('utf8'), { secure: true }));
  entity._status('connect');
  await entity.open({ domain: entity.options.domain });
}

/** What an error of the library's means, by the condition that the server names. */
export function failureIn(error: unknown, account: Account): DaemonError {
  if (error instanceof DaemonError) return error;
  const condition = conditionOf(error);
  const known = condition === undefined ? undefined : CONDITIONS[condition];
  if (known) return new DaemonError(known.code, `${known.says} ${named(account.jid)}`, { cause: error });
  const text = printable(error instanceof Error ? error.message : String(error));
  return new DaemonError('dropped', `the connection of ${named(account.jid)} broke: ${text}`, { cause: error });
}

/** What a stanza was refused for, or a whole stream; undefined: it is none of these. */
export function conditionOf(error: unknown): string | undefined {
  return error instanceof Error && 'condition' in error && typeof error.condition === 'string'
    ? error.condition
    : undefined;
}

const REFUSED = { code: 'auth-refused', says: 'the server does not take the password of' } as const;
const CONDITIONS: Readonly<
  Record<string, { readonly code: 'auth-refused' | 'not-set-up' | 'dropped'; readonly says: string }>
> = {
  'not-authorized': REFUSED,
  'credentials-expired': REFUSED,
  'account-disabled': { code: 'auth-refused', says: 'the server has switched off' },
  'invalid-authzid': REFUSED,
  'encryption-required': { code: 'not-set-up', says: 'the server wants more encryption than there is for' },
  'host-unknown': { code: 'not-set-up', says: 'the server does not know the domain of' },
  conflict: { code: 'dropped', says: 'somebody else has come by the same name, maybe a copy of this repository, of' },
};
