// Owns: which protocols git may speak here, by its own rules (git, transport.c, is_transport_allowed).
// Leaves: which protocol a URL means (shared/remote-uri.ts), and what becomes of a remote (why-skipped.ts).
import type { Environment } from '../../shared/git-environment.ts';
import type { RemoteLocation } from '../../shared/remote-uri.ts';
import { type GitConfig, parseBool } from './git-config.ts';

/** As git calls it: of a remote helper its name, of an unknown scheme the scheme, whose case counts. */
export function protocolOf(location: RemoteLocation): string | undefined {
  switch (location.kind) {
    case 'local':
      return 'file';
    case 'ssh':
      return 'ssh';
    case 'other':
      return SSH_SCHEMES.includes(location.scheme) ? 'ssh' : location.scheme;
    case 'helper':
      return location.helper;
    case 'bad':
      return undefined;
    default:
      return location satisfies never;
  }
}

const SSH_SCHEMES: readonly string[] = ['ssh', 'git+ssh', 'ssh+git'];

/** Why git would not speak a protocol here; undefined: it would. Asked for by us, as a person would ask for it. */
export function whyNotAllowed(protocol: string, config: GitConfig, env: Environment): string | undefined {
  const listed = env.GIT_ALLOW_PROTOCOL;
  if (listed !== undefined) {
    return listed.split(':').includes(protocol) ? undefined : refused(protocol, 'GIT_ALLOW_PROTOCOL does not name it');
  }
  const { allow, by } = policyFor(protocol, config);
  switch (allow.toLowerCase()) {
    case 'always':
      return undefined;
    case 'never':
      return refused(protocol, by);
    case 'user': {
      const fromUser = env.GIT_PROTOCOL_FROM_USER;
      if (fromUser === undefined || parseBool(fromUser) === true) return undefined;
      return refused(protocol, `${by}, and GIT_PROTOCOL_FROM_USER is not true`);
    }
    default:
      return refused(protocol, `${by}, which git does not understand`);
  }
}

function policyFor(protocol: string, config: GitConfig): { readonly allow: string; readonly by: string } {
  for (const key of [`protocol.${protocol}.allow`, 'protocol.allow']) {
    const allow = config.get(key);
    if (allow !== undefined) return { allow, by: `${key} is ${JSON.stringify(allow)}` };
  }
  const allow = SAFE.includes(protocol) ? 'always' : protocol === 'ext' ? 'never' : 'user';
  return { allow, by: `for it git's own rule is "${allow}"` };
}

const SAFE: readonly string[] = ['http', 'https', 'git', 'ssh'];

const refused = (protocol: string, why: string): string => `git may not use the protocol "${protocol}" here: ${why}`;
