// Owns: which unit of systemd a process belongs to, as its cgroup says. Pure.
// Leaves: asking systemd whether it is that unit's main one (restart.ts).

export interface ServiceUnit {
  /** Whose it is: `systemctl --user` or `--system`. */
  readonly manager: 'user' | 'system';
  readonly name: string;
}

/** From the text of `/proc/PID/cgroup`; undefined: it is in no service. */
export function unitOf(cgroup: string): ServiceUnit | undefined {
  const paths = cgroup.split('\n').flatMap((line) => /^(?:0:|\d+:name=systemd):(\/.*)$/.exec(line)?.[1] ?? []);
  for (const path of paths) {
    const parts = path.split('/');
    const at = parts.findLastIndex((part) => part.endsWith('.service'));
    const name = parts[at];
    if (name === undefined || /^user@\d+\.service$/.test(name)) continue;
    const isOfUser = parts.slice(0, at).some((part) => /^user@\d+\.service$/.test(part));
    return { manager: isOfUser ? 'user' : 'system', name };
  }
  return undefined;
}
