// Owns: a real user manager of systemd with a bus of its own, in a cgroup and a /run that are ours, whatever runs this machine.
// Leaves: the services in it. Needs root, as cgroups and mounts do.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { required } from './abilities.ts';
import { startSaying } from './annex-peer-namespaces.ts';
import type { AtEnd } from './at-end.ts';
import { until } from './next-line.ts';
import { findProgram, lacksPeers } from './peers.ts';
import type { Environment, Scratch } from './temp-repo.ts';

export interface UserManager {
  /** Of whatever asks it. */
  readonly env: Environment;
  /** To be put before a command, which then runs where systemd is what started the machine. */
  readonly within: readonly string[];
  /** Where it looks for units. */
  readonly units: string;
  readonly systemctl: (...args: readonly string[]) => string;
}

const SYSTEMD = ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'];

/**
 * systemd asks whether the machine was started by it, and wants to see no more of cgroups than version 2. All that it
 * starts has the environment it is started with. Its cgroup is called as on any machine: by that a service is known. `exec`: so that the process that is known here is systemd's own.
 */
const BEGIN = `
mount --make-rprivate / && mount -t tmpfs -o mode=755 tmpfs /run && mkdir -p /run/systemd/system &&
{ umount -R /sys/fs/cgroup || :; } 2>/dev/null && mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit
dbus-daemon --session --nopidfile --nosyslog --fork --address="unix:path=$XDG_RUNTIME_DIR/bus" || exit
own=/sys/fs/cgroup/user.slice/user-0.slice/user@0.service
mkdir -p "$own" && echo $$ >"$own/cgroup.procs" || exit
(until systemctl --user show --property=Version >/dev/null 2>&1; do sleep 0.02; done; echo ready) &
exec "$0" --user`;

/** Says so where there can be none; to root with REQUIRE_PEERS=1 that throws. */
export function lacksUserManager(whatIsTested: string): boolean {
  if (lacksPeers(whatIsTested, 'systemctl', 'dbus-daemon', 'unshare', 'nsenter')) return true;
  const reason = whyNone();
  if (reason === undefined) return false;
  return required(whatIsTested, reason, { ofRootOnly: true });
}

function whyNone(): string | undefined {
  if (process.getuid?.() !== 0) return 'a user manager in a cgroup of its own takes root';
  const mounted = cgroups();
  if (mounted === undefined) return 'no cgroups of version 2 are mounted here';
  const tried = join(mounted, `grd-tried-${process.pid}`);
  try {
    mkdirSync(tried);
    rmdirSync(tried);
  } catch (error) {
    return `no cgroup can be made (${String(error)})`;
  }
  const { status, stderr } = spawnSync('unshare', ['--mount', '--cgroup', 'true'], { encoding: 'utf8' });
  return status === 0 ? undefined : `no namespaces are to be had here (${stderr.trim()})`;
}

/** Where cgroups of version 2 are mounted, alone or beside those of version 1. */
function cgroups(): string | undefined {
  const mounted = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  return mounted.find(([, , type]) => type === 'cgroup2')?.[1];
}

export async function startUserManager(atEnd: AtEnd, scratch: Scratch): Promise<UserManager> {
  const runtime = join(scratch.directory, 'run');
  mkdirSync(runtime);
  chmodSync(runtime, 0o700);
  const bus = `unix:path=${runtime}/bus`;
  const env = { ...scratch.env, XDG_RUNTIME_DIR: runtime, DBUS_SESSION_BUS_ADDRESS: bus };
  const cgroup = join(cgroups() ?? '', `grd-${basename(scratch.directory)}-${process.pid}`);
  mkdirSync(cgroup);
  atEnd(() => removeCgroup(cgroup));
  const systemd = SYSTEMD.find(existsSync) ?? findProgram('systemd') ?? '';
  // The shell goes there before the namespace is made, of which that is then the root.
  const enter = `echo $$ >"$1/cgroup.procs" && shift && exec "$@"`;
  const begin = ['unshare', '--mount', '--cgroup', 'sh', '-c', BEGIN, systemd];
  const pid = await startSaying(atEnd, 'ready', ['sh', '-c', enter, 'sh', cgroup, ...begin], env);
  const within = ['nsenter', `--target=${pid}`, '--mount', '--cgroup'];
  const systemctl = (...args: readonly string[]): string => {
    const [program = '', ...words] = [...within, 'systemctl', '--user', ...args];
    const { status, stdout, stderr } = spawnSync(program, words, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`systemctl ${args.join(' ')}: ${stderr}`);
    return stdout.trimEnd();
  };
  return { env, within, units: join(scratch.home, '.config/systemd/user'), systemctl };
}

/** With all that still runs in it, such as what systemd has started. */
async function removeCgroup(cgroup: string): Promise<void> {
  writeFileSync(join(cgroup, 'cgroup.kill'), '1');
  await until(
    `nothing runs in ${cgroup}`,
    () => !/^populated 1/m.test(readFileSync(join(cgroup, 'cgroup.events'), 'utf8')),
  );
  const below = readdirSync(cgroup, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
  const folders = below
    .map((entry) => join(entry.parentPath, entry.name))
    .sort((one, other) => other.length - one.length);
  for (const folder of [...folders, cgroup]) rmdirSync(folder);
}
