// Owns: the types of that file of @homebridge/dbus-native which is imported by its path: there are none.
// Leaves: what of it is used, and how (system-bus.ts).

declare module '@homebridge/dbus-native/lib/message.js' {
  interface Message {
    /** 1 a call, 2 its answer, 3 an error, 4 a signal. */
    readonly type: number;
    readonly serial: number;
    readonly replySerial?: number;
    readonly sender?: string;
    readonly destination?: string;
    readonly path?: string;
    readonly interface?: string;
    readonly member?: string;
    readonly signature?: string;
    /** A variant is `[type, [value]]`, a dictionary a list of pairs. */
    readonly body?: readonly unknown[];
  }
  const message: {
    readonly marshall: (message: Message) => Buffer;
    /** Throws at what is no message, in the listener that it adds. */
    readonly unmarshalMessages: (
      stream: {
        readonly on: (event: 'readable', listener: () => void) => void;
        readonly read: (bytes: number) => Buffer | null;
      },
      onMessage: (message: Message) => void,
    ) => void;
  };
  export = message;
}
