// Owns: whose login a host's settings make it, and what that rests on. Pure.
// Leaves: what a refusal of it means (main/supervisor/link), and logging in (connection/).
import type { Account } from '../../../shared/account.ts';
import {
  agentSocket,
  knownHostsFiles,
  type RawSettings,
  type SettingsContext,
  settingOf,
  tokensOf,
} from './settings.ts';
import { expandPath } from './tokens.ts';

/** What lies beside a key file and changes what it lets in to. */
const BESIDE = ['', '.pub', '-cert.pub'];
/** By another key, or another agent, one may be let in where this one is not. */
const KEYS = ['identityfile', 'identitiesonly', 'identityagent', 'certificatefile', 'pkcs11provider'];

/** By what `ssh -G` says of a host. */
export function accountOf(raw: RawSettings, context: SettingsContext): Account {
  const tokens = tokensOf(raw, context);
  const identities = (raw.get('identityfile') ?? []).flatMap((file) => expandPath(file, tokens) ?? []);
  const agent = agentSocket(raw, context, tokens);
  const knownHosts = ['userknownhostsfile', 'globalknownhostsfile'].flatMap((keyword) => knownHostsFiles(raw, keyword));
  const files = [...identities.flatMap((file) => BESIDE.map((end) => file + end)), ...knownHosts];
  return {
    key: [nameOf(raw), ...KEYS.flatMap((keyword) => raw.get(keyword) ?? [])].join('\n'),
    clues: { files: files.filter((file) => file.startsWith('/')), ...(agent !== undefined && { agent }) },
  };
}

const nameOf = (raw: RawSettings): string =>
  `${settingOf(raw, 'user') ?? ''}@${(settingOf(raw, 'hostname') ?? '').toLowerCase()}:${settingOf(raw, 'port') ?? ''}`;
