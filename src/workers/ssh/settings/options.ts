// Owns: what the built-in client does about each option that `ssh -G` prints, as one table. Pure.
// Leaves: the values of those it goes by (settings.ts), and the decision (choose-connection.ts).
import { isYes, type RawSettings, settingOf } from './settings.ts';

/** Whether the built-in client behaves as ssh would with these values of an option. */
type Fits = (values: readonly string[], raw: RawSettings) => boolean;

interface Option {
  /** `honoured`: it does what the option says. `no-matter`: whatever it says changes nothing here. */
  readonly is: 'honoured' | 'no-matter';
  readonly because: string;
  /** With other values the ssh program is asked. */
  readonly fits: Fits;
}

const always: Fits = () => true;
const none: Fits = (values) => values.every((value) => value === '' || value.toLowerCase() === 'none');
const oneOf =
  (...allowed: readonly string[]): Fits =>
  (values) =>
    values.every((value) => allowed.includes(value));
const no = oneOf('no', 'false');

const honoured = (because: string, fits: Fits = always): Option => ({ is: 'honoured', because, fits });
const noMatter = (because: string, fits: Fits = always): Option => ({ is: 'no-matter', because, fits });

const NAMED = 'settings.ts';
const ASKED_ALREADY = 'ssh -G has done it before it prints';
const NO_FORWARDS = 'nothing is forwarded but by a person';
const NO_TERMINAL = 'no command gets a terminal';
const NOBODY_THERE = 'nobody is there to answer';
const NOT_WRITTEN = 'the built-in client writes no known_hosts';
const OWN_LINK = 'a link is its own connection, whoever else has one';
const GSSAPI = 'a login that is refused is tried once with the program';
const NO_HOSTBASED = 'HostbasedAuthentication is for the program';
const ONLY_WORDS = 'it only changes what is said';
const WHEN_OLD = 'of versions that are too old to matter';

/**
 * All that OpenSSH 7.2 to 10.5, Debian's, Fedora's and Apple's print. An option that is not named here goes to the
 * program: a new one may forbid what is done here.
 */
