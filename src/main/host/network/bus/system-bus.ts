// Owns: a connection to D-Bus' system bus: logging in, calls and their answers, signals.
// Leaves: how messages are written (@homebridge/dbus-native, whose part for that this file alone imports), and what they
// mean (bus-news.ts). Loaded only where there is such a bus.
import { connect, type Socket } from 'node:net';
import dbusMessages from '@homebridge/dbus-native/lib/message.js';

export interface Call {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly string[];
}

export interface Signal {
  /** The unique name of whoever sent it, as the bus says it. */
  readonly sender: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly body: readonly unknown[];
}

export interface SystemBus {
  /** `answer` gets what came back; undefined where it was refused. Never called once the connection has ended. */
  readonly call: (call: Call, answer: (body: readonly unknown[] | undefined) => void) => void;
  readonly close: () => void;
}

export interface BusListener {
  /** Logged in: calls may be made. */
  readonly joined: () => void;
  readonly signal: (signal: Signal) => void;
  /** Once, last of all; also where it was never joined, but not after `close`. */
  readonly ended: (why: string) => void;
}

/** Of a message; what is asked for here takes some hundred. */
const MOST_BYTES = 1024 * 1024;
const JOINED_WITHIN_MS = 10_000;
const [ANSWER, REFUSAL, SIGNAL] = [2, 3, 4];
const BUS = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' };

/** `socketPath`: where it listens; begins with NUL where that is no file. */
export function joinBus(socketPath: string, { joined, signal, ended }: BusListener): SystemBus {
  const socket = connect({ path: socketPath });
  const waiting = new Map<number, (body: readonly unknown[] | undefined) => void>();
  let lastSerial = 0;
  let isClosed = false;
  const late = setTimeout(() => socket.destroy(new Error('no answer')), JOINED_WITHIN_MS).unref();
  let why = 'it was closed';
  socket.unref();
  socket.on('error', (error) => {
    why = error.message;
  });
  socket.once('close', () => {
    clearTimeout(late);
    waiting.clear();
    if (!isClosed) ended(why);
  });
  const call: SystemBus['call'] = (asked, answer) => {
    lastSerial += 1;
    waiting.set(lastSerial, answer);
    socket.write(dbusMessages.marshall({ ...asked, type: 1, serial: lastSerial }));
  };
  const hear = (message: Parameters<Parameters<typeof dbusMessages.unmarshalMessages>[1]>[0]): void => {
    if (isClosed) return;
    const { type, replySerial = 0, sender = '', path = '', interface: of = '', member = '', body = [] } = message;
    if (type === SIGNAL) signal({ sender, path, interface: of, member, body });
    if (type !== ANSWER && type !== REFUSAL) return;
    const answer = waiting.get(replySerial);
    waiting.delete(replySerial);
    answer?.(type === ANSWER ? body : undefined);
  };
  logIn(socket, () => {
    dbusMessages.unmarshalMessages(guarded(socket), hear);
    call({ ...BUS, member: 'Hello' }, (body) => {
      clearTimeout(late);
      if (body === undefined) socket.destroy(new Error('it does not let us in'));
      else joined();
    });
  });
  return {
    call,
    close: () => {
      isClosed = true;
      socket.destroy();
    },
  };
}

/** As the account that this process has, which the kernel tells the bus (D-Bus specification, EXTERNAL). */
function logIn(socket: Socket, letIn: () => void): void {
  let said = '';
  const read = (): void => {
    said += socket.read()?.toString('latin1') ?? '';
    if (!said.includes('\r\n') && said.length < 1_000) return;
    socket.off('readable', read);
    // It has nothing more to say until it is told to begin.
    if (!/^OK [^\r\n]*\r\n$/.test(said)) {
      socket.destroy(new Error('it does not let us in'));
      return;
    }
    socket.write('BEGIN\r\n');
    letIn();
  };
  socket.on('readable', read);
  socket.once('connect', () => {
    const account = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
    socket.write(`\0AUTH EXTERNAL ${account}\r\n`);
  });
}

/** What is no message, or too long for one, ends the connection and nothing else. */
const guarded = (socket: Socket): Parameters<typeof dbusMessages.unmarshalMessages>[0] => ({
  read: (bytes) => {
    if (bytes > MOST_BYTES) throw new Error('its message is too long');
    return bytes === 0 ? Buffer.alloc(0) : socket.read(bytes);
  },
  on: (event, listener) => {
    socket.on(event, () => {
      try {
        listener();
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
  },
});
