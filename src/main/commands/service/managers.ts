// Owns: asking this machine who starts services here, and having it for one repository.
// Leaves: deciding who that is (which-manager.ts), and each of them (systemd.ts, launchd.ts, autostart.ts).
import fs from 'node:fs';
import path from 'node:path';
import { printable } from '../../../shared/printable.ts';
import { homeHere } from '../../../shared/system/home.ts';
import { runSystemCommand } from '../../host/system-command.ts';
import { UserError } from '../../user-error.ts';
import type { Homes } from './lasting.ts';
import type { ServiceManager } from './manager.ts';
import { whyNoService } from './service-name.ts';
import { ASKED, type Which, whichManager } from './which-manager.ts';

export interface ServedRepository {
  readonly top: string;
  /** Where its daemon logs when it runs in the background. */
  readonly log: string;
  /** Starts a daemon in the background. */
  readonly start: () => Promise<void>;
}

export const homesHere = (env: NodeJS.ProcessEnv): Homes => ({
  home: homeHere(env.HOME),
  runtime: env.XDG_RUNTIME_DIR || undefined,
});

/** Throws a UserError where there is none, or none that could do it for this repository. */
export async function managerFor(served: ServedRepository, env: NodeJS.ProcessEnv): Promise<ServiceManager> {
  const { top } = served;
  const why = whyNoService(top);
  if (why !== undefined) throw new UserError(`${printable(top)}: ${why}`);
  const uid = process.getuid?.() ?? 0;
  const { home } = homesHere(env);
  const { XDG_CONFIG_HOME: given = '' } = env;
  const config = path.isAbsolute(given) ? path.normalize(given) : path.join(home, '.config');
  // Without it, as under cron, systemctl would not know where to ask.
  const asking = { ...env, XDG_RUNTIME_DIR: env.XDG_RUNTIME_DIR || `/run/user/${uid}` };
  const which = await ask(uid, asking);
  switch (which.kind) {
    case 'systemd':
      return (await import('./systemd.ts')).systemdFor(top, which, { config, env: asking });
    case 'launchd':
      return (await import('./launchd.ts')).launchdFor(top, { home, uid, log: served.log, env });
    case 'autostart':
      return (await import('./autostart.ts')).autostartFor(top, { config, start: served.start });
    case 'none':
      throw new UserError(which.why);
    default:
      return which satisfies never;
  }
}

async function ask(uid: number, env: NodeJS.ProcessEnv): Promise<Which> {
  const { platform } = process;
  const outcome = platform === 'darwin' ? undefined : await runSystemCommand('systemctl', ASKED, { env });
  return whichManager({
    platform,
    uid,
    systemctl: outcome?.kind === 'exited' ? outcome : undefined,
    bootedBySystemd: fs.existsSync('/run/systemd/system'),
  });
}
