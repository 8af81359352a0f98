// Owns: the versions of this program and of what it runs on, as git shows its own with --build-options.
// Leaves: its own (version-line.ts).
import { printable } from '../../shared/printable.ts';
import { type Outcome, runSystemCommand } from '../host/system-command.ts';
import { versionLine } from './version-line.ts';

/** They say it at once; a program that hangs is not waited for long. */
const VERSION_LIMIT_MS = 5_000;

/** One `key: value` a line, for bug reports. */
export async function buildOptions(env: NodeJS.ProcessEnv): Promise<string> {
  const [git, ssh] = await Promise.all([asked('git', '--version'), asked('ssh', '-V')]);
  const { platform, arch, versions } = process;
  return `${versionLine()}cpu: ${arch}\nsystem: ${platform}\nnode: ${versions.node}\ngit: ${git}\nssh: ${ssh}\n`;

  async function asked(program: string, option: string): Promise<string> {
    try {
      return versionIn(await runSystemCommand(program, [option], { env, limitMs: VERSION_LIMIT_MS }));
    } catch {
      return 'cannot be run';
    }
  }
}

/** ssh says it on stderr. */
function versionIn(outcome: Outcome): string {
  if (outcome.kind === 'missing') return 'not found';
  const [line = ''] = (outcome.stdout || outcome.stderr).split('\n');
  return outcome.status === 0 ? printable(line.replace(/^git version /, '')) : 'does not say it';
}
