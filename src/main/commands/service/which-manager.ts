// Owns: which of the three starts services on this machine, and why none does.
// Leaves: asking (managers.ts), and what each does (systemd.ts, launchd.ts, autostart.ts).

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly uid: number;
  /** What `systemctl --user show` said; undefined: there is no systemctl. */
  readonly systemctl: { readonly status: number; readonly stdout: string; readonly stderr: string } | undefined;
  /** The machine was started by systemd: /run/systemd/system is there. */
  readonly bootedBySystemd: boolean;
}

export interface UserManager {
  readonly version: number;
  /** Folders in which it looks for units. */
  readonly reads: readonly string[];
  /** Names of the variables that its services have. */
  readonly knows: ReadonlySet<string>;
}

export type Which =
  | ({ readonly kind: 'systemd' } & UserManager)
  | { readonly kind: 'launchd' | 'autostart' }
  /** `why`: in words for a person, with what to do. */
  | { readonly kind: 'none'; readonly why: string };

/** What to ask for. */
export const ASKED = ['--user', 'show', '--property=Version', '--property=UnitPath', '--property=Environment'];

export function whichManager({ platform, uid, systemctl, bootedBySystemd }: Machine): Which {
  if (platform === 'darwin') return { kind: 'launchd' };
  if (systemctl?.status === 0) return { kind: 'systemd', ...userManager(systemctl.stdout) };
  // Installed, but not what started this machine, as in a container: it will start nothing either.
  if (systemctl === undefined || !bootedBySystemd) return { kind: 'autostart' };
  return { kind: 'none', why: whyNoUserManager(uid, systemctl.stderr) };
}

const whyNoUserManager = (uid: number, said: string): string =>
  `this machine has systemd, but no user manager of yours answers (${said.split('\n')[0] || 'it says nothing'}): ` +
  `log in as this user, not by su or sudo, or have it run always: loginctl enable-linger ${uid}`;

function userManager(shown: string): UserManager {
  const ofKey = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(shown)?.[1] ?? '';
  return {
    version: Number(/^\d+/.exec(ofKey('Version'))?.[0] ?? 0),
    reads: ofKey('UnitPath').split(' '),
    knows: new Set([...ofKey('Environment').matchAll(/(?:^| |"|\$')([A-Za-z_]\w*)=/g)].map(([, name = '']) => name)),
  };
}
