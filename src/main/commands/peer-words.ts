// Owns: a call of one of the commands about peers, with what it was told.
// Leaves: reading the command line (command-line.ts), and doing it (peer.ts).
import type { Rights } from '../../shared/p2p/credentials.ts';
import type { Call } from './command-line.ts';

export type PeerCommand =
  | { readonly kind: 'invite'; readonly network?: string; readonly rights: Rights; readonly name?: string }
  /** `invitation` undefined: it is read from stdin. */
  | {
      readonly kind: 'accept';
      readonly name: string;
      readonly invitation: string | undefined;
      readonly rights: Rights;
      readonly oneWay: boolean;
    }
  | { readonly kind: 'list'; readonly json: boolean }
  | { readonly kind: 'remove'; readonly name: string };

export function peerCommandOf({ command, words: [name = '', invitation], options }: Call): PeerCommand {
  const rights: Rights = options.has('--write') ? 'write' : 'read';
  const network = options.get('--network');
  const wanted = options.get('--name');
  switch (command) {
    case 'peer invite':
      return { kind: 'invite', rights, ...(network && { network }), ...(wanted && { name: wanted }) };
    case 'peer accept':
      return {
        kind: 'accept',
        name,
        invitation: invitation === '-' ? undefined : invitation,
        rights,
        oneWay: options.has('--one-way'),
      };
    case 'peer remove':
      return { kind: 'remove', name };
    default:
      return { kind: 'list', json: options.has('--json') };
  }
}
