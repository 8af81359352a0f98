// Owns: a stream to an XMPP server that nobody else can read: TCP, STARTTLS or TLS at once, and the certificate's check.
// Leaves: all that is said on it (session.ts). What comes before TLS is read here, as nobody may rely on it.
import { connect, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { DaemonError } from '../../../../shared/failures.ts';
import { printable } from '../../../../shared/printable.ts';
import { errorCode } from '../../../../shared/system/error-code.ts';
import { aborted } from '../../../../shared/timing/wait.ts';
import { PEER } from '../../../patience.ts';
import type { Account, Place } from './account.ts';

/** Throws a DaemonError, or what the signal was aborted with. */
export async function openSecurely(place: Place, { jid, ca }: Account, signal: AbortSignal): Promise<TLSSocket> {
  const at = `${place.host}:${place.port}`;
  const { cut, late, release } = untilLate(signal);
  let socket: Socket | undefined;
  try {
    const plain = connect({ host: place.host, port: place.port });
    socket = plain;
    await happens(plain, 'connect', cut);
    if (!place.direct) await startTls(plain, jid.domain, cut);
    const options: ConnectionOptions = {
      socket: plain,
      host: jid.domain,
      ...(isIP(jid.domain) === 0 && { servername: jid.domain }),
      ...(place.direct && { ALPNProtocols: ['xmpp-client'] }),
      ...(ca !== undefined && { ca }),
    };
    const secure = connectTls(options);
    socket = secure;
    await happens(secure, 'secureConnect', cut);
    secure.setKeepAlive(true, KEEPALIVE_MS);
    return secure;
  } catch (error) {
    socket?.on('error', () => undefined).destroy();
    signal.throwIfAborted();
    if (late.aborted) throw new DaemonError('unreachable', `the server at ${at} does not answer`);
    throw failureAt(at, jid.domain, error);
  } finally {
    release();
  }
}

const KEEPALIVE_MS = 60_000;

function untilLate(signal: AbortSignal) {
  const [either, late] = [new AbortController(), new AbortController()];
  const timer = setTimeout(() => {
    late.abort();
    either.abort();
  }, PEER.serverMs);
  const onAbort = (): void => either.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return {
    cut: either.signal,
    late: late.signal,
    release: (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

/** Resolves with the event; rejects with an error of the socket, and where it ends before. */
async function happens(
  socket: Socket,
  event: 'connect' | 'secureConnect' | 'data',
  cut: AbortSignal,
): Promise<unknown> {
  let stop = (): void => undefined;
  const happened = new Promise<unknown>((resolve, reject) => {
    const ended = (): void => reject(new DaemonError('dropped', 'it ends the connection before it is secure'));
    socket.once(event, resolve).once('error', reject).once('close', ended).once('end', ended);
    stop = () => {
      socket.off(event, resolve).off('error', reject).off('close', ended).off('end', ended);
    };
  });
  try {
    const won = await Promise.race([happened.then((value) => ({ value })), aborted(cut)]);
    cut.throwIfAborted();
    return won?.value;
  } finally {
    stop();
    happened.catch(() => undefined);
  }
}

const MOST_BEFORE_TLS = 16 * 1024;
const STARTTLS = `<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`;

/** RFC 6120, §5. Whoever stands in between can only keep it from going on: nothing that he says is used after that. */
async function startTls(socket: Socket, domain: string, cut: AbortSignal): Promise<void> {
  const until = async (end: RegExp): Promise<string> => {
    let said = '';
    socket.resume();
    while (!end.test(said)) {
      const chunk = await happens(socket, 'data', cut);
      said += Buffer.isBuffer(chunk) ? chunk.toString('latin1') : '';
      if (said.length > MOST_BEFORE_TLS) throw new DaemonError('remote-error', 'it says too much before it is secure');
    }
    // What comes without being waited for would be lost.
    socket.pause();
    return said;
  };
  const header = `<stream:stream to='${domain}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`;
  socket.write(`<?xml version='1.0'?>${header}`);
  const offered = await until(/<\/(?:\w+:)?features\s*>|<(?:\w+:)?features\s*\/>|<(?:\w+:)?error[\s>]/);
  if (!/<(?:\w+:)?starttls[\s/>]/.test(offered)) {
    if (/host-unknown/.test(offered))
      throw new DaemonError('not-set-up', `the server there does not know the domain ${printable(domain)}`);
    throw new DaemonError('not-set-up', 'the server there offers no TLS: nothing is said to it, the password least');
  }
  socket.write(STARTTLS);
  const answer = await until(/<(?:\w+:)?(?:proceed|failure|error)\b[^>]*>/);
  // What follows unasked would pass for what was said in secret.
  if (!/<(?:\w+:)?proceed\b[^>]*(?:\/>|><\/(?:\w+:)?proceed\s*>)\s*$/.test(answer))
    throw new DaemonError('not-set-up', 'the server there could not begin TLS: nothing is said to it');
}

const WRONG_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID';
/** As Node names what OpenSSL finds wrong with a certificate. */
const CERTIFICATE =
  /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|ERR_TLS_CERT)/;

function failureAt(at: string, domain: string, error: unknown): DaemonError {
  if (error instanceof DaemonError) return new DaemonError(error.code, `${at}: ${error.detail}`, { cause: error });
  const code = errorCode(error) ?? '';
  if (code === WRONG_NAME)
    return new DaemonError('not-set-up', `${at}: the certificate of the server is not for ${printable(domain)}`, {
      cause: error,
    });
  if (CERTIFICATE.test(code)) {
    const toDo = 'if it is signed by a CA of your own, name that as ca in secrets.ini';
    const detail = `${at}: the certificate of the server is not to be trusted (${code}): ${toDo}`;
    return new DaemonError('not-set-up', detail, { cause: error });
  }
  const why = code || printable(error instanceof Error ? error.message : String(error));
  return new DaemonError('unreachable', `the server at ${at} cannot be reached: ${why}`, { cause: error });
}
