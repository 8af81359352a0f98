// Owns: reading all of the config once: git's, ours, the secrets.
// Leaves: when it is read, and what is made of what was read before (live-config.ts).
import type { Remote, SkippedRemote } from '../../shared/remote.ts';
import { homeHere } from '../../shared/system/home.ts';
import type { DoneWithout } from '../host/done-without.ts';
import { UserError } from '../user-error.ts';
import { askCommands, type RunShell } from './annex-commands.ts';
import { headOf, usualFiles } from './config-files.ts';
import { type GitConfig, type RunGitQuietly, readGitConfig } from './git-config.ts';
import { whyTooOld } from './git-version.ts';
import { type Means, readMeans } from './means.ts';
import { networksOf } from './networks.ts';
import { readOwnUuid } from './own-uuid.ts';
import { readRemotes } from './remotes.ts';
import type { Repository } from './repository.ts';
import { readSecrets, type Secrets } from './secrets.ts';
import { readSettings, type Settings } from './settings.ts';

export interface ConfigNow {
  readonly settings: Settings;
  readonly remotes: readonly Remote[];
  readonly skipped: readonly SkippedRemote[];
  readonly secrets: Secrets;
  /** By what remotes are reached that no remote has for itself. */
  readonly means: Means;
  /** What this repository calls itself to peers; absent where it has none. */
  readonly ownUuid?: string;
  /** Why what is in the files now could not be taken, so that this is what was there before. */
  readonly problem?: string;
}

export interface LiveConfigOptions {
  readonly repository: Repository;
  readonly git: RunGitQuietly;
  readonly env: NodeJS.ProcessEnv;
  readonly secretsFile: string;
  readonly runShell: RunShell;
  /** What this repository calls itself, made where it has no name yet. */
  readonly ownUuid: () => Promise<string>;
  readonly log: (text: string) => void;
  readonly without: DoneWithout;
}

export interface Read {
  readonly config: ConfigNow;
  readonly files: readonly string[];
  readonly warnings: readonly string[];
  /** Some of it is decided by commands. */
  readonly asksCommands: boolean;
}

/** Throws a UserError where a daemon that begins now could not use it. Asks nothing but git. */
export async function checkConfig(git: RunGitQuietly, top: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { fetchMode } = settingsOf(await readGitConfig(git, top, homeHere(env.HOME)), () => undefined);
  if (fetchMode === 'prefetch') await checkPrefetch(git);
}

/** `pollOnly` as in LiveConfig. */
export async function readAll(
  options: LiveConfigOptions,
  log: (text: string) => void,
  pollOnly: string | undefined,
): Promise<Read> {
  const warned: string[] = [];
  const warn = (text: string): void => {
    warned.push(text);
    log(text);
  };
  const { repository, git, env, secretsFile, runShell, ownUuid } = options;
  const home = homeHere(env.HOME);
  const config = await readGitConfig(git, repository.top, home);
  const settings = settingsOf(config, warn);
  const { fetchMode } = settings;
  const pollMs = pollOnly === undefined ? settings.pollMs : Math.max(settings.pollMs, settings.checkMs);
  if (fetchMode === 'prefetch') await checkPrefetch(git);
  const commands = await askCommands(config, runShell);
  const reading = { bare: repository.bare, env, pollMs, fetchMode, commands, ...(pollOnly && { pollOnly }) };
  const { remotes, skipped, warnings } = readRemotes(config, reading);
  const secrets = readSecrets(secretsFile, home);
  for (const warning of [...warnings, ...secrets.warnings]) warn(warning);
  const files = [...config.files, ...usualFiles(options), ...(config.dependsOnBranch ? headOf(repository) : [])];
  const networks = networksOf({ settings, remotes, secrets: secrets.sections });
  const uuid = await readOwnUuid(config, { remotes, serve: networks.map(({ name }) => name) }, ownUuid);
  const means = readMeans(config, home);
  const now = {
    settings,
    remotes,
    skipped,
    means,
    secrets: secrets.sections,
    ...(uuid !== undefined && { ownUuid: uuid }),
  };
  return { config: now, files, warnings: warned, asksCommands: commands.size > 0 };
}

/** It came with `fetch --prefetch`. To fetch in the other way would move what the user wants to stay. */
async function checkPrefetch(git: RunGitQuietly): Promise<void> {
  const why = whyTooOld((await git(['version'])).stdout, [2, 32], ' for remotedaemon.fetchMode=prefetch');
  if (why !== undefined) throw new UserError(why);
}

function settingsOf(config: GitConfig, log: (text: string) => void): Settings {
  const result = readSettings(config);
  if (result.kind === 'bad') throw new UserError(result.why);
  for (const warning of result.warnings) log(warning);
  return result.settings;
}
