// Owns: connecting one client to the account's server, wherever that is, and hearing that the connection broke.
// Leaves: when it is connected, and again (session.ts), and the socket (secure-socket.ts).
import { DaemonError } from '../../../../shared/failures.ts';
import { unlessAborted } from '../../../../shared/timing/wait.ts';
import { PEER } from '../../../patience.ts';
import type { Account, Place } from './account.ts';
import { type Client, failureIn, openOver } from './library.ts';
import { placesOf } from './places.ts';
import { openSecurely } from './secure-socket.ts';

export interface Connecting {
  /** Broken off while it was being logged in or resumed: what the library knows then is not to be relied on. */
  readonly isSpoilt: () => boolean;
  readonly connect: (signal: AbortSignal) => Promise<'online' | 'resumed'>;
  readonly onLost: (lost: (why: DaemonError) => void) => void;
}

export function createConnecting(entity: Client, account: Account): Connecting {
  let lost = (_why: DaemonError): void => undefined;
  let settle:
    | { readonly done: (how: 'online' | 'resumed') => void; readonly failed: (why: unknown) => void }
    | undefined;
  let lastError: unknown;
  let isUp = false;
  let [hasBeenUp, isSpoilt] = [false, false];
  entity.on('error', (error: unknown) => {
    lastError = error;
    settle?.failed(error);
  });
  entity.on('online', () => settle?.done('online'));
  entity.streamManagement.on('resumed', () => settle?.done('resumed'));
  entity.on('disconnect', () => {
    const why = failureIn(lastError ?? new Error('the server is gone'), account);
    lastError = undefined;
    const wasUp = isUp;
    isUp = false;
    if (settle) settle.failed(why);
    else if (wasUp) lost(why);
  });
  const loginAt = async (place: Place, signal: AbortSignal): Promise<'online' | 'resumed'> => {
    const socket = await openSecurely(place, account, signal);
    const login = new Promise<'online' | 'resumed'>((done, failed) => {
      settle = { done, failed };
    });
    login.catch(() => undefined);
    const late = setTimeout(
      () => settle?.failed(new DaemonError('unanswered', 'the server lets nobody in')),
      PEER.loginMs,
    );
    try {
      lastError = undefined;
      openOver(entity, socket).catch((error: unknown) => settle?.failed(error));
      const how = await unlessAborted(login, signal);
      // It broke at that very moment, and nobody would be told.
      if (entity.socket !== socket) throw new DaemonError('dropped', 'the connection broke at once');
      [isUp, hasBeenUp] = [true, true];
      return how;
    } catch (error) {
      isSpoilt = true;
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(late);
      settle = undefined;
    }
  };
  return {
    isSpoilt: () => isSpoilt,
    onLost: (hear) => {
      lost = hear;
    },
    connect: async (signal) => {
      const places = account.service ? [account.service] : await placesOf(account.jid.domain);
      let failure: unknown;
      for (const place of places) {
        try {
          return await loginAt(place, signal);
        } catch (error) {
          signal.throwIfAborted();
          failure = failureIn(error, account);
          if (failure instanceof DaemonError && failure.code === 'auth-refused') break;
          if (hasBeenUp && isSpoilt) break;
        }
      }
      throw failure;
    },
  };
}
