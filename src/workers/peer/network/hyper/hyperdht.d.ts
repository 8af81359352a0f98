// Owns: the types of what is used of hyperdht, which has none.
// Leaves: using it (node.ts).

declare module 'hyperdht' {
  namespace HyperDHT {
    interface KeyPair {
      readonly publicKey: Uint8Array;
      readonly secretKey: Uint8Array;
    }
    interface Place {
      readonly host: string;
      readonly port: number;
    }
    /** A stream of messages, each as it was written. */
    interface SecretStream {
      readonly remotePublicKey: Uint8Array;
      /** Whether there is room for more; `drain` tells when there is again. */
      readonly write: (message: Uint8Array) => boolean;
      /** Room for one message, which has to be the next that is written. */
      readonly alloc: (bytes: number) => Uint8Array;
      /** Resolves when the other side has what was written, to false if it can have no more of it. */
      readonly flush: () => Promise<boolean>;
      readonly end: () => void;
      readonly destroy: (error?: Error) => void;
      readonly on: (event: string, listener: (value: never) => void) => SecretStream;
      readonly once: (event: string, listener: (value: never) => void) => SecretStream;
    }
    interface Server {
      readonly listen: (keyPair: KeyPair) => Promise<unknown>;
      readonly close: () => Promise<void>;
      /** Nodes by which it is found; itself, where anybody may reach it. */
      readonly relayAddresses: readonly Place[];
      /** Has other nodes told of it anew, soon. */
      readonly refresh: () => void;
      readonly on: (event: 'connection', listener: (stream: SecretStream) => void) => Server;
    }
    interface Options {
      /** `host:port`; undefined: the public ones. */
      readonly bootstrap?: readonly string[] | undefined;
      readonly ephemeral: boolean;
      readonly connectionKeepAlive: number;
    }
    interface ServerOptions {
      /** True: is not let in. */
      readonly firewall: (publicKey: Uint8Array, payload: unknown, from: Place) => boolean;
    }
  }
  class HyperDHT {
    constructor(options: HyperDHT.Options);
    readonly connect: (publicKey: Uint8Array) => HyperDHT.SecretStream;
    readonly createServer: (options: HyperDHT.ServerOptions) => HyperDHT.Server;
    readonly destroy: (options: { readonly force: boolean }) => Promise<void>;
    readonly health: { readonly reset: () => void };
    /** Looks for other nodes. */
    readonly refresh: () => void;
    /** `to`: where the other sees this one. */
    readonly ping: (place: HyperDHT.Place) => Promise<{ readonly to: HyperDHT.Place }>;
    /** Its own, where anybody may reach it. */
    readonly remoteAddress: () => HyperDHT.Place | null;
    readonly on: (event: 'wakeup', listener: () => void) => HyperDHT;
    readonly off: (event: 'wakeup', listener: () => void) => HyperDHT;
    /** Nodes that it knows. */
    readonly toArray: () => readonly HyperDHT.Place[];
    static keyPair(seed: Uint8Array): HyperDHT.KeyPair;
  }
  export = HyperDHT;
}

declare module 'hyperdht/testnet.js' {
  interface TestnetNode {
    readonly address: () => { readonly port: number } | null;
    /** Who has made himself known; not for users of the package. */
    readonly _persistent: { readonly records: { readonly clear: () => void } } | null;
    readonly _router: { readonly forwards: { readonly clear: () => void } };
  }
  interface Testnet {
    readonly nodes: readonly TestnetNode[];
    readonly destroy: () => Promise<void>;
  }
  function createTestnet(size: number, options: { readonly host: string; readonly port: number }): Promise<Testnet>;
  export = createTestnet;
}