export const OPTIONS: Readonly<Record<string, Option>> = {
  Host: honoured(NAMED),
  User: honoured(NAMED),
  Hostname: honoured(NAMED),
  Port: honoured(NAMED),
  AddKeysToAgent: noMatter('the agent is left as it is'),
  AddressFamily: honoured(NAMED, oneOf('any', 'inet', 'inet6')),
  BatchMode: noMatter(NOBODY_THERE),
  BindAddress: honoured(NAMED),
  BindInterface: noMatter('there is none', none),
  CanonicalDomains: honoured(ASKED_ALREADY),
  CanonicalizeFallbackLocal: honoured(ASKED_ALREADY),
  CanonicalizeHostname: honoured(ASKED_ALREADY),
  CanonicalizeMaxDots: honoured(ASKED_ALREADY),
  CanonicalizePermittedCNAMEs: honoured(ASKED_ALREADY),
  CASignatureAlgorithms: noMatter('a certificate that has to be believed is for the program'),
  CertificateFile: noMatter('there is none', none),
  ChallengeResponseAuthentication: noMatter(NOBODY_THERE),
  ChannelTimeout: noMatter('there is none', none),
  CheckHostIP: honoured('known-hosts.ts', oneOf('yes', 'no', 'true', 'false')),
  Cipher: noMatter(WHEN_OLD),
  Ciphers: honoured('algorithms.ts'),
  ClearAllForwardings: noMatter(NO_FORWARDS),
  Compression: noMatter('it saves bytes, and the server may refuse it'),
  CompressionLevel: noMatter('it saves bytes'),
  ConnectionAttempts: noMatter('the daemon tries again by itself'),
  ConnectTimeout: honoured(NAMED),
  ControlMaster: noMatter(OWN_LINK),
  ControlPath: noMatter(OWN_LINK),
  ControlPersist: noMatter(OWN_LINK),
  DynamicForward: noMatter(NO_FORWARDS),
  EnableEscapeCommandline: noMatter(NO_TERMINAL),
  EnableSSHKeysign: noMatter(NO_HOSTBASED),
  EscapeChar: noMatter(NO_TERMINAL),
  ExitOnForwardFailure: noMatter(NO_FORWARDS),
  FingerprintHash: noMatter(ONLY_WORDS),
  ForkAfterAuthentication: noMatter('it is not asked for', no),
  ForwardAgent: noMatter(NO_FORWARDS),
  ForwardX11: noMatter(NO_FORWARDS),
  ForwardX11Timeout: noMatter(NO_FORWARDS),
  ForwardX11Trusted: noMatter(NO_FORWARDS),
  GatewayPorts: noMatter(NO_FORWARDS),
  GlobalKnownHostsFile: honoured(NAMED),
  GSSAPIAuthentication: noMatter(GSSAPI),
  GSSAPIClientIdentity: noMatter(GSSAPI),
  GSSAPIDelegateCredentials: noMatter(GSSAPI),
  GSSAPIKexAlgorithms: noMatter(GSSAPI),
  GSSAPIKeyExchange: noMatter('it is off', no),
  GSSAPIRenewalForcesRekey: noMatter(GSSAPI),
  GSSAPIServerIdentity: noMatter(GSSAPI),
  GSSAPITrustDNS: noMatter(GSSAPI),
  HashKnownHosts: noMatter(NOT_WRITTEN),
  HostbasedAcceptedAlgorithms: noMatter(NO_HOSTBASED),
  HostbasedAuthentication: noMatter('it is off', no),
  HostbasedKeyTypes: noMatter(NO_HOSTBASED),
  HostKeyAlgorithms: honoured('host-key-order.ts'),
  HostKeyAlias: honoured(NAMED, (values) => values.every((value) => !value.includes('%'))),
  IdentitiesOnly: honoured('identities.ts', oneOf('yes', 'no', 'true', 'false')),
  IdentityAgent: honoured(NAMED),
  IdentityFile: honoured(NAMED),
  IgnoreUnknown: noMatter('ssh -G passes over what it does not know, and what it knows is in this table'),
  IPQoS: noMatter('it is for routers'),
  KbdInteractiveAuthentication: noMatter(NOBODY_THERE),
  KbdInteractiveDevices: noMatter(NOBODY_THERE),
  KexAlgorithms: honoured('algorithms.ts'),
  KnownHostsCommand: noMatter('there is none', none),
  LocalCommand: noMatter('PermitLocalCommand says whether it is run'),
  LocalForward: noMatter(NO_FORWARDS),
  LogLevel: noMatter(ONLY_WORDS),
  LogVerbose: noMatter(ONLY_WORDS),
  MACs: honoured('algorithms.ts'),
  NoHostAuthenticationForLocalhost: noMatter('it is off', no),
  NumberOfPasswordPrompts: noMatter(NOBODY_THERE),
  ObscureKeystrokeTiming: noMatter(NO_TERMINAL),
  PasswordAuthentication: noMatter(NOBODY_THERE),
  PermitLocalCommand: noMatter(
    'no LocalCommand is set',
    (values, raw) => no(values, raw) || settingOf(raw, 'localcommand') === undefined,
  ),
  PermitRemoteOpen: noMatter(NO_FORWARDS),
  PKCS11Provider: noMatter('there is none', none),
  PreferredAuthentications: honoured('it tries public keys alone', (values) =>
    values.every((value) => value.split(',').includes('publickey')),
  ),
  Protocol: noMatter(WHEN_OLD, oneOf('2')),
  ProxyCommand: honoured('route.ts'),
  ProxyJump: honoured('route.ts'),
  ProxyUseFdpass: noMatter('it is off', no),
  PubkeyAcceptedAlgorithms: honoured('user-keys.ts'),
  PubkeyAcceptedKeyTypes: honoured('user-keys.ts'),
  PubkeyAuthentication: honoured('identities.ts', oneOf('yes', 'true', 'unbound')),
  RekeyLimit: noMatter('keys are renewed as the server asks', oneOf('0 0', 'default none')),
  RemoteCommand: noMatter('there is none', none),
  RemoteForward: noMatter(NO_FORWARDS),
  RequestTTY: noMatter(NO_TERMINAL),
  RequiredRSASize: honoured('user-keys.ts'),
  RevokedHostKeys: noMatter('there are none', none),
  RhostsRSAAuthentication: noMatter(WHEN_OLD),
  RSAAuthentication: noMatter(WHEN_OLD),
  RSAMinSize: honoured('user-keys.ts'),
  SecurityKeyProvider: noMatter('a security key that is needed is for the program'),
  SendEnv: honoured(NAMED),
  ServerAliveCountMax: honoured(NAMED),
  ServerAliveInterval: honoured(NAMED),
  SessionType: noMatter('a command is run', oneOf('default')),
  SetEnv: honoured(NAMED),
  StdinNull: noMatter('it is off', no),
  StreamLocalBindMask: noMatter(NO_FORWARDS),
  StreamLocalBindUnlink: noMatter(NO_FORWARDS),
  StrictHostKeyChecking: honoured('an unknown key is refused', oneOf('ask', 'yes', 'true')),
  SyslogFacility: noMatter(ONLY_WORDS),
  Tag: noMatter('it chooses lines of the config, which ssh -G has done'),
  TCPKeepAlive: noMatter('dead links are noticed otherwise'),
  Tunnel: noMatter(NO_FORWARDS),
  TunnelDevice: noMatter(NO_FORWARDS),
  UpdateHostkeys: noMatter(NOT_WRITTEN),
  UseKeychain: noMatter(GSSAPI),
  UsePrivilegedPort: noMatter('it is off', no),
  UserKnownHostsFile: honoured(NAMED),
  VerifyHostKeyDNS: noMatter('it is off', no),
  VersionAddendum: noMatter('there is none', none),
  VisualHostKey: noMatter(ONLY_WORDS),
  WarnWeakCrypto: noMatter(ONLY_WORDS),
  XAuthLocation: noMatter(NO_FORWARDS),
};

const BY_KEYWORD = new Map(Object.entries(OPTIONS).map(([name, option]) => [name.toLowerCase(), { name, option }]));

/** Why these settings are for the ssh program; undefined where none of them is. */
export function reasonInOptions(raw: RawSettings): string | undefined {
  for (const [keyword, values] of raw) {
    const known = BY_KEYWORD.get(keyword);
    if (known === undefined) return `it prints an option that is not known here, ${keyword}`;
    if (known.option.fits(values, raw)) continue;
    const [value = ''] = values;
    return isYes(value) || no([value], raw) || ONE_WORD.test(value)
      ? `${known.name} is ${spelled(value)}`
      : `${known.name} is set`;
  }
  return undefined;
}

/** A word of ssh's own, and no path or command. */
const ONE_WORD = /^[a-z][a-z-]*$/;
const spelled = (value: string): string => (value === 'true' ? 'yes' : value === 'false' ? 'no' : value);
