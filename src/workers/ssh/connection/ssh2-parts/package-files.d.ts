// Owns: the types of those files of ssh2 and tweetnacl that are imported by their paths, for which there are none.
// Leaves: the types of what ssh2 exports (@types/ssh2).

declare module 'ssh2/lib/client.js' {
  import { Client } from 'ssh2';
  export = Client;
}

declare module 'ssh2/lib/agent.js' {
  export { OpenSSHAgent } from 'ssh2';
}

declare module 'ssh2/lib/protocol/keyParser.js' {
  import { utils } from 'ssh2';

  const keyParser: Pick<typeof utils, 'parseKey'>;
  export = keyParser;
}

declare module 'tweetnacl/nacl-fast.js' {
  const nacl: {
    readonly lowlevel: {
      /** Poly1305: writes 16 bytes to `out`, from `outAt` on. The key is of 32 bytes. */
      readonly crypto_onetimeauth: (
        out: Uint8Array,
        outAt: number,
        text: Uint8Array,
        textAt: number,
        textBytes: number,
        key: Uint8Array,
      ) => void;
    };
  };
  export = nacl;
}
