// Owns: running the commands of one link: over its own connection, and where that carries no more, over a further one.
// Leaves: where each goes (channel-room.ts), logging in (open-connection.ts), and what the commands are (ssh-link.ts).
import { DaemonError } from '../../../shared/failures.ts';
import { wait } from '../../../shared/timing/wait.ts';
import type { Channel, OpenChannel } from '../../upload-pack/channel.ts';
import { type ChannelRoom, placeFor, shownBy } from './channel-room.ts';
import { CommandNotRun, type Connection } from './connection.ts';

export interface Channels {
  /** Throws as a connection's `exec` does. */
  readonly open: OpenChannel;
  /** For what is started beforehand: throws a DaemonError, too, where that would take what others need. */
  readonly openSpare: OpenChannel;
  /** Ends the further connections. */
  readonly close: (now: AbortSignal) => Promise<void>;
}

export interface ChannelsOptions {
  readonly own: Connection;
  /** Logs in once more. Throws a DaemonError. */
  readonly openFurther: () => Promise<Connection>;
  /** What the server is known to carry over one connection. */
  readonly most?: number | undefined;
  /** It carries no more than so many at once; not `isSure`: it may be that the connection just broke. */
  readonly onFull: (most: number, isSure: boolean) => void;
  /** The link is told to close. */
  readonly signal: AbortSignal;
}

/** A command that has ended may take its place a moment longer. */
const AFTER_ENDED_MS = 1_000;
const AGAIN_MS = 200;
/** What a link asks for at once is a fetch, and a listing. */
const MOST_FURTHER = 3;
/** One that has nothing to do is kept for so long: a fetch is often followed by another command. */
const IDLE_MS = 5_000;

interface Further {
  readonly connection: Connection;
  readonly run: OpenChannel;
  timer: NodeJS.Timeout | undefined;
}

export function createChannels({ own, openFurther, most, onFull, signal }: ChannelsOptions): Channels {
  let room: ChannelRoom = { open: 0, most };
  const further = createFurther(openFurther, signal);
  const run = runPatiently(own, signal);
  let asking = 0;
  void own.gone.then(({ code }) => {
    const others = { ...room, open: room.open - asking };
    if (code === 'dropped' && asking > 0 && shownBy(others, 'broken') === 'maybe-full') onFull(others.open, false);
  });
  const openOwn: OpenChannel = async (command, environment) => {
    // Also while it is asked for: two at once are two.
    room = { ...room, open: room.open + 1 };
    asking += 1;
    const ended = (): void => {
      room = { ...room, open: room.open - 1 };
    };
    try {
      const channel = await run(command, environment);
      void channel.exit.then(ended);
      return channel;
    } catch (error) {
      room = { ...room, open: room.open - 1 };
      throw error;
    } finally {
      asking -= 1;
    }
  };
  const openElsewhere = async (how: CommandNotRun['how'], command: string, environment: Parameters<OpenChannel>[1]) => {
    const { open } = room;
    if (shownBy(room, how) !== 'full') return undefined;
    const channel = await further.open(command, environment);
    // That it runs there proves what the first refusal was for.
    room = { ...room, most: open };
    onFull(open, true);
    return channel;
  };
  const open: OpenChannel = async (command, environment) => {
    if (placeFor(room, 'needed') === 'further') return further.open(command, environment);
    try {
      return await openOwn(command, environment);
    } catch (error) {
      const channel = error instanceof CommandNotRun && (await openElsewhere(error.how, command, environment));
      if (channel) return channel;
      throw error;
    }
  };
  return {
    open,
    openSpare: (command, environment) =>
      placeFor(room, 'spare') === 'own'
        ? openOwn(command, environment)
        : Promise.reject(new DaemonError('cancelled', 'the connection has no room to spare')),
    close: further.close,
  };
}

/** Asks once more where a command has only just ended. */
function runPatiently({ exec }: Connection, signal: AbortSignal): OpenChannel {
  let endedAtMs = Number.NEGATIVE_INFINITY;
  const runOnce: OpenChannel = async (...command) => {
    const channel = await exec(...command);
    void channel.exit.then(() => {
      endedAtMs = performance.now();
    });
    return channel;
  };
  return async (...command) => {
    try {
      return await runOnce(...command);
    } catch (error) {
      const isFull = error instanceof CommandNotRun && error.how === 'refused';
      if (!isFull || performance.now() - endedAtMs > AFTER_ENDED_MS) throw error;
      await wait(AGAIN_MS, signal);
      return runOnce(...command);
    }
  };
}

function createFurther(logIn: () => Promise<Connection>, signal: AbortSignal): Pick<Channels, 'open' | 'close'> {
  const all = new Set<Further>();
  let opening = 0;
  let isClosed = false;
  const closeOne = (one: Further, now: AbortSignal): Promise<void> => {
    all.delete(one);
    clearTimeout(one.timer);
    return one.connection.close(now);
  };
  const rest = (one: Further): void => {
    if (!all.has(one)) return;
    one.timer = setTimeout(() => void closeOne(one, AbortSignal.timeout(IDLE_MS)).catch(() => undefined), IDLE_MS);
  };
  const run = async (one: Further, ...command: Parameters<OpenChannel>): Promise<Channel> => {
    clearTimeout(one.timer);
    one.timer = undefined;
    try {
      const channel = await one.run(...command);
      void channel.exit.then(() => rest(one));
      return channel;
    } catch (error) {
      void closeOne(one, AbortSignal.abort()).catch(() => undefined);
      throw error;
    }
  };
  const open: OpenChannel = async (...command) => {
    for (const one of all) {
      if (one.timer === undefined) continue;
      const channel = await run(one, ...command).catch(() => undefined);
      if (channel) return channel;
    }
    if (isClosed || all.size + opening >= MOST_FURTHER) throw new DaemonError('remote-error', 'no room for one more');
    opening += 1;
    const connection = await logIn().finally(() => {
      opening -= 1;
    });
    const one: Further = { connection, run: runPatiently(connection, signal), timer: undefined };
    all.add(one);
    if (isClosed) void closeOne(one, AbortSignal.abort());
    void connection.gone.then(() => all.delete(one));
    return run(one, ...command);
  };
  const close = async (now: AbortSignal): Promise<void> => {
    isClosed = true;
    await Promise.all([...all].map((one) => closeOne(one, now)));
  };
  return { open, close };
}
