// Owns: what ssh2's client would do by itself on a server's word, held back: computing without end, keys not allowed.
// Leaves: the connection (ssh2-connection.ts), and what a host key is worth (ssh2-login.ts).
import { DaemonError } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import { RSA_SIGNATURES } from '../settings/user-keys.ts';

/** What of ssh2's insides is used here (lib/client.js, lib/protocol/Protocol.js and kex.js of 1.17). */
interface Insides {
  readonly _protocol?: Protocol;
}

interface Protocol {
  readonly _handlers: Record<string, Handler | undefined>;
  readonly _kex?: { readonly _remoteKexinit?: Buffer; readonly negotiated: { readonly serverHostKey: string } };
  requestFailure(): void;
  ping(): void;
}

type Handler = (protocol: Protocol, ...values: unknown[]) => void;

interface Extension {
  readonly name: string;
  readonly algs?: readonly string[];
}

/** To be called as soon as a client connects, before it has heard anything. */
export function guardClient(client: object, rsaSignatures: readonly string[]): void {
  const protocol = (client as Insides)._protocol;
  if (protocol === undefined) throw new Error('ssh2 has no _protocol');
  passOverHostKeys(protocol);
  limitSignatures(protocol, rsaSignatures);
}

/** Asks the server for an answer of any kind, as the keepalive does by itself now and then. */
export function pingServer(client: object): void {
  (client as Insides)._protocol?.ping();
}

/** ssh2 would check as many further host keys as a server sends, of any size; nobody here wants to know them. */
function passOverHostKeys({ _handlers: handlers }: Protocol): void {
  const answer = handlers.GLOBAL_REQUEST;
  handlers.GLOBAL_REQUEST = (protocol, ...request) => {
    const [name, wantsReply] = request;
    if (!String(name).startsWith('hostkeys')) answer?.(protocol, ...request);
    else if (wantsReply === true) protocol.requestFailure();
  };
}

/**
 * ssh2 signs by the first algorithm of RSA that a server names, and by SHA-1 for one that names none. The server's list
 * comes before its SERVICE_ACCEPT, or not at all.
 */
function limitSignatures({ _handlers: handlers }: Protocol, allowed: readonly string[]): void {
  const { EXT_INFO: hear, SERVICE_ACCEPT: proceed } = handlers;
  const isAllowed = (name: string): boolean =>
    allowed.includes(name) || !RSA_SIGNATURES.some((signature) => signature === name);
  let hasList = false;
  const tell = (protocol: Protocol, extensions: readonly Extension[]): void => {
    hasList ||= extensions.some(({ name }) => name === 'server-sig-algs');
    hear?.(protocol, extensions);
  };
  handlers.EXT_INFO = (protocol, extensions) => {
    const told = extensions as readonly Extension[];
    tell(
      protocol,
      told.map(({ algs, ...rest }) => ({ ...rest, ...(algs && { algs: algs.filter(isAllowed) }) })),
    );
  };
  handlers.SERVICE_ACCEPT = (protocol, ...rest) => {
    if (!hasList && !isAllowed('ssh-rsa')) tell(protocol, [{ name: 'server-sig-algs', algs: [] }]);
    proceed?.(protocol, ...rest);
  };
}

/** Keys are renewed about once an hour, or a GiB; each time costs this thread up to 0.1 s, and the server may ask. */
const MOST_HANDSHAKES = { count: 10, withinMs: 60_000 };
/** A server may want new keys for every few bytes (sshd's RekeyLimit): one handshake for so many costs no more than they do. */
const PER_HANDSHAKE_BYTES = 16 * 2 ** 20;

/**
 * Counts the handshakes that are done; one that is means that what follows comes from the server itself. `received`: so
 * many bytes came in.
 */
export function countHandshakes(name: string, fail: (why: DaemonError) => void) {
  let times: readonly number[] = [];
  let isSecure = false;
  let bytesSince = 0;
  return {
    note: (): void => {
      isSecure = true;
      const now = performance.now();
      times = [...times, now].slice(-MOST_HANDSHAKES.count);
      const [first = now] = times;
      if (times.length === MOST_HANDSHAKES.count && now - first < MOST_HANDSHAKES.withinMs)
        fail(new DaemonError('too-much-noise', `${printable(name)} asks for new keys again and again`));
    },
    received: (bytes: number): void => {
      bytesSince += bytes;
      times = times.slice(Math.floor(bytesSince / PER_HANDSHAKE_BYTES));
      bytesSince %= PER_HANDSHAKE_BYTES;
    },
    isSecure: () => isSecure,
  };
}

/** While a host key is judged: by which algorithm it is proved, and all that the server offered. */
export function hostKeyAlgorithms(client: object): { readonly algorithm: string; readonly offered: readonly string[] } {
  const kex = (client as Insides)._protocol?._kex;
  if (kex?._remoteKexinit === undefined) throw new Error('ssh2 keeps no KEXINIT');
  return { algorithm: kex.negotiated.serverHostKey, offered: secondList(kex._remoteKexinit) };
}

/** The type, a cookie of 16 bytes, the key exchanges, then the host keys (RFC 4253 §7.1); ssh2 has read them before. */
function secondList(kexinit: Buffer): readonly string[] {
  const at = 17 + 4 + kexinit.readUInt32BE(17);
  return kexinit
    .subarray(at + 4, at + 4 + kexinit.readUInt32BE(at))
    .toString('latin1')
    .split(',');
}
