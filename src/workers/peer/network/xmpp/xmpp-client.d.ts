// Owns: the types of what is used of @xmpp/client, for which there are none of this version.
// Leaves: using it (library.ts).

declare module '@xmpp/client' {
  import type { TLSSocket } from 'node:tls';
  import type { Mechanisms } from './scram.ts';

  interface Element {
    readonly name: string;
    readonly attrs: Readonly<Record<string, string | undefined>>;
    readonly is: (name: string, xmlns?: string) => boolean;
    readonly getChild: (name: string, xmlns?: string) => Element | undefined;
    readonly getChildren: (name: string, xmlns?: string) => Element[];
    readonly getChildElements: () => Element[];
    readonly text: () => string;
  }

  type IqHandler = () => Promise<true>;

  interface Client {
    options: { readonly domain: string };
    status: string;
    socket: (TLSSocket & { readonly secure: true }) | null;
    readonly jid: { readonly toString: () => string } | null;
    readonly transports: readonly { readonly prototype: { readonly Socket: unknown; readonly Parser: unknown } }[];
    readonly _findTransport: (service: string) => Client['transports'][number] | undefined;
    Transport: unknown;
    Socket: unknown;
    Parser: unknown;
    _onData: (text: string) => void;
    _onSeeOtherHost: () => Promise<void>;
    readonly _attachSocket: (socket: TLSSocket) => void;
    readonly _status: (status: string, detail?: unknown) => void;
    readonly open: (options: { readonly domain: string }) => Promise<unknown>;
    readonly send: (stanza: Element) => Promise<void>;
    readonly stop: () => Promise<unknown>;
    readonly on: (event: string, listener: (...args: never[]) => void) => unknown;
    readonly iqCallee: Readonly<Record<'get' | 'set', (xmlns: string, name: string, handler: IqHandler) => void>>;
    readonly reconnect: { readonly stop: () => void };
    readonly saslFactory: Mechanisms;
    readonly streamManagement: {
      requestAckInterval: number;
      readonly on: (event: 'resumed', listener: () => void) => unknown;
    };
  }

  type Authenticate = (
    credentials: { readonly username: string; readonly password: string },
    mechanism: string,
  ) => Promise<void>;

  function client(options: {
    readonly domain: string;
    readonly service: string;
    readonly resource: string;
    readonly timeout: number;
    readonly credentials: (authenticate: Authenticate, mechanisms: readonly string[]) => Promise<void>;
  }): Client;

  function xml(
    name: string,
    attrs: Readonly<Record<string, string | number | undefined>>,
    ...children: readonly (Element | string)[]
  ): Element;
}
